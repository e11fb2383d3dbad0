import Reference
import Testing

@Suite struct CrossEntropyTests {
  struct Case: Decodable {
    let targets: [Int]
    let lossScale, lossSum: Double
    let h, weight, nll, lse, dh, dw: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("cross_entropy") {
      let (h, weight) = (test.h.matrix, test.weight.matrix)
      let loss = Reference.crossEntropy(h: h, weight: weight, targets: test.targets)
      expectClose([loss.lossSum], [test.lossSum], "loss")
      expectClose(loss.nll, test.nll.values, "nll")
      expectClose(loss.lse, test.lse.values, "lse")
      let (dh, dw) = Reference.crossEntropyBackward(
        h: h, weight: weight, targets: test.targets, lossScale: test.lossScale)
      expectClose(dh, test.dh, "dh")
      expectClose(dw, test.dw, "dw")
    }
  }

  @Test func derivative() {
    var random = Uniform(seed: 7)
    let (h, weight, targets) = (random.matrix(4, 5), random.matrix(6, 5), [5, -1, 0, 2])
    func loss(_ h: Matrix, _ weight: Matrix) -> Double {
      0.25 * Reference.crossEntropy(h: h, weight: weight, targets: targets).lossSum
    }
    let (dh, dw) = Reference.crossEntropyBackward(h: h, weight: weight, targets: targets, lossScale: 0.25)
    expectDerivative(dh, at: h, "dh") { loss($0, weight) }
    expectDerivative(dw, at: weight, "dw") { loss(h, $0) }
  }

  @Test func largeLogits() {
    let loss = Reference.crossEntropy(
      h: Matrix(row: [1000]), weight: Matrix(rows: 2, columns: 1, values: [1, -1]), targets: [1])
    expectClose([loss.lossSum], [2000])
  }
}
