import Randomness

extension SplitMix64 {
  /// A generator for one use, such as one epoch: `key`s are mixed into the seed one after the other, so that
  /// neighbouring seeds and keys have nothing in common.
  init(seed: UInt64, keys: UInt64...) {
    let state = keys.reduce(seed) { Self.mixed($0 &+ Self.step) ^ $1 }
    self.init(state: Self.mixed(state &+ Self.step))
  }
}
