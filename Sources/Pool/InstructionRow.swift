public import Text

/// One instruction of a pool with its lineage.
public struct InstructionRow: Sendable, Equatable {
  public let id: RowID
  /// The instruction that it was evolved from; nil for a seed.
  public let parent: RowID?
  /// What was done to the parent; nil for a seed.
  public let operation: EvolvingOperation?
  /// Empty until it is evolved.
  public var instruction: String
  /// What the instruction is about, where the seed had something; an evolved instruction holds it in its own text.
  public var input: String
  /// The answer; empty until there is one.
  public var output: String
  /// What a teacher that works on structure keeps with the row; opaque here.
  public var state: String?
  /// From 1 to 10, where it was rated or is known.
  public var difficulty: Double?
  /// Words more than the parent, its input counted; negative for fewer.
  public var wordsAdded: Int?
  public var verdict: Verdict
  /// Why it was removed.
  public var rule: EliminationRule?
  /// The evidence for the rule: the copied words, the row or the test set that it repeats.
  public var evidence: String?

  public init(
    id: RowID, parent: RowID? = nil, operation: EvolvingOperation? = nil, instruction: String = "", input: String = "",
    output: String = "", state: String? = nil, difficulty: Double? = nil, wordsAdded: Int? = nil,
    verdict: Verdict = .pending, rule: EliminationRule? = nil, evidence: String? = nil
  ) {
    self.id = id
    self.parent = parent
    self.operation = operation
    self.instruction = instruction
    self.input = input
    self.output = output
    self.state = state
    self.difficulty = difficulty
    self.wordsAdded = wordsAdded
    self.verdict = verdict
    self.rule = rule
    self.evidence = evidence
  }

  /// Instruction and input as the one text that a teacher sees.
  public var prompt: String { input.isEmpty ? instruction : instruction + "\n\n" + input }

  /// What a trainer reads.
  public var record: InstructionRecord { InstructionRecord(instruction: instruction, input: input, output: output) }

  /// Takes the row out of the pool.
  public mutating func remove(by rule: EliminationRule, evidence: String? = nil) {
    verdict = .removed
    self.rule = rule
    self.evidence = evidence
  }
}
