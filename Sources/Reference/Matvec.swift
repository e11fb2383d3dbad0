extension Reference {
  /// The product of few rows with a weight: y = x · Wᵀ.
  ///
  /// - Parameters:
  ///   - x: (R, K).
  ///   - weight: (N, K); a quantised one is first given to `dequantize`.
  /// - Returns: y, (R, N).
  public static func matvec(x: Matrix, weight: Matrix) -> Matrix {
    matmul(x, weight, mode: .nt)
  }
}
