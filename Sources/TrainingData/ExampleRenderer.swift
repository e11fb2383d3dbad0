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

  func example(_ row: TrainingRow, at place: RowPlace) throws(RowFault) -> Example {
    let example: Example
    switch row {
    case .record(let record):
      let messages = try record.teachable(for: chat.template)
      let rendered: RenderedChat
      do throws(ChatError) {
        rendered = try chat.render(messages, prompting: false)
      } catch {
        throw RowFault(.turnOrder, error.description)
      }
      example = Example(place: place, ids: rendered.ids, isTrained: rendered.isTrained)
    case .text(let text):
      guard !isBlank(text) else { throw RowFault(.noText, "the text is empty") }
      var ids = chat.tokenizer.encode(text)
      if let end = chat.tokenizer.special.eos { ids.append(end) }
      example = Example(place: place, ids: ids, isTrained: ids.map { _ in true })
    }
    guard example.tokens.count <= length else {
      throw RowFault(
        .tooLong, "has \(example.tokens.count) tokens; a training sequence has \(length)",
        tokenCount: example.tokens.count)
    }
    guard example.targetCount > 0 else { throw RowFault(.noAnswer, "there is no token to learn") }
    return example
  }
}
