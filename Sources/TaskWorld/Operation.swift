/// The six operations of Evol-Instruct (Xu et al., "WizardLM", ICLR 2024, section 3): five make a task harder, one
/// makes the set of tasks wider.
public enum Operation: String, CaseIterable, Codable, Sendable {
  /// One more constraint on the output.
  case addConstraint
  /// A further question about the result.
  case deepen
  /// A specific thing in place of a general one.
  case concretize
  /// One more step between input and answer.
  case increaseReasoning
  /// The input as JSON, XML, SQL, Python, HTML or shell; an input that has a format gets another and, where it
  /// can hold more, one thing more. Where no format may be added, one thing more alone.
  case complicateInput
  /// Another, rarer task of the same domain.
  case breadth

  /// Whether the operation makes the same task harder; `breadth` alone writes another one.
  public var isInDepth: Bool { self != .breadth }
}
