public import Kernels

extension AttentionShape {
  /// - Throws: `ShapeMismatch` unless rows of q are H heads, and rows of k and v G heads.
  func check(q: TensorType, k: TensorType, v: TensorType) throws(ShapeMismatch) {
    guard q.columns == heads * headSize else { throw ShapeMismatch("rows of q are \(heads) heads of \(headSize)") }
    guard k.columns == kvHeads * headSize, v == k else {
      throw ShapeMismatch("rows of k and v are \(kvHeads) heads of \(headSize) elements")
    }
  }
}

extension Graph {
  /// The shape of an attention over heads of q.
  func attentionShape(
    _ q: Value, heads: Int, kvHeads: Int, scale: Float?, window: Int, name: String?
  ) throws(GraphError) -> AttentionShape {
    let columns = type(of: q).columns
    func refuse(_ reason: String) -> GraphError {
      .shape(node: qualified(name ?? "attention"), operation: "attention", inputs: [type(of: q)], reason: reason)
    }
    guard heads > 0, kvHeads > 0, heads % kvHeads == 0, columns % heads == 0 else {
      throw refuse("rows of q are \(heads) heads, a multiple of \(kvHeads) key/value heads")
    }
    let size = columns / heads
    guard size % 4 == 0, (4...256).contains(size) else {
      throw refuse("heads of \(size) elements, not a multiple of 4 up to 256")
    }
    guard window >= 0 else { throw refuse("a window of \(window) rows") }
    return AttentionShape(heads: heads, kvHeads: kvHeads, headSize: size, scale: scale, window: window)
  }
}

/// Causal softmax attention over packed documents (Vaswani et al. 2017, eq. 1).
///
/// Inputs q [T, H·K], k and v [T, G·K], documentStart i32[T]; outputs o [T, H·K] and lse f32[T, H].
public struct AttentionOp: Op, Hashable {
  public static let family = "attention"
  public var shape: AttentionShape

  public init(_ shape: AttentionShape) { self.shape = shape }

  public var label: String { "attention" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let (q, k, v, starts) = (inputs[0], inputs[1], inputs[2], inputs[3])
    try shape.check(q: q, k: k, v: v)
    guard q.dtype.isFloat, k.dtype == q.dtype, k.rows == q.rows else {
      throw ShapeMismatch("q, k and v have the same type and as many rows")
    }
    guard starts.dtype == .i32, starts.elementCount == q.rows else {
      throw ShapeMismatch("there is an i32 document start for each of \(q.rows) rows")
    }
    return [q, TensorType([q.rows, shape.heads], .f32)]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dO = step.gradient(ofOutput: 0) else {
      throw .noDerivative(node: step.node.name, operation: "the log-sum-exp of \(label)")
    }
    var inputs: [Value] = []
    for input in 0..<3 { inputs.append(try step.input(input)) }
    inputs += [try step.output(0), try step.output(1), dO, try step.input(3)]
    let gradients = try step.append(AttentionBackwardOp(shape), inputs)
    for input in 0..<3 { step.add(gradients[input], toInput: input) }
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (inputs, outputs) = (operands.inputs, operands.outputs)
    return [Command](
      Attention.forward(
        Attention.Operands(q: inputs[0], k: inputs[1], v: inputs[2], documentStart: inputs[3]),
        o: outputs[0], lse: outputs[1], shape: shape, in: context))
  }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? {
    Attention.summationOrder(shape, backward: false, in: context)
  }
}

/// The gradients of `AttentionOp` (Dao et al. 2022, appendix B.2).
///
/// Inputs q, k, v, o, lse, dO, documentStart; outputs dq, dk, dv.
public struct AttentionBackwardOp: Op, Hashable {
  public static let family = "attention"
  public var shape: AttentionShape

  public init(_ shape: AttentionShape) { self.shape = shape }

  public var label: String { "attention backward" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let forward = try AttentionOp(shape).outputTypes([inputs[0], inputs[1], inputs[2], inputs[6]])
    guard inputs[3] == forward[0], inputs[4] == forward[1], inputs[5] == forward[0] else {
      throw ShapeMismatch("o and dO are \(forward[0]), lse is \(forward[1])")
    }
    return Array(inputs[0..<3])
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    Attention.workspaceBytes(rows: inputs[0].rows, heads: shape.heads)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (inputs, outputs) = (operands.inputs, operands.outputs)
    return [Command](
      Attention.backward(
        Attention.Operands(q: inputs[0], k: inputs[1], v: inputs[2], documentStart: inputs[6]),
        o: inputs[3], lse: inputs[4], dO: inputs[5], dq: outputs[0], dk: outputs[1], dv: outputs[2],
        workspace: operands.scratch, shape: shape, in: context))
  }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? {
    Attention.summationOrder(shape, backward: true, in: context)
  }
}

extension Graph {
  /// Causal attention in which row t sees the rows from `documentStart[t]` to itself.
  /// - Parameters:
  ///   - q: [T, H·K].
  ///   - k: [T, G·K]; so is `v`.
  ///   - documentStart: i32[T], the row at which the row's document starts; beyond the row for a dead row.
  ///   - scale: factor of the scores; nil for 1/√K.
  ///   - window: a row sees itself and at most `window` − 1 rows before it; 0 sees all.
  /// - Returns: [T, H·K].
  public mutating func attention(
    _ q: Value, _ k: Value, _ v: Value, documentStart: Value, heads: Int, kvHeads: Int, scale: Float? = nil,
    window: Int = 0, name: String? = nil
  ) throws(GraphError) -> Value {
    let shape = try attentionShape(q, heads: heads, kvHeads: kvHeads, scale: scale, window: window, name: name)
    return try add(AttentionOp(shape), [q, k, v, documentStart], name: name)[0]
  }
}
