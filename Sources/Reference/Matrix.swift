/// A dense row-major matrix of `Double`, without padding: what every reference function takes and returns.
///
/// A tensor [d0, …, dn-1] is seen as d0·…·dn-2 rows of dn-1 columns; a vector is one row.
public struct Matrix: Equatable, Sendable {
  public let rows: Int
  public let columns: Int
  /// Element (r, c) is `values[r * columns + c]`.
  public var values: [Double]

  /// - Precondition: `values` holds `rows * columns` elements.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    precondition(
      values.count == rows * columns, "\(values.count) values for a matrix of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// Every element the same.
  public init(rows: Int, columns: Int, repeating value: Double) {
    self.init(rows: rows, columns: columns, values: Array(repeating: value, count: rows * columns))
  }

  /// One row.
  public init(row values: [Double]) {
    self.init(rows: 1, columns: values.count, values: values)
  }

  /// The elements given by a function of row and column.
  public init(rows: Int, columns: Int, _ element: (_ row: Int, _ column: Int) -> Double) {
    var values: [Double] = []
    values.reserveCapacity(rows * columns)
    for r in 0..<rows {
      for c in 0..<columns { values.append(element(r, c)) }
    }
    self.init(rows: rows, columns: columns, values: values)
  }

  public static func zero(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, repeating: 0)
  }

  public var count: Int { values.count }

  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The elements of one row.
  public func row(_ r: Int) -> [Double] {
    Array(values[r * columns..<(r + 1) * columns])
  }

  /// The rows of a range, in order.
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  public func map(_ transform: (Double) throws -> Double) rethrows -> Matrix {
    Matrix(rows: rows, columns: columns, values: try values.map(transform))
  }

  public var transposed: Matrix {
    Matrix(rows: columns, columns: rows) { self[$1, $0] }
  }

  public static func + (a: Matrix, b: Matrix) -> Matrix { a.zip(b, +) }
  public static func - (a: Matrix, b: Matrix) -> Matrix { a.zip(b, -) }

  /// The matrix of `combine(self[r, c], other[r, c])`.
  /// - Precondition: both have the same shape.
  public func zip(_ other: Matrix, _ combine: (Double, Double) -> Double) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) against \(other.rows) × \(other.columns)")
    var result = self
    for i in values.indices { result.values[i] = combine(values[i], other.values[i]) }
    return result
  }
}
