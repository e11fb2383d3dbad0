import Pool
import Randomness

/// Random choices that depend on the run's seed and the row alone, never on the order in which replies come.
struct Draw {
  let seed: UInt64

  /// The operation for a seed in a round, each of the six with equal probability.
  func operation(_ row: RowID) -> EvolvingOperation {
    pick(EvolvingOperation.allCases, row, purpose: 1)
  }

  /// The data format for an evolution that complicates the input.
  func format(_ row: RowID) -> DataFormat {
    pick(DataFormat.allCases, row, purpose: 2)
  }

  /// Whether a row is among a part of all rows, from 0 to 1, that is rated.
  func isRated(_ row: RowID, share: Double) -> Bool {
    var generator = generator(row, purpose: 7)
    return generator.unit() < share
  }

  /// The seed that a call's reply is drawn with. 53 bits: JSON readers keep no more.
  func sampling(_ row: RowID, _ kind: CallKind) -> UInt64 {
    let purpose: UInt64 =
      switch kind {
      case .evolve: 3
      case .judge: 4
      case .answer: 5
      case .rate: 6
      }
    var generator = generator(row, purpose: purpose)
    return generator.next() >> 11
  }

  private func pick<Choice>(_ choices: [Choice], _ row: RowID, purpose: UInt64) -> Choice {
    var generator = generator(row, purpose: purpose)
    return choices[Int.random(in: 0..<choices.count, using: &generator)]
  }

  /// One generator a row and purpose: each number is mixed in by a step of its own.
  private func generator(_ row: RowID, purpose: UInt64) -> SplitMix64 {
    var state = seed
    for number in [UInt64(row.seed), UInt64(row.round), purpose] {
      var step = SplitMix64(state: state ^ number &* 0xD6E8_FEB8_6659_FD93)
      state = step.next()
    }
    return SplitMix64(state: state)
  }
}

/// What a complicated input may be an instance of.
enum DataFormat: String, CaseIterable {
  case xml = "XML data"
  case sql = "an SQL database"
  case python = "Python code"
  case html = "an HTML page"
  case shell = "a shell command"
  case json = "JSON data"
}
