public import Kernels
import VulkanRuntime

/// `y = x · rsqrt(mean(x²) + ε) · w` (Zhang & Sennrich 2019, eq. 4). Inputs x [.., n · D] and w [D]; output y. With n
/// over 1 each row is that many rows of D elements, a multiple of eight: the heads of a projection.
public struct RMSNormOp: Op, Hashable {
  public static let family = "rms_norm"
  public var epsilon: Float

  public init(epsilon: Float) { self.epsilon = epsilon }

  public var label: String { "rmsNorm" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    try Self.check(x: inputs[0], weight: inputs[1])
    return [inputs[0]]
  }

  static func check(x: TensorType, weight: TensorType) throws(ShapeMismatch) {
    guard weight.rows == 1, weight.columns == x.columns || weight.columns % 8 == 0 && x.columns % weight.columns == 0
    else {
      throw ShapeMismatch("the weight has one element for each of \(x.columns) columns, or for those of a head")
    }
    guard x.dtype.isFloat, weight.dtype.isFloat else { throw ShapeMismatch("both have numbers of floating point") }
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    let backward = RMSNormBackwardOp(
      epsilon: epsilon, input: step.needsGradient(ofInput: 0), weight: step.needsGradient(ofInput: 1))
    let results = try step.append(backward, [try step.input(0), try step.input(1), dy])
    if backward.input { step.add(results[0], toInput: 0) }
    if backward.weight { step.add(results[backward.input ? 1 : 0], toInput: 1) }
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let weight = operands.inputs[1]
    return [Command](
      RMSNorm.forward(
        x: operands.inputs[0].cut(rowsOf: weight.columns), weight: weight,
        y: operands.outputs[0].cut(rowsOf: weight.columns), epsilon: epsilon, in: context))
  }
}

/// The gradients of `RMSNormOp`. Inputs x, w, dy and, where it accumulates, dw; outputs those of dx and dw (f32, as is
/// the accumulated one) that are asked for, in this order.
public struct RMSNormBackwardOp: Op, Hashable {
  public static let family = "rms_norm"
  public var epsilon: Float
  /// Computes dx.
  public var input: Bool
  /// Computes dw.
  public var weight: Bool
  /// Adds dw to the fourth input in place.
  public var accumulates = false

  public init(epsilon: Float, input: Bool, weight: Bool, accumulates: Bool = false) {
    self.epsilon = epsilon
    self.input = input
    self.weight = weight
    self.accumulates = accumulates
  }

  public var label: String { "rmsNorm backward" }
  public var updates: [InPlace] { accumulates ? [InPlace(input: 3, output: input ? 1 : 0)] : [] }
  public var reuses: [InPlace] {
    weight ? [] : [InPlace(input: 2, output: 0), InPlace(input: 0, output: 0)]
  }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    try RMSNormOp.check(x: inputs[0], weight: inputs[1])
    guard inputs[2] == inputs[0] else { throw ShapeMismatch("dy is of the type of x") }
    let dw = inputs[1].with(.f32)
    guard !accumulates || inputs[3] == dw else { throw ShapeMismatch("dw, \(dw), can not be added to \(inputs[3])") }
    return (input ? [inputs[0]] : []) + (weight ? [dw] : [])
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    // Where nobody needs dx it goes after the kernel's own scratch memory.
    let (x, columns) = (inputs[0], inputs[1].columns)
    return ArenaLayout.aligned(RMSNorm.workspaceBytes(rows: x.elementCount / columns, columns: columns))
      + (input ? 0 : x.byteCount)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let inputs = operands.inputs
    let columns = inputs[1].columns
    let x = inputs[0].cut(rowsOf: columns)
    let scratch = ArenaLayout.aligned(RMSNorm.workspaceBytes(rows: x.rows, columns: x.columns))
    let unused = input ? nil : operands.scratch.slice(offset: scratch, byteCount: x.byteCount)
    let dx =
      unused.map { TensorSlice($0, x.type, rows: x.rows, columns: x.columns) }
      ?? operands.outputs[0].cut(rowsOf: columns)
    return [Command](
      RMSNorm.backward(
        x: x, weight: inputs[1], dy: inputs[2].cut(rowsOf: columns), dx: dx,
        dw: weight ? operands.outputs[input ? 1 : 0] : nil,
        accumulate: accumulates, epsilon: epsilon,
        workspace: operands.scratch.slice(offset: 0, byteCount: scratch), in: context))
  }
}

extension TensorSlice {
  /// The same memory as rows of `columns` elements: all of a row, or a part without padding.
  fileprivate func cut(rowsOf columns: Int) -> TensorSlice {
    columns == self.columns
      ? self : TensorSlice(buffer, type, rows: rows * (self.columns / columns), columns: columns)
  }
}

extension Graph {
  /// `y = x · rsqrt(mean(x²) + ε) · w` over the last dimension, or over each head of it.
  /// - Parameters:
  ///   - x: [.., D], or [.., H · D] with D a multiple of eight.
  ///   - weight: [D].
  public mutating func rmsNorm(
    _ x: Value, _ weight: Value, epsilon: Float, name: String? = nil
  ) throws(GraphError) -> Value {
    try add(RMSNormOp(epsilon: epsilon), [x, weight], name: name)[0]
  }
}
