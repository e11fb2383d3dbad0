extension LoopReport {
  /// A held-out task with the answers of the arms to it.
  public struct AnsweredTask: Sendable, Equatable {
    /// What one arm says.
    public struct Answer: Sendable, Equatable {
      public var text: String
      /// Whether it is the expected answer; nil where several are right.
      public var isRight: Bool?
      /// The arm's loss on the expected answer, in nats a token, where that is the measure.
      public var loss: Double?

      public init(_ text: String, isRight: Bool? = nil, loss: Double? = nil) {
        self.text = text
        self.isRight = isRight
        self.loss = loss
      }
    }

    public var task: String
    /// The only right answer, or the one that the teacher gave.
    public var expected: String
    /// From 1 to 10, where it was rated or is known.
    public var difficulty: Double?
    /// What made the task out of a plain one; none for a plain one.
    public var operations: [String]
    public var answers: [Arm.Kind: Answer]

    public init(
      _ task: String, expected: String, difficulty: Double? = nil, operations: [String] = [],
      answers: [Arm.Kind: Answer]
    ) {
      self.task = task
      self.expected = expected
      self.difficulty = difficulty
      self.operations = operations
      self.answers = answers
    }
  }
}
