/// One row of data as a model sees it: its tokens, and which of them it is to learn.
public struct Example: Sendable, Equatable {
  public let place: RowPlace
  public let tokens: [Int32]
  /// The tokens to learn, as rising ranges of places in `tokens`. Never place 0: nothing comes before it that it could
  /// be told from.
  public let trained: [Range<Int32>]
  /// How many tokens there are to learn.
  public let targetCount: Int

  /// - Parameters:
  ///   - ids: The tokens.
  ///   - isTrained: For each token whether it is to be learned.
  public init(place: RowPlace, ids: [Int], isTrained: [Bool]) {
    precondition(ids.count == isTrained.count, "\(ids.count) tokens with \(isTrained.count) flags")
    self.place = place
    tokens = ids.map(Int32.init)
    var ranges: [Range<Int32>] = []
    for (index, flag) in isTrained.enumerated() where flag && index > 0 {
      let place = Int32(index)
      if let last = ranges.last, last.upperBound == place {
        ranges[ranges.count - 1] = last.lowerBound..<(place + 1)
      } else {
        ranges.append(place..<(place + 1))
      }
    }
    trained = ranges
    targetCount = ranges.reduce(0) { $0 + $1.count }
  }

  /// What each row is to predict: the next token where that is to be learned, else -1; the last row -1.
  public var targets: [Int32] {
    var targets = [Int32](repeating: -1, count: tokens.count)
    for range in trained {
      for place in range { targets[Int(place) - 1] = tokens[Int(place)] }
    }
    return targets
  }
}
