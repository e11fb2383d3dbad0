import Formats

/// What made a pool. Two parts of the same whole have the same identity but for the shard.
public struct PoolIdentity: Sendable, Equatable {
  /// A hash of the seeds, all of them, before sharding.
  public var seeds: String
  /// A hash of the prompt templates.
  public var prompts: String
  /// The teacher's model by name.
  public var teacher: String
  /// What tells the teacher from others of that name.
  public var teacherFingerprint: String
  /// How the teacher's replies are drawn and which rules apply, as JSON.
  public var settings: String
  /// What every draw starts from.
  public var seed: UInt64
  /// Which part of the seeds.
  public var shard: Shard

  public init(
    seeds: String, prompts: String, teacher: String, teacherFingerprint: String, settings: String, seed: UInt64,
    shard: Shard = .whole
  ) {
    self.seeds = seeds
    self.prompts = prompts
    self.teacher = teacher
    self.teacherFingerprint = teacherFingerprint
    self.settings = settings
    self.seed = seed
    self.shard = shard
  }

  /// Why this cannot go on where `other` began: the first field that differs, in words; nil when all agree.
  ///
  /// - Parameter mixing: Whether prompts, teacher and settings may differ.
  public func difference(from other: PoolIdentity, mixing: Bool, anyShard: Bool = false) -> String? {
    if seeds != other.seeds {
      return "other seeds"
        + (teacher == other.teacher ? "" : " and by another teacher (\(other.teacher), now \(teacher))")
    }
    if seed != other.seed { return "another random seed (\(other.seed), now \(seed))" }
    if !anyShard, shard != other.shard { return "another shard (\(other.shard), now \(shard))" }
    if mixing { return nil }
    if prompts != other.prompts { return "other prompts" }
    if teacher != other.teacher || teacherFingerprint != other.teacherFingerprint {
      return "another teacher (\(other.teacher), now \(teacher))"
    }
    if settings != other.settings { return "other settings (\(other.settings), now \(settings))" }
    return nil
  }
}

/// The part `index` of `count` equal ones: every seed whose place leaves that remainder.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// From 0.
  public let index: Int
  public let count: Int

  public static let whole = Shard(index: 0, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `i/n`, i from 0 to n − 1; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]), count > 0, 0..<count ~= index
    else { return nil }
    self.init(index: index, count: count)
  }

  public func contains(seed: Int) -> Bool { seed % count == index }

  public var description: String { "\(index)/\(count)" }
}
