/// SplitMix64: a counter through a mixing function. Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom
/// number generators", figure 17 with the constants of Vigna's splitmix64.c.
///
/// The generators of the standard library promise no sequence; an order of rows, a draw and a fresh weight must be the
/// same for ever. Each module adds how its own streams are keyed.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  /// What the counter goes on by.
  public static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  public init(state: UInt64) { self.state = state }

  public static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mixed(state)
  }

  /// Uniform in 0..<1, a multiple of 2⁻⁵³.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number below `bound`, each as likely. Source: Lemire 2019, "Fast random integer generation in an interval",
  /// algorithm 5.
  public mutating func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "there is no number below 0")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}
