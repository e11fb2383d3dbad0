import Foundation

extension Reference {
  /// Positions in one block of the paged cache.
  public static let cacheBlockSize = 32

  /// Writes row t of `x` to row `slots[t]` of a cache pool; a negative slot is skipped.
  /// - Parameters:
  ///   - x: (T, G · K).
  ///   - pool: (blocks · 32, G · K).
  ///   - slots: T pool rows.
  public static func pagedWrite(x: Matrix, slots: [Int], into pool: inout Matrix) {
    precondition(
      slots.count == x.rows && x.columns == pool.columns,
      "\(x.rows) × \(x.columns) with \(slots.count) slots into a pool of rows of \(pool.columns)")
    for (t, slot) in slots.enumerated() where slot >= 0 {
      for c in 0..<x.columns { pool[slot, c] = x[t, c] }
    }
  }

  /// Attention of query rows over sequences that lie in blocks of a pool (Kwon et al. 2023, §4.1).
  ///
  /// Row t sees the positions p ≤ positions[t] of its sequence and, where `window` > 0, only the last `window`
  /// of them. Position p of sequence s is pool row `blockTable[s][p / 32] · 32 + p % 32`. Prefill and decoding
  /// are the same to the reference. A row with a negative sequence or position is dead: its output is zero.
  /// - Parameters:
  ///   - q: (T, H · K).
  ///   - keyPool: (blocks · 32, G · K). So is `valuePool`.
  ///   - blockTable: the blocks of each sequence, in order of position.
  ///   - sequences: T indices into `blockTable`.
  ///   - positions: T positions within the sequences.
  /// - Returns: the output, (T, H · K).
  public static func pagedAttention(
    q: Matrix, keyPool: Matrix, valuePool: Matrix, blockTable: [[Int]], sequences: [Int], positions: [Int],
    shape: AttentionShape
  ) -> Matrix {
    let size = q.columns / shape.heads
    precondition(
      size * shape.heads == q.columns && size * shape.kvHeads == keyPool.columns
        && keyPool.columns == valuePool.columns && sequences.count == q.rows && positions.count == q.rows,
      """
      paged attention of q \(q.rows) × \(q.columns) in \(shape.heads) and \(shape.kvHeads) heads, pools of rows \
      of \(keyPool.columns) and \(valuePool.columns), \(sequences.count) sequences, \(positions.count) positions
      """)
    var o = Matrix.zero(q.rows, q.columns)
    for t in 0..<q.rows where sequences[t] >= 0 && positions[t] >= 0 {
      let first = shape.window > 0 ? max(0, positions[t] - shape.window + 1) : 0
      let visible = (first...positions[t]).map { position in
        blockTable[sequences[t]][position / cacheBlockSize] * cacheBlockSize + position % cacheBlockSize
      }
      for head in 0..<shape.heads {
        let (qStart, kvStart) = (head * size, shape.kvHead(of: head) * size)
        let scores = visible.map { shape.scale * dot(q, t, qStart, keyPool, $0, kvStart, size) }
        let lse = logSumExp(scores)
        for (score, s) in Swift.zip(scores, visible) {
          let weight = exp(score - lse)
          for i in 0..<size { o[t, qStart + i] += weight * valuePool[s, kvStart + i] }
        }
      }
    }
    return o
  }
}
