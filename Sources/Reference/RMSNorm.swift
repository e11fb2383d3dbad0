extension Reference {
  /// `y[t,c] = x[t,c] / sqrt(mean_c(x[t,c]²) + epsilon) · weight[c]` (Zhang & Sennrich 2019, eq. 4).
  /// - Parameters:
  ///   - x: (T, D).
  ///   - weight: D values.
  /// - Returns: y, (T, D).
  public static func rmsNorm(x: Matrix, weight: [Double], epsilon: Double) -> Matrix {
    precondition(weight.count == x.columns, "\(weight.count) weights for rows of \(x.columns)")
    var y = x
    for t in 0..<x.rows {
      let inverse = inverseRMS(x.row(t), epsilon)
      for c in 0..<x.columns { y[t, c] = x[t, c] * inverse * weight[c] }
    }
    return y
  }

  /// The gradients of `rmsNorm`. With r = 1/sqrt(mean(x²) + epsilon):
  /// `dx = r·(w·dy) − x·r³/D · Σ_c w·dy·x` and `dw = Σ_t dy·x·r`.
  /// - Returns: dx, (T, D), and dw, D values.
  public static func rmsNormBackward(
    x: Matrix, weight: [Double], dy: Matrix, epsilon: Double
  ) -> (dx: Matrix, dw: [Double]) {
    precondition(
      weight.count == x.columns && dy.rows == x.rows && dy.columns == x.columns,
      "x \(x.rows) × \(x.columns), dy \(dy.rows) × \(dy.columns), \(weight.count) weights")
    var dx = x
    var dw = [Double](repeating: 0, count: x.columns)
    for t in 0..<x.rows {
      let inverse = inverseRMS(x.row(t), epsilon)
      var projection = 0.0
      for c in 0..<x.columns { projection += weight[c] * dy[t, c] * x[t, c] }
      let shrink = inverse * inverse * inverse * projection / Double(x.columns)
      for c in 0..<x.columns {
        dx[t, c] = inverse * weight[c] * dy[t, c] - shrink * x[t, c]
        dw[c] += dy[t, c] * x[t, c] * inverse
      }
    }
    return (dx, dw)
  }

  private static func inverseRMS(_ row: [Double], _ epsilon: Double) -> Double {
    var sum = 0.0
    for value in row { sum += value * value }
    return 1 / (sum / Double(row.count) + epsilon).squareRoot()
  }
}
