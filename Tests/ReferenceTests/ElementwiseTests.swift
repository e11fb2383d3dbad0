import Reference
import Testing

@Suite struct ElementwiseTests {
  struct Case: Decodable {
    struct Casts: Decodable {
      let x, half, bfloat16: Tensor
    }

    let a, b, sum, product: Tensor
    let factor: Double
    let casts: Casts
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("elementwise") {
      let (a, b) = (test.a.matrix, test.b.matrix)
      #expect(Reference.add(a, b).values == test.sum.values)
      #expect(Reference.scale(a, by: test.factor).values == test.product.values)
      var y = b
      Reference.accumulate(a, into: &y)
      #expect(y.values == test.sum.values)
    }
  }

  @Test func castsMatchPyTorch() throws {
    for test in try Fixture<Case>.cases("elementwise") {
      let x = test.casts.x.values
      #expect(x.map(Reference.roundedToHalf) == test.casts.half.values)
      #expect(x.map(Reference.roundedToBfloat16) == test.casts.bfloat16.values)
    }
  }
}
