public import Kernels

/// y = x · mask, the mask 0 with the given probability and else 1/(1 − p), made from counters (Philox), so that the node,
/// its copy in a checkpoint's recomputation and its derivative use the same one.
///
/// Inputs x and the state i32[4] (low and high word of the seed, step, micro-step); output y.
public struct DropoutOp: Op, Hashable {
  public static let family = "dropout"
  public var probability: Float
  /// What tells this mask from the others of a micro-step.
  public var key: UInt32

  public init(probability: Float, key: UInt32) {
    self.probability = probability
    self.key = key
  }

  public var label: String { "dropout" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat else { throw ShapeMismatch("x has numbers of floating point") }
    guard inputs[1] == .dropoutState else { throw ShapeMismatch("the state is \(TensorType.dropoutState)") }
    return [inputs[0]]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    step.add(try step.append(self, [dy, step.node.inputs[1]])[0], toInput: 0)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](
      Dropout.apply(
        x: operands.inputs[0], y: operands.outputs[0], probability: Double(probability), node: key,
        state: operands.inputs[1].buffer, in: context))
  }
}

extension TensorType {
  /// Low and high word of the seed, step and micro-step.
  public static let dropoutState = TensorType([4], .i32)
}

extension Graph {
  /// Drops elements of x at random and scales the others by 1/(1 − p).
  /// - Parameters:
  ///   - probability: p, 0 ≤ p < 1; for 0 it is x itself.
  ///   - state: i32[4]: low and high word of the seed, step, micro-step.
  public mutating func dropout(
    _ x: Value, probability: Float, state: Value, name: String? = nil
  ) throws(GraphError) -> Value {
    guard probability > 0 else { return x }
    return try add(DropoutOp(probability: probability, key: UInt32(nodes.count)), [x, state], name: name)[0]
  }
}
