/// Which instruction of a pool: the seed that it descends from, and the round in which it was made.
///
/// The same in every shard of the same seeds, so that shards merge and draws do not depend on the order of replies.
public struct RowID: Sendable, Hashable, Comparable, Codable {
  /// The place of the seed in the seed file, from 0.
  public var seed: Int
  /// 0 for the seed itself, then the round that made the instruction.
  public var round: Int

  public init(seed: Int, round: Int) {
    self.seed = seed
    self.round = round
  }

  /// Rounds first: what was made before comes first.
  public static func < (left: RowID, right: RowID) -> Bool {
    (left.round, left.seed) < (right.round, right.seed)
  }
}

extension RowID: CustomStringConvertible {
  /// `12/3`: seed 12, round 3.
  public var description: String { "\(seed)/\(round)" }
}
