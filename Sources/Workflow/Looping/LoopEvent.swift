public import Formats
public import Report

/// What a loop tells while it goes on.
public enum LoopEvent: Sendable {
  /// Something that the user should know, in words.
  case note(String)
  /// A stage is done already, by an earlier start.
  case skipped(LoopStage)
  case began(LoopStage)
  /// Over all starts it took so long.
  case ended(LoopStage, seconds: Double)
  case evolve(EvolveEvent)
  case train(TrainEvent)
  /// So many of the held-out tasks are answered.
  case evaluated(done: Int, total: Int)
}

/// How a loop ended.
public struct LoopSummary: Sendable {
  public enum Ending: Sendable, Equatable { case finished, interrupted }

  public var ending: Ending
  /// What was measured; nil for an interrupted loop.
  public var outcome: LoopOutcome?
}

/// What a loop came to.
public struct LoopOutcome: Sendable {
  /// Everything that was measured, as the page shows it.
  public var report: LoopReport
  /// `results.json`. The times are its last member; all else is the same for the same recipe, however often it was
  /// stopped.
  public var json: JSONValue
  /// The path of the page.
  public var page: String
  /// The model that was trained on evolved data: a model's folder or, beside the base, an adapter's.
  public var model: String
  public var adapter: String?
}
