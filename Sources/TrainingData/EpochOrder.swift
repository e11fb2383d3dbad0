import Randomness

/// The order in which an epoch takes its examples: a pure function of seed, epoch and count, so that a run that goes on
/// needs to know nothing but where it was.
public enum EpochOrder {
  /// What the generator is for, mixed into its seed.
  private enum Use: UInt64 { case epoch = 1, validation = 2 }

  /// A permutation of 0 ..< count: Fisher and Yates's shuffle (Durstenfeld 1964), last place first, over SplitMix64 keyed
  /// by seed and epoch.
  public static func shuffled(count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    permutation(count: count, SplitMix64(seed: seed, keys: Use.epoch.rawValue, UInt64(epoch)))
  }

  /// The rows that are kept from training, rising: the first of a permutation that no epoch uses.
  ///
  /// - Parameter fraction: Of the rows, 0 to below 1; more than 0 keeps at least one row where there are two, and never
  ///   all.
  static func validation(count: Int, fraction: Double, seed: UInt64) -> [Int] {
    guard fraction > 0, count >= 2 else { return [] }
    let kept = min(max(Int((Double(count) * fraction).rounded()), 1), count - 1)
    return permutation(count: count, SplitMix64(seed: seed, keys: Use.validation.rawValue)).prefix(kept).map(Int.init)
      .sorted()
  }

  private static func permutation(count: Int, _ generator: SplitMix64) -> [Int32] {
    var generator = generator
    var order = (0..<Int32(count)).map { $0 }
    for place in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(place, Int(generator.next(below: UInt64(place + 1))))
    }
    return order
  }
}
