public import Kernels

/// `y = silu(gate) · up` (Shazeer 2020, SwiGLU). Inputs gate and up; output y, all of one type.
public struct SiluGateOp: Op, Hashable {
  public static let family = "silu_gate"

  public init() {}

  public var label: String { "siluGate" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0), InPlace(input: 1, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0] == inputs[1], inputs[0].dtype.isFloat else { throw ShapeMismatch("both are of one type") }
    return [inputs[0]]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    let gradients = try step.append(SiluGateBackwardOp(), [try step.input(0), try step.input(1), dy])
    for input in 0..<2 { step.add(gradients[input], toInput: input) }
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let inputs = operands.inputs
    return [Command](SiluGate.forward(gate: inputs[0], up: inputs[1], y: operands.outputs[0], in: context))
  }
}

/// The gradients of `SiluGateOp`. Inputs gate, up, dy; outputs dgate and dup.
public struct SiluGateBackwardOp: Op, Hashable {
  public static let family = "silu_gate"

  public init() {}

  public var label: String { "siluGate backward" }
  public var reuses: [InPlace] {
    [(0, 0), (1, 1), (2, 0), (2, 1)].map { InPlace(input: $0.0, output: $0.1) }
  }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0] == inputs[1], inputs[0] == inputs[2], inputs[0].dtype.isFloat else {
      throw ShapeMismatch("all are of one type")
    }
    return [inputs[0], inputs[0]]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (inputs, outputs) = (operands.inputs, operands.outputs)
    return [Command](
      SiluGate.backward(
        gate: inputs[0], up: inputs[1], dy: inputs[2], dgate: outputs[0], dup: outputs[1], in: context))
  }
}

extension Graph {
  /// `silu(gate) · up`.
  public mutating func siluGate(_ gate: Value, _ up: Value, name: String? = nil) throws(GraphError) -> Value {
    try add(SiluGateOp(), [gate, up], name: name)[0]
  }
}
