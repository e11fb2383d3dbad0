import Reference
import Testing

@Suite struct AttentionTests {
  struct Case: Decodable {
    let heads, kvHeads, window: Int
    let scale: Double
    let documentStart: [Int]
    let q, k, v, o, lse, dO, dq, dk, dv: Tensor

    var shape: Reference.AttentionShape {
      Reference.AttentionShape(heads: heads, kvHeads: kvHeads, scale: scale, window: window)
    }
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("attention") {
      let (q, k, v) = (test.q.matrix, test.k.matrix, test.v.matrix)
      let (o, lse) = Reference.attention(
        q: q, k: k, v: v, documentStart: test.documentStart, shape: test.shape)
      expectClose(o, test.o, "o")
      expectClose(lse, test.lse, "lse")
      let (dq, dk, dv) = Reference.attentionBackward(
        q: q, k: k, v: v, dO: test.dO.matrix, documentStart: test.documentStart, shape: test.shape)
      expectClose(dq, test.dq, "dq")
      expectClose(dk, test.dk, "dk")
      expectClose(dv, test.dv, "dv")
    }
  }

  @Test func derivative() {
    var random = Uniform(seed: 4)
    let (q, k, v) = (random.matrix(9, 4 * 4), random.matrix(9, 2 * 4), random.matrix(9, 2 * 4))
    let dO = random.matrix(9, 4 * 4)
    let starts = [0, 0, 0, 0, 0, 5, 5, 5, 9]  // two documents and a dead row
    let shape = Reference.AttentionShape(heads: 4, kvHeads: 2, scale: 0.5, window: 3)
    func output(_ q: Matrix, _ k: Matrix, _ v: Matrix) -> Double {
      inner(dO, Reference.attention(q: q, k: k, v: v, documentStart: starts, shape: shape).o)
    }
    let (dq, dk, dv) = Reference.attentionBackward(
      q: q, k: k, v: v, dO: dO, documentStart: starts, shape: shape)
    expectDerivative(dq, at: q, "dq") { output($0, k, v) }
    expectDerivative(dk, at: k, "dk") { output(q, $0, v) }
    expectDerivative(dv, at: v, "dv") { output(q, k, $0) }
  }

  /// Scores of a thousand overflow exp unless the largest is subtracted first.
  @Test func largeScores() {
    let x = Matrix(rows: 3, columns: 4) { r, c in 40 * Double(r + c) }
    let shape = Reference.AttentionShape(heads: 1, kvHeads: 1, scale: 1)
    let (o, lse) = Reference.attention(q: x, k: x, v: x, documentStart: [0, 0, 0], shape: shape)
    expectClose(o.values, x.values, "each row sees itself alone")
    expectClose(lse.values, (0..<3).map { r in x.row(r).reduce(0) { $0 + $1 * $1 } }, "lse")
  }
}
