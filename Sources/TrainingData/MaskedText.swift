public import Text

/// A stretch of an example's text that is to be learned as a whole, or not at all.
public struct MaskedText: Sendable, Equatable {
  public var text: String
  public let isTrained: Bool
}

extension Example {
  /// The example decoded, cut wherever the loss mask changes; marks of the protocol by their names.
  ///
  /// A character whose bytes lie on both sides of a cut belongs to the later side.
  public func maskedText(_ tokenizer: Tokenizer) -> [MaskedText] {
    var stream = TextStream(tokenizer, skippingSpecial: false)
    var stretches: [MaskedText] = []
    var ranges = trained[...]
    for (place, id) in tokens.enumerated() {
      while let range = ranges.first, range.upperBound <= place { ranges.removeFirst() }
      let isTrained = ranges.first?.contains(Int32(place)) ?? false
      if stretches.last?.isTrained != isTrained { stretches.append(MaskedText(text: "", isTrained: isTrained)) }
      stretches[stretches.count - 1].text += stream.append(Int(id))
    }
    if !stretches.isEmpty { stretches[stretches.count - 1].text += stream.finish() }
    return stretches
  }
}
