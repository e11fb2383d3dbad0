/// SplitMix64: a counter through a mixing function. Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom
/// number generators", figure 17 with the constants of Vigna's splitmix64.c.
///
/// The generators of the standard library promise no sequence; an order of training rows must be the same for ever.
struct SplitMix64 {
  private var state: UInt64

  init(state: UInt64) { self.state = state }

  /// A generator for one use, such as one epoch: `key`s are mixed into the seed one after the other, so that
  /// neighbouring seeds and keys have nothing in common.
  init(seed: UInt64, keys: UInt64...) {
    state = keys.reduce(seed) { Self.mixed($0 &+ Self.step) ^ $1 }
    state = Self.mixed(state &+ Self.step)
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mixed(state)
  }

  /// A number below `bound`, each as likely. Source: Lemire 2019, "Fast random integer generation in an interval",
  /// algorithm 5.
  mutating func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "there is no number below 0")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}
