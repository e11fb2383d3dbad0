import Reference
import Testing

@Suite struct MatrixTests {
  let matrix = Matrix(rows: 2, columns: 3) { Double(10 * $0 + $1) }

  @Test func layoutIsRowMajor() {
    #expect(matrix.values == [0, 1, 2, 10, 11, 12])
    #expect(matrix[1, 2] == 12)
    #expect(matrix.row(1) == [10, 11, 12])
    #expect(matrix.rows(1..<2) == Matrix(row: [10, 11, 12]))
    #expect(matrix.transposed == Matrix(rows: 3, columns: 2, values: [0, 10, 1, 11, 2, 12]))
  }

  @Test func arithmetic() {
    #expect(matrix + matrix == matrix.map { 2 * $0 })
    #expect(matrix - matrix == .zero(2, 3))
    #expect(matrix.zip(matrix, *).values == [0, 1, 4, 100, 121, 144])
  }
}
