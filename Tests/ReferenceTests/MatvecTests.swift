import Reference
import Testing

@Suite struct MatvecTests {
  struct Case: Decodable {
    let x, weight, y: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("matvec") {
      expectClose(Reference.matvec(x: test.x.matrix, weight: test.weight.matrix), test.y)
    }
  }
}
