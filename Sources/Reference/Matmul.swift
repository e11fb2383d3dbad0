extension Reference {
  /// Which operand of a product is read transposed.
  public enum MatmulMode: String, CaseIterable, Sendable {
    /// C[M,N] = A[M,K] · B[K,N]
    case nn
    /// C[M,N] = A[M,K] · B[N,K]ᵀ
    case nt
    /// C[M,N] = A[K,M]ᵀ · B[K,N]
    case tn
  }

  /// The batched matrix product C = C₀ + alpha · op(A) · op(B).
  ///
  /// - Parameters:
  ///   - a: (batches · rows of one A, columns of A); batch i is the i-th of equal row ranges. So are `b` and
  ///     the result.
  ///   - c: what is accumulated into; nil stands for zero.
  /// - Returns: C, (batches · M, N).
  public static func matmul(
    _ a: Matrix, _ b: Matrix, mode: MatmulMode = .nn, batches: Int = 1, alpha: Double = 1,
    accumulatingInto c: Matrix? = nil
  ) -> Matrix {
    precondition(
      batches > 0 && a.rows % batches == 0 && b.rows % batches == 0,
      "\(batches) batches of operands with \(a.rows) and \(b.rows) rows")
    let (aRows, bRows) = (a.rows / batches, b.rows / batches)
    let (m, inner) = mode == .tn ? (a.columns, aRows) : (aRows, a.columns)
    let (n, innerOfB) = mode == .nt ? (bRows, b.columns) : (b.columns, bRows)
    precondition(inner == innerOfB, "\(mode) product over \(inner) and \(innerOfB)")
    var result = c ?? .zero(batches * m, n)
    precondition(
      result.rows == batches * m && result.columns == n,
      "a product of \(batches * m) × \(n) accumulated into \(result.rows) × \(result.columns)")
    // Element (i, p) of op(A) and (p, j) of op(B), as strides.
    let (aRow, aInner) = mode == .tn ? (1, a.columns) : (a.columns, 1)
    let (bInner, bColumn) = mode == .nt ? (1, b.columns) : (b.columns, 1)
    let (x, y) = (a.values, b.values)
    for batch in 0..<batches {
      let (aStart, bStart) = (batch * aRows * a.columns, batch * bRows * b.columns)
      for i in 0..<m {
        for j in 0..<n {
          var sum = 0.0
          for p in 0..<inner {
            sum += x[aStart + i * aRow + p * aInner] * y[bStart + p * bInner + j * bColumn]
          }
          result.values[(batch * m + i) * n + j] += alpha * sum
        }
      }
    }
    return result
  }

  /// The gradients of `matmul` (without accumulation) for the gradient `dc` of C.
  /// - Returns: the gradients of A and B, in the operands' own layouts.
  public static func matmulBackward(
    _ a: Matrix, _ b: Matrix, dc: Matrix, mode: MatmulMode = .nn, batches: Int = 1, alpha: Double = 1
  ) -> (da: Matrix, db: Matrix) {
    func product(_ x: Matrix, _ y: Matrix, _ mode: MatmulMode) -> Matrix {
      matmul(x, y, mode: mode, batches: batches, alpha: alpha)
    }
    return switch mode {
    case .nn: (product(dc, b, .nt), product(a, dc, .tn))
    case .nt: (product(dc, b, .nn), product(dc, a, .tn))
    case .tn: (product(b, dc, .nt), product(a, dc, .nn))
    }
  }
}
