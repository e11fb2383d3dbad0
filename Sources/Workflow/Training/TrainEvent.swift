public import Report

/// What a fine-tune tells while it goes on.
public enum TrainEvent: Sendable {
  /// Something that the user should know, in words.
  case note(String)
  /// Bytes of the weights that are loaded.
  case loading(done: Int, total: Int)
  /// The programs are compiled, samples are written or the validation loss is measured: what is going on.
  case working(String)
  /// After every step; `line` is how far the run is.
  case step(StepRow, line: ProgressLine)
  /// What the model answers to one of the recipe's prompts after so many steps.
  case sample(step: Int, prompt: String, answer: String)
  /// A checkpoint lies on the disk from which this step comes next.
  case saved(step: Int)
}

/// How a fine-tune ended.
public struct TrainSummary: Sendable {
  public enum Ending: Sendable, Equatable { case finished, interrupted }

  public var ending: Ending
  /// Steps that are done, of so many.
  public var step: Int
  public var total: Int
  /// The mean loss of the last steps, at most ten.
  public var loss: Double?
  public var firstLoss: Double?
  /// The loss on the validation rows before and after, where there are any.
  public var validation: (first: Double, last: Double)?
  /// Where the adapter or the model lies; nil for an interrupted run.
  public var result: String?
  /// Whether `result` is an adapter.
  public var isAdapter: Bool
  public var report: String
}
