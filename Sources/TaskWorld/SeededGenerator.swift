/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
///
/// The standard library does not promise the same numbers from one version to the next; the functions here do.
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// A stream of its own for each list of numbers.
  init(_ keys: UInt64...) {
    state = 0x5EED
    for key in keys { state = next() ^ key }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
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
  var generator = SeededGenerator(seed: hash)
  return generator.next()
}
