import Reference
import Testing

@Suite struct RMSNormTests {
  struct Case: Decodable {
    let epsilon: Double
    let x, weight, y, dy, dx, dw: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("rms_norm") {
      let (x, weight) = (test.x.matrix, test.weight.values)
      expectClose(Reference.rmsNorm(x: x, weight: weight, epsilon: test.epsilon), test.y, "y")
      let (dx, dw) = Reference.rmsNormBackward(
        x: x, weight: weight, dy: test.dy.matrix, epsilon: test.epsilon)
      // At one column dx is what is left of two terms that cancel but for epsilon.
      expectClose(dx, test.dx, tolerance: x.columns == 1 ? 1e-9 : 1e-12, "dx")
      expectClose(dw, test.dw.values, "dw")
    }
  }

  @Test func derivative() {
    var random = Uniform(seed: 2)
    let (x, weight, dy) = (random.matrix(3, 7), random.matrix(1, 7), random.matrix(3, 7))
    let (dx, dw) = Reference.rmsNormBackward(x: x, weight: weight.values, dy: dy, epsilon: 0.01)
    expectDerivative(dx, at: x, "dx") {
      inner(dy, Reference.rmsNorm(x: $0, weight: weight.values, epsilon: 0.01))
    }
    expectDerivative(Matrix(row: dw), at: weight, "dw") {
      inner(dy, Reference.rmsNorm(x: x, weight: $0.values, epsilon: 0.01))
    }
  }
}
