public import Randomness

/// What tasks are drawn with.
public typealias SeededGenerator = SplitMix64

extension SplitMix64 {
  /// A stream of its own for each list of numbers.
  init(_ keys: UInt64...) {
    self.init(state: 0x5EED)
    for key in keys { self.init(state: next() ^ key) }
  }

  /// A number from 0 to `bound` - 1; `bound` is positive. Off from uniform by less than 2⁻⁵⁰ for the bounds used here.
  mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  mutating func number(in range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  /// One of `items`, of which there is at least one.
  mutating func choice<Item>(_ items: [Item]) -> Item { items[below(items.count)] }

  /// The items in a random order (Fisher and Yates).
  mutating func shuffled<Item>(_ items: [Item]) -> [Item] {
    var items = items
    for place in stride(from: items.count - 1, to: 0, by: -1) { items.swapAt(place, below(place + 1)) }
    return items
  }
}

/// The FNV-1a hash of the text's UTF-8 (Fowler, Noll and Vo): the same in every run, which `Hasher` is not.
func stableHash(_ text: String, seed: UInt64) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  // FNV's low bits mix badly for short texts; one round of SplitMix64 spreads them.
  var generator = SeededGenerator(state: hash)
  return generator.next()
}
