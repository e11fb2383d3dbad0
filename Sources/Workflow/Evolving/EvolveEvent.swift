public import Pool

/// What a run tells while it goes on.
public enum EvolveEvent: Sendable {
  /// Something that the user should know, in words.
  case note(String)
  /// Bytes of a local model's weights that are loaded.
  case loading(done: Int, total: Int)
  /// After every row.
  case progress(EvolveProgress)
}

/// Where a run stands.
public struct EvolveProgress: Sendable, Equatable {
  /// From 1.
  public var round: Int
  public var rounds: Int
  /// Rows of the round that are kept or removed.
  public var finished: Int
  /// Rows of the round.
  public var total: Int
  /// The part of the whole work that is done, from 0 to 1: an evolution counts as half a row.
  public var share: Double
  /// Of this run and those before.
  public var spent: Usage
  /// Of this run; 0 before the first.
  public var callsPerSecond: Double
  /// What is left, where that can be said already.
  public var secondsLeft: Double?
}
