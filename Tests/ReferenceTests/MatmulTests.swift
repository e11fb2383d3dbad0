import Reference
import Testing

@Suite struct MatmulTests {
  struct Case: Decodable {
    let mode: String
    let batches: Int
    let alpha: Double
    let accumulate: Bool
    let a, b, c0, c, dc, da, db: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("matmul") {
      let mode = try #require(Reference.MatmulMode(rawValue: test.mode))
      let (a, b) = (test.a.matrix, test.b.matrix)
      let c = Reference.matmul(
        a, b, mode: mode, batches: test.batches, alpha: test.alpha,
        accumulatingInto: test.accumulate ? test.c0.matrix : nil)
      expectClose(c, test.c, "\(mode) c")
      let (da, db) = Reference.matmulBackward(
        a, b, dc: test.dc.matrix, mode: mode, batches: test.batches, alpha: test.alpha)
      expectClose(da, test.da, "\(mode) da")
      expectClose(db, test.db, "\(mode) db")
    }
  }

  @Test(arguments: Reference.MatmulMode.allCases)
  func derivative(mode: Reference.MatmulMode) {
    var random = Uniform(seed: 1)
    let (a, b) = (random.matrix(6, mode == .nt ? 5 : 3), random.matrix(6, mode == .nt ? 5 : 4))
    let operands = mode == .nn ? (a, random.matrix(2 * 3, 4)) : (a, b)
    let c = Reference.matmul(operands.0, operands.1, mode: mode, batches: 2, alpha: 0.5)
    let dc = random.matrix(c.rows, c.columns)
    let (da, db) = Reference.matmulBackward(
      operands.0, operands.1, dc: dc, mode: mode, batches: 2, alpha: 0.5)
    expectDerivative(da, at: operands.0, "da") {
      inner(dc, Reference.matmul($0, operands.1, mode: mode, batches: 2, alpha: 0.5))
    }
    expectDerivative(db, at: operands.1, "db") {
      inner(dc, Reference.matmul(operands.0, $0, mode: mode, batches: 2, alpha: 0.5))
    }
  }
}
