import Foundation

extension Reference {
  /// What is fixed of an attention beside its operands.
  public struct AttentionShape: Equatable, Sendable {
    /// H, query heads.
    public var heads: Int
    /// G, key/value heads; query head h reads key/value head h / (H/G).
    public var kvHeads: Int
    /// The factor of the scores, usually 1/sqrt(K).
    public var scale: Double
    /// A row sees the last `window` positions, itself among them; 0 sees all.
    public var window: Int

    /// - Precondition: `heads` is a multiple of `kvHeads`.
    public init(heads: Int, kvHeads: Int, scale: Double, window: Int = 0) {
      precondition(kvHeads > 0 && heads % kvHeads == 0, "\(heads) query heads for \(kvHeads) key/value heads")
      self.heads = heads
      self.kvHeads = kvHeads
      self.scale = scale
      self.window = window
    }

    /// The key/value head of a query head.
    public func kvHead(of head: Int) -> Int { head / (heads / kvHeads) }
  }

  /// Causal softmax attention over packed documents (Vaswani et al. 2017, eq. 1).
  ///
  /// Row t sees the rows s with `documentStart[t] ≤ s ≤ t` and, where `window` > 0, `t − s < window`. A row
  /// whose `documentStart` lies beyond itself is dead: its output and lse are zero and it has no gradient.
  /// - Parameters:
  ///   - q: (T, H · K).
  ///   - k: (T, G · K). So is `v`.
  ///   - documentStart: T row indices.
  /// - Returns: the output, (T, H · K), and lse, (T, H): the natural logarithm of Σ exp(score).
  public static func attention(
    q: Matrix, k: Matrix, v: Matrix, documentStart: [Int], shape: AttentionShape
  ) -> (o: Matrix, lse: Matrix) {
    let size = checkedHeadSize(q, k, v, documentStart, shape)
    var o = Matrix.zero(q.rows, q.columns)
    var lse = Matrix.zero(q.rows, shape.heads)
    for t in 0..<q.rows {
      let visible = visibleRows(t, documentStart[t], shape.window)
      if visible.isEmpty { continue }
      for head in 0..<shape.heads {
        let (qStart, kvStart) = (head * size, shape.kvHead(of: head) * size)
        let scores = visible.map { s in
          shape.scale * dot(q, t, qStart, k, s, kvStart, size)
        }
        lse[t, head] = logSumExp(scores)
        for (score, s) in Swift.zip(scores, visible) {
          let weight = exp(score - lse[t, head])
          for i in 0..<size { o[t, qStart + i] += weight * v[s, kvStart + i] }
        }
      }
    }
    return (o, lse)
  }

  /// The gradients of `attention` for the gradient `dO` of its output.
  ///
  /// With p = softmax(score) and delta[t,h] = Σ_s p·(dO·v_s): dv_s += p·dO, dscore = p·(dO·v_s − delta),
  /// dq += scale·dscore·k_s and dk_s += scale·dscore·q (Dao et al. 2022, appendix B.2).
  /// - Returns: dq, (T, H · K), and dk and dv, (T, G · K).
  public static func attentionBackward(
    q: Matrix, k: Matrix, v: Matrix, dO: Matrix, documentStart: [Int], shape: AttentionShape
  ) -> (dq: Matrix, dk: Matrix, dv: Matrix) {
    let size = checkedHeadSize(q, k, v, documentStart, shape)
    precondition(dO.rows == q.rows && dO.columns == q.columns, "dO is \(dO.rows) × \(dO.columns)")
    let lse = attention(q: q, k: k, v: v, documentStart: documentStart, shape: shape).lse
    var (dq, dk, dv) = (Matrix.zero(q.rows, q.columns), Matrix.zero(k.rows, k.columns), v.map { _ in 0 })
    for t in 0..<q.rows {
      let visible = visibleRows(t, documentStart[t], shape.window)
      for head in 0..<shape.heads {
        let (qStart, kvStart) = (head * size, shape.kvHead(of: head) * size)
        let weights = visible.map { s in
          exp(shape.scale * dot(q, t, qStart, k, s, kvStart, size) - lse[t, head])
        }
        let dWeights = visible.map { s in dot(dO, t, qStart, v, s, kvStart, size) }
        let delta = Swift.zip(weights, dWeights).reduce(0) { $0 + $1.0 * $1.1 }
        for (index, s) in visible.enumerated() {
          let dScore = shape.scale * weights[index] * (dWeights[index] - delta)
          for i in 0..<size {
            dq[t, qStart + i] += dScore * k[s, kvStart + i]
            dk[s, kvStart + i] += dScore * q[t, qStart + i]
            dv[s, kvStart + i] += weights[index] * dO[t, qStart + i]
          }
        }
      }
    }
    return (dq, dk, dv)
  }

  /// log Σ exp(scores), without overflow.
  static func logSumExp(_ scores: [Double]) -> Double {
    let largest = scores.reduce(-Double.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
    guard largest.isFinite else { return largest }
    return largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
  }

  /// Σ_i a[ar, ac + i] · b[br, bc + i].
  static func dot(
    _ a: Matrix, _ ar: Int, _ ac: Int, _ b: Matrix, _ br: Int, _ bc: Int, _ count: Int
  ) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += a[ar, ac + i] * b[br, bc + i] }
    return sum
  }

  private static func visibleRows(_ t: Int, _ documentStart: Int, _ window: Int) -> Range<Int> {
    let first = window > 0 ? max(documentStart, t - window + 1) : documentStart
    return max(first, 0)..<max(t + 1, max(first, 0))
  }

  private static func checkedHeadSize(
    _ q: Matrix, _ k: Matrix, _ v: Matrix, _ documentStart: [Int], _ shape: AttentionShape
  ) -> Int {
    let size = q.columns / shape.heads
    precondition(
      size * shape.heads == q.columns && size * shape.kvHeads == k.columns && k.columns == v.columns
        && q.rows == k.rows && k.rows == v.rows && documentStart.count == q.rows,
      """
      attention of q \(q.rows) × \(q.columns), k \(k.rows) × \(k.columns), v \(v.rows) × \(v.columns) in \
      \(shape.heads) and \(shape.kvHeads) heads with \(documentStart.count) document starts
      """)
    return size
  }
}
