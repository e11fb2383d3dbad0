extension Reference {
  /// a + b.
  public static func add(_ a: Matrix, _ b: Matrix) -> Matrix { a + b }

  /// y += x.
  public static func accumulate(_ x: Matrix, into y: inout Matrix) { y = y + x }

  /// x · factor.
  public static func scale(_ x: Matrix, by factor: Double) -> Matrix { x.map { $0 * factor } }
}
