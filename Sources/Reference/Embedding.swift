extension Reference {
  /// Row t is row `tokens[t]` of the table, or zeros where the token is negative.
  /// - Parameters:
  ///   - table: (V, D).
  ///   - tokens: T rows of the table.
  /// - Returns: (T, D).
  public static func embedding(table: Matrix, tokens: [Int]) -> Matrix {
    Matrix(rows: tokens.count, columns: table.columns) { t, c in tokens[t] < 0 ? 0 : table[tokens[t], c] }
  }

  /// The gradient of `embedding`, added to that of the table: `dTable[tokens[t]] += dy[t]`, in order of t.
  public static func embeddingScatterAdd(dy: Matrix, tokens: [Int], into dTable: inout Matrix) {
    precondition(
      tokens.count == dy.rows && dy.columns == dTable.columns,
      "\(dy.rows) × \(dy.columns) with \(tokens.count) tokens into rows of \(dTable.columns)")
    for (t, token) in tokens.enumerated() where token >= 0 {
      for c in 0..<dy.columns { dTable[token, c] += dy[t, c] }
    }
  }

  /// Token positions grouped by token: what makes the scatter-add of a parallel machine deterministic.
  public struct TokenSegments: Equatable, Sendable {
    /// The distinct tokens, ascending.
    public var unique: [Int]
    /// Segment u is `order[offsets[u]..<offsets[u + 1]]`; one more than `unique`.
    public var offsets: [Int]
    /// The rows of each token, ascending within a segment.
    public var order: [Int]
  }

  /// Groups the rows of non-negative tokens by token.
  public static func tokenSegments(_ tokens: [Int]) -> TokenSegments {
    let order = tokens.indices.filter { tokens[$0] >= 0 }.sorted { (tokens[$0], $0) < (tokens[$1], $1) }
    var segments = TokenSegments(unique: [], offsets: [], order: order)
    for (index, t) in order.enumerated() where segments.unique.last != tokens[t] {
      segments.unique.append(tokens[t])
      segments.offsets.append(index)
    }
    segments.offsets.append(order.count)
    return segments
  }
}
