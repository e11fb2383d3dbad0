import Formats
public import Pool

/// How instructions are evolved; the defaults are the paper's.
public struct EvolutionOptions: Sendable {
  public var rounds: Int
  /// What every draw starts from.
  public var seed: UInt64
  public var shard: Shard
  public var sampling: Sampling
  /// Calls under way at once.
  public var concurrency: Int
  public var budget: Budget
  /// Whether kept instructions are rated from 1 to 10, one more call each.
  public var ratesDifficulty: Bool
  /// About how many of a round are rated, drawn with equal probability; nil for all.
  public var difficultySample: Int?
  /// Whether an evolution outside the 10 to 20 words is removed rather than only counted.
  public var removesOutsideWordRange: Bool
  /// How alike two instructions of different seeds may be: the share of common runs of three words (Jaccard). Nil
  /// removes only those that are the same word for word.
  public var similarityLimit: Double?
  /// Whether a pool of other prompts, another teacher or other settings may be gone on with.
  public var allowsMixing: Bool
  /// Failed calls in a row after which the teacher counts as gone.
  public var failureLimit: Int

  public init(
    rounds: Int = 4, seed: UInt64 = 0, shard: Shard = .whole, sampling: Sampling = Sampling(), concurrency: Int = 16,
    budget: Budget = Budget(), ratesDifficulty: Bool = false, difficultySample: Int? = nil,
    removesOutsideWordRange: Bool = false,
    similarityLimit: Double? = 0.8, allowsMixing: Bool = false, failureLimit: Int = 20
  ) {
    self.rounds = rounds
    self.seed = seed
    self.shard = shard
    self.sampling = sampling
    self.concurrency = concurrency
    self.budget = budget
    self.ratesDifficulty = ratesDifficulty
    self.difficultySample = difficultySample
    self.removesOutsideWordRange = removesOutsideWordRange
    self.similarityLimit = similarityLimit
    self.allowsMixing = allowsMixing
    self.failureLimit = failureLimit
  }

  /// What of it decides which rows come out.
  var settings: String {
    let value: JSONValue = [
      "sampling": sampling.json, "word_range": .bool(removesOutsideWordRange),
      "similarity": similarityLimit.map { .number($0) } ?? .null,
    ]
    return value.encoded()
  }
}
