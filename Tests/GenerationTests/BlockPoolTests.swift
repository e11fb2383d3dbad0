import Randomness
import Testing

@testable import Generation

@Suite struct BlockPoolTests {
  private func key(_ parent: Int, _ token: Int32) -> BlockPool.Key {
    BlockPool.Key(parent: parent, tokens: [Int32](repeating: token, count: 32))
  }

  @Test func sharesAndKeeps() {
    var pool = BlockPool(capacity: 3)
    let a = pool.take()!
    pool.enter(key(-1, 1), a)
    #expect(pool.share(key(-1, 1)) == a)
    #expect(pool.share(key(-1, 2)) == nil)
    #expect(pool.free == 2)
    pool.release(a)
    #expect(pool.free == 2, "one still uses it")
    pool.release(a)
    #expect(pool.free == 3)
    #expect(pool.share(key(-1, 1)) == a, "an idle block keeps its contents")
  }

  @Test func reclaimsTheOldest() {
    var pool = BlockPool(capacity: 2)
    let (a, b) = (pool.take()!, pool.take()!)
    pool.enter(key(-1, 1), a)
    pool.enter(key(-1, 2), b)
    pool.release(b)
    pool.release(a)
    #expect(pool.take() == b)
    #expect(pool.share(key(-1, 2)) == nil)
    #expect(pool.share(key(-1, 1)) == a)
    #expect(pool.take() == nil, "all in use")
  }

  /// What comes after a block that has other contents now is not found any more.
  @Test func forgetsWhatFollows() {
    var pool = BlockPool(capacity: 2)
    let a = pool.take()!
    pool.enter(key(-1, 1), a)
    let b = pool.take()!
    pool.enter(key(a, 5), b)
    pool.release(a)  // let go first: the older one
    pool.release(b)
    #expect(pool.take() == a)
    pool.enter(key(-1, 9), a)
    #expect(pool.share(key(a, 5)) == nil)
    #expect(pool.free == 1)
  }

  /// Random use: no block is given out twice, and none is lost.
  @Test func neverGivesABlockTwice() {
    var generator = SplitMix64(state: 3)
    var pool = BlockPool(capacity: 24)
    var held: [[Int]] = []
    for round in 0..<4000 {
      if held.count > 0, generator.next() % 2 == 0 {
        for block in held.remove(at: Int(generator.next() % UInt64(held.count))).reversed() { pool.release(block) }
      } else {
        var blocks: [Int] = []
        let prefix = Int32(generator.next() % 5)
        while blocks.count < 3, let block = pool.share(key(blocks.last ?? -1, prefix)) { blocks.append(block) }
        let shared = Set(blocks)
        while blocks.count < 4, let block = pool.take() {
          #expect(!held.joined().contains(block) && !blocks.contains(block), "round \(round)")
          blocks.append(block)
          if blocks.count < 4 { pool.enter(key(blocks.dropLast().last ?? -1, prefix), block) }
        }
        #expect(shared.count <= 3)
        held.append(blocks)
      }
      #expect(pool.free == 24 - Set(held.joined()).count, "round \(round)")
    }
  }
}
