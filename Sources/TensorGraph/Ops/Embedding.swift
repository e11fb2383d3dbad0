public import Kernels

/// Row t is row `tokens[t]` of the table, or zeros where the token is negative. Inputs table [V, D] and tokens i32[T];
/// output [T, D].
public struct EmbeddingOp: Op, Hashable {
  public static let family = "embedding"
  /// Type of the rows; nil for that of the table.
  public var result: DType?

  public init(result: DType? = nil) { self.result = result }

  public var label: String { "embedding" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[1].dtype == .i32 else { throw ShapeMismatch("tokens are i32") }
    guard inputs[0].dtype.isFloat || inputs[0].dtype.isQuantized && result != nil else {
      throw ShapeMismatch("the table has numbers of floating point, or is quantised and the type of the rows is given")
    }
    return [TensorType([inputs[1].elementCount, inputs[0].columns], result ?? inputs[0].dtype)]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    let table = step.type(ofInput: 0).with(.f32)
    let zeros = try step.append(FillOp(table), [], "zeros")[0]
    let segments = try step.graph.tokenSegments(of: step.node.inputs[1], vocabulary: table.rows)
    step.add(try step.append(EmbeddingScatterOp(), [zeros, dy, segments])[0], toInput: 0)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](
      Embedding.gather(
        table: operands.inputs[0], tokens: operands.inputs[1], y: operands.outputs[0], in: context))
  }
}

/// Adds row t of dy to row `tokens[t]` of dTable, in place and in order of t for each token.
///
/// Inputs dTable f32[V, D], dy [T, D] and the rows grouped by token, which the host works out; output dTable.
public struct EmbeddingScatterOp: Op, Hashable {
  public static let family = "embedding"

  public init() {}

  public var label: String { "embedding backward" }
  public var updates: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let (table, dy) = (inputs[0], inputs[1])
    guard table.dtype == .f32, dy.dtype.isFloat, table.columns == dy.columns else {
      throw ShapeMismatch("an f32 table with rows of \(dy.columns) elements takes the sum")
    }
    guard inputs[2] == TokenSegments.type(tokens: dy.rows) else {
      throw ShapeMismatch("the segments are those of \(dy.rows) tokens")
    }
    return [table]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (dy, segments) = (operands.inputs[1], operands.inputs[2])
    func row(_ row: TokenSegments.Row, _ count: Int) -> TensorSlice {
      TensorSlice(segments.rows(row.rawValue..<row.rawValue + 1).buffer, .i32, rows: 1, columns: count)
    }
    return [Command](
      Embedding.scatterAdd(
        dy: dy, order: row(.order, dy.rows), uniqueTokens: row(.uniqueTokens, dy.rows),
        offsets: row(.offsets, dy.rows + 1), count: row(.count, 1), dTable: operands.outputs[0], in: context))
  }
}

extension Graph {
  /// Looks up rows of a table.
  /// - Parameters:
  ///   - table: [V, D].
  ///   - result: type of the rows, which a quantised table needs; nil for that of the table.
  ///   - tokens: i32[T], an input of the graph where a gradient of the table is asked for; a negative one gives zeros.
  /// - Returns: [T, D].
  public mutating func embedding(
    _ table: Value, _ tokens: Value, result: DType? = nil, name: String? = nil
  ) throws(GraphError) -> Value {
    try add(EmbeddingOp(result: result), [table, tokens], name: name)[0]
  }

  mutating func tokenSegments(of tokens: Value, vocabulary: Int) throws(GraphError) -> Value {
    try shared(
      "\(name(of: tokens)).segments(\(vocabulary))", TokenSegments.type(tokens: type(of: tokens).elementCount),
      .derived(from: tokens, .tokenSegments(vocabulary: vocabulary)))
  }
}
