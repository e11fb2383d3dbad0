public import Kernels

/// A weight in blocks of few bits. Input [N, K] of floating point; output [N, K] in q8_0 or q4_0.
public struct QuantizeOp: Op, Hashable {
  public static let family = "quantize"
  public var type: DType

  public init(to type: DType) { self.type = type }

  public var label: String { "quantize to \(type.name)" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat, type == .q8_0 || type == .q4_0 else {
      throw ShapeMismatch("numbers of floating point become q8_0 or q4_0")
    }
    guard inputs[0].columns % 32 == 0 else { throw ShapeMismatch("rows are whole blocks of 32 elements") }
    return [inputs[0].with(type)]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](Quantize.rows(operands.inputs[0], into: operands.outputs[0], in: context))
  }
}

extension Graph {
  /// Quantises a weight to q8_0 or q4_0.
  /// - Parameter weight: [N, K], K a multiple of 32.
  public mutating func quantize(_ weight: Value, to type: DType, name: String? = nil) throws(GraphError) -> Value {
    try add(QuantizeOp(to: type), [weight], name: name)[0]
  }
}
