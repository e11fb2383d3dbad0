extension Reference {
  /// The column of the largest element of each row: the lowest one of equals, −1 where the row holds a NaN.
  public static func argmax(_ x: Matrix) -> [Int] {
    (0..<x.rows).map { r in
      let row = x.row(r)
      if row.isEmpty || row.contains(where: \.isNaN) { return -1 }
      return row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
    }
  }
}
