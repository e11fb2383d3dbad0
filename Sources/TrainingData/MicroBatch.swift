/// What one forward and backward pass reads: `micro` sequences of `length` rows, one after the other.
///
/// A row is a place for one token. What an example does not use is dead: token 0, target -1, position 0, and a document
/// start at the end of its sequence, beyond itself, which attention takes for "sees nothing and costs nothing".
/// Document starts never decrease.
public struct MicroBatch: Sendable, Equatable {
  public private(set) var tokens: [Int32]
  /// The token that each row is to predict; -1 for none.
  public private(set) var targets: [Int32]
  /// Each row's position in its document, from 0.
  public private(set) var positions: [Int32]
  /// The row at which each row's document starts.
  public private(set) var documentStart: [Int32]

  /// - Parameters:
  ///   - sequences: The examples of each sequence; fewer sequences than `micro` leave the last ones dead.
  ///   - micro: Sequences of the batch.
  ///   - length: Rows of a sequence.
  init(_ sequences: [[Example]], micro: Int, length: Int) {
    precondition(sequences.count <= micro, "\(sequences.count) sequences for \(micro)")
    let rows = micro * length
    tokens = [Int32](repeating: 0, count: rows)
    targets = [Int32](repeating: -1, count: rows)
    positions = [Int32](repeating: 0, count: rows)
    documentStart = (0..<rows).map { Int32(($0 / length + 1) * length) }
    for (place, sequence) in sequences.enumerated() {
      var start = place * length
      for example in sequence {
        let range = start..<(start + example.tokens.count)
        precondition(range.upperBound <= (place + 1) * length, "sequence \(place) has more than \(length) tokens")
        tokens.replaceSubrange(range, with: example.tokens)
        targets.replaceSubrange(range, with: example.targets)
        for row in range {
          positions[row] = Int32(row - start)
          documentStart[row] = Int32(start)
        }
        start = range.upperBound
      }
    }
  }
}

/// What one step of the optimizer learns from.
public struct Step: Sendable, Equatable {
  /// The step's place in the whole run, from 0.
  public let index: Int
  public let epoch: Int
  /// At most `accumulate`; the last step of an epoch may have fewer.
  public let microBatches: [MicroBatch]
  /// How many tokens are learned in the whole step. The loss is the sum over them divided by this.
  public let tokenCount: Int
  /// How many rows are alive in the whole step.
  public let rowCount: Int
}
