import Text

/// Turns rows into examples, or says why it cannot.
struct ExampleRenderer {
  private let chat: ChatRenderer
  /// The tokens that an example may have.
  private let length: Int

  init(tokenizer: Tokenizer, template: ChatTemplate, length: Int) {
    chat = ChatRenderer(tokenizer: tokenizer, template: template)
    self.length = length
  }

  /// The row as examples: one, or the pieces of a text that is longer than a sequence.
  func rendered(_ row: TrainingRow, at place: RowPlace) throws(RowFault) -> RenderedRow {
    switch row {
    case .record(let record): try self.record(record, at: place)
    case .text(let text): try self.text(text, at: place)
    }
  }

  private func record(_ record: InstructionRecord, at place: RowPlace) throws(RowFault) -> RenderedRow {
    let messages = try record.teachable(for: chat.template)
    let rendered: RenderedChat
    do throws(ChatError) {
      rendered = try chat.render(messages, prompting: false)
    } catch {
      throw RowFault(.turnOrder, error.description)
    }
    let count = rendered.ids.count
    guard count <= length else {
      throw RowFault(.tooLong, "has \(count) tokens; a training sequence has \(length)", tokenCount: count)
    }
    let example = Example(place: place, ids: rendered.ids, isTrained: rendered.isTrained)
    guard example.targetCount > 0 else { throw RowFault(.noAnswer, "there is no token to learn") }
    return RenderedRow(tokenCount: count, examples: [example])
  }

  private func text(_ text: String, at place: RowPlace) throws(RowFault) -> RenderedRow {
    guard !isBlank(text) else { throw RowFault(.noText, "the text is empty") }
    var ids = chat.tokenizer.encode(text)
    if let end = chat.tokenizer.special.eos { ids.append(end) }
    guard ids.count > 1 else { throw RowFault(.noText, "there is no token to learn", tokenCount: ids.count) }
    guard length > 1 else {
      throw RowFault(.tooLong, "a training sequence of one token teaches nothing", tokenCount: ids.count)
    }
    let ranges = Self.pieces(of: ids.count, length: length)
    let examples = ranges.enumerated().map { index, range in
      var place = place
      if ranges.count > 1 { place.piece = index + 1 }
      return Example(place: place, ids: Array(ids[range]), isTrained: range.map { _ in true })
    }
    return RenderedRow(tokenCount: ids.count, examples: examples)
  }

  /// Where a text is cut: into pieces of `length` tokens, the last of what is left. Each begins with the last token of the
  /// one before, from which its first own one is told, so that every token but the text's first is learned, and once.
  static func pieces(of count: Int, length: Int) -> [Range<Int>] {
    precondition(count > 1 && length > 1, "\(count) tokens in pieces of \(length)")
    return stride(from: 0, to: count - 1, by: length - 1).map { $0..<min($0 + length, count) }
  }
}

/// What becomes of a row.
struct RenderedRow {
  /// Tokens of the whole row.
  let tokenCount: Int
  let examples: [Example]
}
