import Reference
import Testing

@Suite struct GradientNormTests {
  struct Case: Decodable {
    let maxNorm, norm: Double
    let isFinite: Bool
    let slabs, clipped: [Tensor]
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("gradient_norm") {
      let result = Reference.gradientNorm(slabs: test.slabs.map(\.values), maxNorm: test.maxNorm)
      expectClose([result.norm], [test.norm], "norm")
      #expect(result.isFinite == test.isFinite)
      // PyTorch goes on to multiply an infinite gradient by zero; here the optimizer's step is skipped.
      guard test.isFinite else { continue }
      for (slab, clipped) in zip(test.slabs, test.clipped) {
        expectClose(slab.values.map { $0 * result.clip }, clipped.values, "clipped")
      }
    }
  }

  @Test func lossScaleDividesTheNorm() {
    let result = Reference.gradientNorm(slabs: [[3 * 64], [4 * 64]], maxNorm: 1, lossScale: 64)
    #expect(result.norm == 5)
    expectClose([result.clip], [1 / (5 + 1e-6)])
  }

  @Test func notANumberIsFound() {
    #expect(!Reference.gradientNorm(slabs: [[1], [.nan]], maxNorm: 1).isFinite)
  }
}
