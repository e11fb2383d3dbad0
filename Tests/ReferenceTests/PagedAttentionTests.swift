import Reference
import Testing

@Suite struct PagedAttentionTests {
  struct Case: Decodable {
    let heads, kvHeads, window, blocks: Int
    let scale: Double
    let blockTable: [[Int]]
    let slots, sequences, positions: [Int]
    let keys, values, q, o: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("paged_attention") {
      // What is not written must not be read.
      let empty = Matrix(
        rows: test.blocks * Reference.cacheBlockSize, columns: test.keys.matrix.columns, repeating: .nan)
      var (keyPool, valuePool) = (empty, empty)
      Reference.pagedWrite(x: test.keys.matrix, slots: test.slots, into: &keyPool)
      Reference.pagedWrite(x: test.values.matrix, slots: test.slots, into: &valuePool)
      let shape = Reference.AttentionShape(
        heads: test.heads, kvHeads: test.kvHeads, scale: test.scale, window: test.window)
      let o = Reference.pagedAttention(
        q: test.q.matrix, keyPool: keyPool, valuePool: valuePool, blockTable: test.blockTable,
        sequences: test.sequences, positions: test.positions, shape: shape)
      expectClose(o, test.o)
    }
  }

  @Test func negativeSlotsAndRowsAreSkipped() {
    var pool = Matrix(rows: 32, columns: 4, repeating: 5)
    Reference.pagedWrite(x: Matrix(rows: 2, columns: 4, repeating: 7), slots: [-1, 31], into: &pool)
    #expect(pool.rows(0..<31) == Matrix(rows: 31, columns: 4, repeating: 5))
    #expect(pool.row(31) == [7, 7, 7, 7])
    let shape = Reference.AttentionShape(heads: 1, kvHeads: 1, scale: 1)
    let o = Reference.pagedAttention(
      q: Matrix(rows: 3, columns: 4, repeating: 1), keyPool: pool, valuePool: pool, blockTable: [[0]],
      sequences: [0, -1, 0], positions: [1, 0, -1], shape: shape)
    expectClose(o.values, [5, 5, 5, 5] + Array(repeating: 0, count: 8))
  }
}
