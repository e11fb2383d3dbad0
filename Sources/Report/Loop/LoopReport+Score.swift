import Foundation

extension LoopReport {
  /// A mean over tasks with its interval of 95 %.
  public struct Score: Sendable, Equatable {
    /// A share from 0 to 1, or nats a token; as the report's measure is.
    public var value: Double
    public var low: Double
    public var high: Double
    /// The tasks that it is the mean of.
    public var count: Int

    public init(value: Double, low: Double, high: Double, count: Int) {
      self.value = value
      self.low = low
      self.high = high
      self.count = count
    }

    /// The share of `right` among `count` tasks, with Wilson's interval (1927), which stays within 0 and 1 and is right
    /// for shares near them as well. No tasks have no share: the value is NaN.
    public init(right: Int, of count: Int) {
      let (n, z) = (Double(count), Self.z)
      let share = Double(right) / n
      let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
      let reach = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
      // Rounding must not put the end of the interval on the wrong side of the value where that is 0 or 1.
      self.init(
        value: share, low: max(0, min(middle - reach, share)), high: min(1, max(middle + reach, share)), count: count)
    }

    /// A mean with the normal interval of its standard error.
    public init(mean: Double, standardError: Double, count: Int) {
      self.init(
        value: mean, low: mean - Self.z * standardError, high: mean + Self.z * standardError, count: count)
    }

    /// The difference of two shares over the same `count` tasks, of which the second model alone answers `gained`, the
    /// first alone `lost`. The interval is the one of Agresti and Min (Statistics in Medicine, 2005), Wald's with half a
    /// task more in each of the four cells; it is narrower than the two shares' own intervals suggest, since the tasks
    /// are the same.
    public init(gained: Int, lost: Int, of count: Int) {
      let (n, gain, loss) = (Double(count) + 2, Double(gained) + 0.5, Double(lost) + 0.5)
      let middle = (gain - loss) / n
      let reach = Self.z * ((gain + loss) / n - middle * middle).squareRoot() / n.squareRoot()
      self.init(
        value: (Double(gained) - Double(lost)) / Double(count), low: max(-1, middle - reach),
        high: min(1, middle + reach),
        count: count)
    }

    /// Of the normal distribution, 95 % lies within so many standard deviations of its mean.
    private static let z = 1.959964
  }

  /// The arms' scores by something about the tasks: their difficulty, how many parts they have, an operation.
  public struct Breakdown: Sendable, Equatable {
    /// The tasks that have something in common.
    public struct Group: Sendable, Equatable {
      /// `3`, `add constraints`
      public var name: String
      /// One for each arm that was tested on them.
      public var scores: [Arm.Kind: Score]

      public init(_ name: String, scores: [Arm.Kind: Score]) {
        self.name = name
        self.scores = scores
      }
    }

    /// `By difficulty`
    public var title: String
    /// What the groups are, in a sentence without its full stop: `From 1, a plain task, to 10`.
    public var caption: String
    /// In the order in which they are shown. A task may be in several, as where it was made by several operations.
    public var groups: [Group]

    public init(_ title: String, caption: String = "", groups: [Group]) {
      self.title = title
      self.caption = caption
      self.groups = groups
    }
  }
}
