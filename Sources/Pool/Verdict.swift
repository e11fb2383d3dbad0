/// How far an instruction has come in its round.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// Drawn, not yet evolved.
  case pending
  /// Evolved, and no cheap rule speaks against it.
  case candidate
  /// No duplicate either; to be judged and answered.
  case unique
  /// A member of the pool, to be evolved in the next round.
  case kept
  /// Removed by a rule; its parent stays in the pool in its place.
  case removed
}

/// The rule that removed an instruction.
///
/// The first four are the paper's; the others are counted apart from them.
public enum EliminationRule: String, Sendable, Codable, CaseIterable {
  /// The judge finds parent and child equal: no information gained.
  case equal
  /// The answer says "sorry" and is short.
  case sorryAnswer = "sorry_answer"
  /// The answer is punctuation and stop words alone.
  case contentlessAnswer = "contentless_answer"
  /// The instruction copies words of the evolving prompt.
  case copiedPrompt = "copied_prompt"

  /// The teacher replied with nothing.
  case empty
  /// What was to be asked is longer than the teacher can read.
  case tooLong = "too_long"
  /// The reply was cut off at the limit of tokens.
  case truncated
  /// The reply is the parent again.
  case unchanged
  /// The teacher declined to evolve the instruction.
  case refused
  /// The judge said neither "Equal" nor "Not Equal".
  case unjudged
  /// More or fewer words added than allowed; only where that is asked for.
  case wordRange = "word_range"
  /// Word for word, or nearly, an instruction that the pool has already.
  case duplicate
  /// Shares 13 words in a row with a test set.
  case contaminated
  /// The call to the teacher failed for good.
  case callFailed = "call_failed"

  /// Whether the rule is one of the paper's four.
  public var isOfPaper: Bool {
    switch self {
    case .equal, .sorryAnswer, .contentlessAnswer, .copiedPrompt: true
    default: false
    }
  }
}
