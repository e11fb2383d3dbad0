/// What one forward and backward pass reads: packed documents, as many rows as the session was made for.
public struct MicroBatch: Sendable, Equatable {
  /// A dead row has a token all the same, 0.
  public var tokens: [Int32]
  /// The token that each row is to predict; negative for none.
  public var targets: [Int32]
  /// Each row's position in its document.
  public var positions: [Int32]
  /// The row at which each row's document starts; beyond itself for a dead row, which sees nothing.
  public var documentStart: [Int32]

  public init(tokens: [Int32], targets: [Int32], positions: [Int32], documentStart: [Int32]) {
    self.tokens = tokens
    self.targets = targets
    self.positions = positions
    self.documentStart = documentStart
  }

  /// Rows with a target.
  public var targetCount: Int { targets.count { $0 >= 0 } }
  /// Rows of documents.
  public var liveCount: Int { documentStart.indices.count { documentStart[$0] <= Int32($0) } }
}

/// What one step of the optimizer learns from.
public struct Step: Sendable, Equatable {
  public var microBatches: [MicroBatch]
  /// N, the rows with a target in the whole step: what the loss and the gradients are divided by.
  public var tokenCount: Int

  public init(microBatches: [MicroBatch]) {
    self.microBatches = microBatches
    tokenCount = microBatches.reduce(0) { $0 + $1.targetCount }
  }
}
