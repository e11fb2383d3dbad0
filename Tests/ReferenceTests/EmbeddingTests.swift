import Reference
import Testing

@Suite struct EmbeddingTests {
  struct Case: Decodable {
    let tokens: [Int]
    let table, y, dy, dTable: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("embedding") {
      let table = test.table.matrix
      expectClose(Reference.embedding(table: table, tokens: test.tokens), test.y, "y")
      var dTable = Matrix.zero(table.rows, table.columns)
      Reference.embeddingScatterAdd(dy: test.dy.matrix, tokens: test.tokens, into: &dTable)
      expectClose(dTable, test.dTable, "dTable")
    }
  }

  @Test func segmentsCoverEveryTokenOnce() {
    let tokens = [3, 0, 3, 6, -1, 3, 0]
    let segments = Reference.tokenSegments(tokens)
    #expect(segments.unique == [0, 3, 6])
    #expect(segments.offsets == [0, 2, 5, 6])
    #expect(segments.order == [1, 6, 0, 2, 5, 3])
    #expect(Reference.tokenSegments([-1]).offsets == [0])
  }

  @Test func derivative() {
    var random = Uniform(seed: 6)
    let tokens = [2, -1, 2, 0]
    let (table, dy) = (random.matrix(3, 5), random.matrix(4, 5))
    var dTable = Matrix.zero(3, 5)
    Reference.embeddingScatterAdd(dy: dy, tokens: tokens, into: &dTable)
    expectDerivative(dTable, at: table, "dTable") {
      inner(dy, Reference.embedding(table: $0, tokens: tokens))
    }
  }
}
