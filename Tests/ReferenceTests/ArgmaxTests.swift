import Reference
import Testing

@Suite struct ArgmaxTests {
  struct Case: Decodable {
    let x: Tensor
    let indices: [Int]
  }

  @Test func matchesNumPy() throws {
    for test in try Fixture<Case>.cases("argmax") {
      #expect(Reference.argmax(test.x.matrix) == test.indices)
    }
  }

  @Test func tiesAndNotANumber() {
    let x = Matrix(rows: 3, columns: 3, values: [1, 2, 2, 5, .nan, 6, -.infinity, -.infinity, -.infinity])
    #expect(Reference.argmax(x) == [1, -1, 0])
  }
}
