public import Kernels

/// The product with a weight, y = x · Wᵀ, a few rows at a time. Inputs x [.., K] and W [N, K]; output [.., N].
///
/// The bits of a row of y depend on no other row and not on how many there are.
public struct MatvecOp: Op, Hashable {
  public static let family = "matvec"
  /// Type of y; nil for that of x.
  public var result: DType?

  public init(result: DType? = nil) { self.result = result }

  public var label: String { "matvec" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let outputs = try MatmulOp(.nt, result: result).outputTypes(inputs)
    // Eight rows of at least 32 bytes: the parts begin at a multiple of 256 bytes, as a device may want bindings to.
    for type in [inputs[0], outputs[0]] where type.rows > Matvec.maximumRows && type.dtype != .f32 {
      guard type.columns > 8 else { throw ShapeMismatch("\(type) has rows too short to be cut eight at a time") }
    }
    return outputs
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    try MatmulOp(.nt, result: result).differentiate(&step)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (x, y) = (operands.inputs[0], operands.outputs[0])
    let rows = stride(from: 0, to: x.rows, by: Matvec.maximumRows).map {
      $0..<min($0 + Matvec.maximumRows, x.rows)
    }
    return rows.flatMap { range in
      [Command](Matvec.multiply(x.rows(range), operands.inputs[1], into: y.rows(range), in: context))
    }
  }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? {
    Matvec.summationOrder(in: context)
  }
}

extension Graph {
  /// The product with a weight, y = x · Wᵀ, eight rows at a time, whatever their number: for decoding, where a row must
  /// have the same bits in every bucket. `linear` takes it for up to eight rows and a matrix product for more.
  /// - Parameters:
  ///   - x: [.., K].
  ///   - weight: [N, K], of the type of x or quantised.
  ///   - result: storage type of the product; nil for that of `x`.
  /// - Returns: [.., N].
  public mutating func matvec(
    _ x: Value, _ weight: Value, result: DType? = nil, name: String? = nil
  ) throws(GraphError) -> Value {
    try add(MatvecOp(result: result), [x, weight], name: name)[0]
  }
}
