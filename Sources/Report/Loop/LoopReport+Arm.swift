extension LoopReport {
  /// One of the models that are compared: how it was trained and what it scores.
  public struct Arm: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
      /// As it was before training.
      case base
      /// Trained on the seeds alone.
      case seeds
      /// Trained on the seeds and what they were evolved into.
      case evolved

      /// `seeds + evolved`
      public var name: String {
        switch self {
        case .base: "base"
        case .seeds: "seeds only"
        case .evolved: "seeds + evolved"
        }
      }
    }

    public var kind: Kind
    /// On tasks as the seeds are; nil where that was not measured.
    public var plain: Score?
    /// On tasks that combine several parts, as evolved ones do.
    public var complex: Score?
    /// The tokens of all steps of its training, masked ones included; 0 for the base.
    public var trainedTokens: Int
    /// The different rows that it was trained on; 0 for the base.
    public var trainedRows: Int
    /// The steps of its training, in their order; none for the base.
    public var steps: [StepRow]

    public init(
      _ kind: Kind, plain: Score?, complex: Score?, trainedTokens: Int = 0, trainedRows: Int = 0,
      steps: [StepRow] = []
    ) {
      self.kind = kind
      self.plain = plain
      self.complex = complex
      self.trainedTokens = trainedTokens
      self.trainedRows = trainedRows
      self.steps = steps
    }
  }
}
