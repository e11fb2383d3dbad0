extension Reference {
  /// a + b.
  public static func add(_ a: Matrix, _ b: Matrix) -> Matrix { a + b }

  /// The same row added to every row of x.
  public static func addRow(_ x: Matrix, _ row: [Double]) -> Matrix {
    Matrix(rows: x.rows, columns: x.columns) { t, c in x[t, c] + row[c] }
  }

  /// y += x.
  public static func accumulate(_ x: Matrix, into y: inout Matrix) { y = y + x }

  /// x · factor.
  public static func scale(_ x: Matrix, by factor: Double) -> Matrix { x.map { $0 * factor } }
}
