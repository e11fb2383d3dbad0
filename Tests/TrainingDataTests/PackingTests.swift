import Testing

@testable import TrainingData

@Suite struct PackingTests {
  @Test func firstFitByHand() {
    // Of 10 places: 6; 5 starts a second; 4 fills the first; 3 goes into the second; 7 starts a third; 2 fills the second.
    let packs = Packs(order: [0, 1, 2, 3, 4, 5], lengths: [6, 5, 4, 3, 7, 2], length: 10)
    #expect((0..<packs.count).map { Array(packs[$0]) } == [[0, 2], [1, 3, 5], [4]])
    // With a window of one, what does not fit ends the sequence before.
    let narrow = Packs(order: [0, 1, 2, 3, 4, 5], lengths: [6, 5, 4, 3, 7, 2], length: 10, window: 1)
    #expect((0..<narrow.count).map { Array(narrow[$0]) } == [[0], [1, 2], [3, 4], [5]])
    let single = Packs(single: [2, 0, 1])
    #expect((0..<single.count).map { Array(single[$0]) } == [[2], [0], [1]])
  }

  @Test(arguments: [33, 257, 512], [1, 2, 16])
  func packingLosesNothingAndStaysNearTheOrder(length: Int, window: Int) {
    for count in [1, 31, 33, 257, 1000] {
      let sizes = lengths(count, most: length, seed: UInt64(count)).map(Int32.init)
      let order = EpochOrder.shuffled(count: count, seed: 3, epoch: 0)
      let packs = Packs(order: order, lengths: sizes, length: length, window: window)
      let all = (0..<packs.count).map { Array(packs[$0]) }
      #expect(all.joined().sorted() == order.sorted())
      #expect(all.allSatisfy { !$0.isEmpty && $0.reduce(0) { $0 + Int(sizes[Int($1)]) } <= length })
      let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.element, $0.offset) })
      let firsts = all.map { place[$0[0]]! }
      #expect(firsts == firsts.sorted())
      // When an example was placed, its sequence was one of the last `window`.
      var started = [Int](repeating: 0, count: count)
      for first in firsts { started[first] = 1 }
      for place in started.indices.dropFirst() { started[place] += started[place - 1] }
      for (index, pack) in all.enumerated() {
        #expect(pack.allSatisfy { started[place[$0]!] <= index + window })
      }
      // Documents keep their order inside a sequence.
      #expect(all.allSatisfy { pack in zip(pack, pack.dropFirst()).allSatisfy { place[$0]! < place[$1]! } })
    }
  }

  @Test func packsAreFull() {
    let sizes = lengths(5000, most: 600, seed: 9).map(Int32.init)
    let packs = Packs(order: EpochOrder.shuffled(count: 5000, seed: 3, epoch: 0), lengths: sizes, length: 2048)
    let fill = Double(sizes.reduce(0, +)) / Double(packs.count * 2048)
    #expect(fill >= 0.97, "\(fill)")
  }
}
