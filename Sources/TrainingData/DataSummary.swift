/// The figures of a training set: tokens, lengths, and how full its sequences would be.
public struct DataSummary: Sendable, Equatable {
  /// Rows whose number of tokens lies in a range.
  public struct Bucket: Sendable, Equatable {
    public let tokens: Range<Int>
    public let rowCount: Int
  }

  /// Sequences of an epoch.
  public struct Sequences: Sendable, Equatable {
    public let count: Int
    /// The share of their places that hold a token.
    public let fill: Double
  }

  /// The most tokens of a sequence.
  public let length: Int
  /// Tokens of all examples, those for validation included.
  public let tokenCount: Int
  /// How many of them are learned.
  public let targetCount: Int
  /// Texts that are longer than a sequence and cut into pieces.
  public let cut: Int
  /// The pieces, each of which is an example.
  public let pieces: Int
  /// Of the rows that could be rendered, those that are too long included.
  public let medianLength: Int
  public let longest: Int
  /// From the shortest to the longest row, empty ones in between included; each bound is 1.5 or 1.33 times the last.
  public let buckets: [Bucket]
  /// With several examples a sequence.
  public let packed: Sequences
  /// With one example a sequence.
  public let single: Sequences

  /// - Parameter length: The sequence length that `set` was read with.
  public init(_ set: TrainingSet, length: Int, seed: UInt64 = 42) {
    self.length = length
    let examples = set.examples + set.validation
    let lengths = examples.map { Int32($0.tokens.count) }
    tokenCount = lengths.reduce(0) { $0 + Int($1) }
    targetCount = examples.reduce(0) { $0 + $1.targetCount }
    cut = set.report.cutCount
    pieces = set.report.pieceCount
    let sorted = set.report.tokenCounts.sorted()
    medianLength = Int(sorted[sorted.count / 2])
    longest = Int(sorted[sorted.count - 1])
    buckets = Self.buckets(sorted)
    let order = EpochOrder.shuffled(count: lengths.count, seed: seed, epoch: 0)
    let packs = Packs(order: order, lengths: lengths, length: length)
    packed = Sequences(count: packs.count, fill: Double(tokenCount) / Double(packs.count * length))
    single = Sequences(count: lengths.count, fill: Double(tokenCount) / Double(lengths.count * length))
  }

  /// - Parameter sorted: Token counts, rising.
  private static func buckets(_ sorted: [Int32]) -> [Bucket] {
    var bounds = [0, 16]
    while bounds[bounds.count - 1] <= Int(sorted[sorted.count - 1]) {
      let last = bounds[bounds.count - 1]
      bounds.append(last.nonzeroBitCount == 1 ? last / 2 * 3 : last / 3 * 4)
    }
    var place = 0
    let all = zip(bounds, bounds.dropFirst()).map { from, to in
      let start = place
      while place < sorted.count, Int(sorted[place]) < to { place += 1 }
      return Bucket(tokens: from..<to, rowCount: place - start)
    }
    return Array(all.drop { $0.rowCount == 0 })
  }
}
