/// What is done to an instruction to get a new one (Xu et al., WizardLM, section 3.2): five ways to make it harder, one to
/// get a different one.
public enum EvolvingOperation: String, Sendable, Codable, CaseIterable {
  case addConstraints = "add_constraints"
  case deepening
  case concretizing
  case increaseReasoning = "increase_reasoning"
  case complicateInput = "complicate_input"
  case breadth

  /// Whether the operation makes the instruction itself harder, rather than inventing another one.
  public var isInDepth: Bool { self != .breadth }

  /// Whether the paper allows it 10 to 20 words more: the four in-depth operations that share one frame.
  public var limitsWordsAdded: Bool { isInDepth && self != .complicateInput }
}
