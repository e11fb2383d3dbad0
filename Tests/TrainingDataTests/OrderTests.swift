import Randomness
import Testing

@testable import TrainingData

@Suite struct OrderTests {
  /// Values of Vigna's splitmix64.c, with the state 1234567.
  @Test func theGeneratorIsSplitMix64() {
    var generator = SplitMix64(state: 1_234_567)
    #expect(
      (0..<3).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test(arguments: [1, 2, 31, 33, 257, 10_000])
  func anOrderIsAPermutationOfItsOwn(count: Int) {
    let orders = (0..<3).map { EpochOrder.shuffled(count: count, seed: 42, epoch: $0) }
    for order in orders { #expect(order.sorted() == (0..<Int32(count)).map { $0 }) }
    #expect(orders[1] == EpochOrder.shuffled(count: count, seed: 42, epoch: 1))
    if count > 30 {
      #expect(Set(orders).count == 3 && orders[0] != orders[0].sorted())
      #expect(EpochOrder.shuffled(count: count, seed: 43, epoch: 0) != orders[0])
      // An epoch of the next seed is no epoch of this one.
      #expect(EpochOrder.shuffled(count: count, seed: 41, epoch: 1) != orders[0])
    }
  }

  /// An order is for ever: a checkpoint of today must go on with it. The values are those of a second implementation, in
  /// Python.
  @Test func theOrderNeverChanges() {
    #expect(EpochOrder.shuffled(count: 10, seed: 42, epoch: 0) == [6, 0, 7, 9, 4, 8, 3, 5, 1, 2])
    #expect(EpochOrder.shuffled(count: 10, seed: 42, epoch: 1) == [1, 6, 4, 0, 2, 9, 7, 3, 5, 8])
    #expect(EpochOrder.validation(count: 100, fraction: 0.05, seed: 42) == [24, 25, 63, 77, 96])
  }

  /// Each of the 24 orders of 4 about as often: χ² with 23 degrees of freedom is above 70 once in a million.
  @Test func everyOrderIsAsLikely() {
    let count = 24_000
    var found: [[Int32]: Int] = [:]
    for epoch in 0..<count { found[EpochOrder.shuffled(count: 4, seed: 1, epoch: epoch), default: 0] += 1 }
    let expected = Double(count) / 24
    let chi = found.values.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(found.count == 24 && chi <= 70, "\(chi)")
  }

  @Test func validationRowsAreApart() throws {
    let rows = (0..<101).map { "{\"instruction\": \"number \($0)\", \"output\": \"\($0 * 3)\"}" }.joined(
      separator: "\n")
    let set = try trainingSet(rows, validation: 0.1)
    #expect(set.validation.count == 10 && set.examples.count == 91)
    let lines = (set.validation + set.examples).map(\.place.line)
    #expect(lines.sorted() == Array(1...101))
    #expect(set.examples.map(\.place.line) == set.examples.map(\.place.line).sorted())
    #expect(try trainingSet(rows, validation: 0.1).validation.map(\.tokens) == set.validation.map(\.tokens))
    #expect(
      try trainingSet(rows, validation: 0.1, seed: 43).validation.map(\.place.line) != set.validation.map(\.place.line))
    #expect(try trainingSet(rows).validation.isEmpty)
  }

  @Test func validationKeepsOneRowAndNeverAll() {
    #expect(EpochOrder.validation(count: 2, fraction: 0.001, seed: 1).count == 1)
    #expect(EpochOrder.validation(count: 2, fraction: 0.999, seed: 1).count == 1)
    #expect(EpochOrder.validation(count: 1, fraction: 0.5, seed: 1).isEmpty)
    #expect(EpochOrder.validation(count: 100, fraction: 0, seed: 1).isEmpty)
  }
}
