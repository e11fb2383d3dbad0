import Randomness

extension Value {
  /// The value with one more thing at its end, unlike those that it holds; `nil` where it holds as many as a world of
  /// this extent allows, and for dates and amounts, which are one thing.
  func grown(in extent: Extent, _ generator: inout SeededGenerator) -> Value? {
    func other(than nouns: [String]) -> String {
      // A world has more nouns than its inputs hold, so that one is always left.
      generator.choice(extent.nouns.filter { !nouns.contains($0) })
    }
    func other(than numbers: [Int]) -> Int { generator.choice((1...20).filter { !numbers.contains($0) }) }
    switch self {
    case .words(let words) where words.count < extent.longestInput: return .words(words + [other(than: words)])
    case .numbers(let numbers, let thing) where numbers.count < extent.longestInput:
      return .numbers(numbers + [other(than: numbers)], of: thing)
    case .sets(let first, let second) where first.count < extent.longestInput:
      return .sets(first + [other(than: first + second)], second)
    case .table(let rows) where rows.count < extent.longestInput:
      return .table(rows + [Row(item: other(than: rows.map(\.item)), price: other(than: rows.map(\.price)))])
    case .words, .numbers, .sets, .table, .date, .amount: return nil
    }
  }
}
