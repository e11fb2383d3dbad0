/// A conversation as a model sees it.
public struct RenderedChat: Sendable, Equatable {
  public var ids: [Int] = []
  /// For each token whether the model is to learn it: what it would write itself, each answer with its end.
  public var isTrained: [Bool] = []
  /// The text, with the marks by their names.
  public var text = ""
}

/// Turns conversations into tokens. Chat and training use the same one, so that what is asked is what was taught.
///
/// Ids equal those of transformers' `apply_chat_template`, but for one thing: marks such as `<|im_end|>` inside a
/// message stay text there and cannot end a turn.
public struct ChatRenderer: Sendable {
  public let tokenizer: Tokenizer
  public let template: ChatTemplate

  public init(tokenizer: Tokenizer, template: ChatTemplate) {
    self.tokenizer = tokenizer
    self.template = template
  }

  /// - Parameter prompting: Whether the tokens that ask for an answer come last. No answer to them is trained.
  public func render(_ messages: [ChatMessage], prompting: Bool) throws(ChatError) -> RenderedChat {
    var messages = messages[...]
    var system = template.defaultSystem
    if let first = messages.first, first.role == .system {
      system = first.content
      messages = messages.dropFirst()
    }
    if let index = messages.firstIndex(where: { $0.role == .system }) { throw .systemNotFirst(index: index) }
    guard messages.contains(where: { $0.role == .user }) || !template.systemIsInQuestion && !messages.isEmpty else {
      throw .noQuestion
    }
    var run = Run(tokenizer)
    run.write(template.start)
    if let system, !template.systemIsInQuestion {
      run.write(template.system.before + [.text(trimmed(system))] + template.system.after)
    }
    var pendingSystem = template.systemIsInQuestion ? system : nil
    for message in messages {
      if message.role == .assistant {
        run.write(template.prompt)
        run.write(template.answerLead + [.text(trimmed(message.content))] + template.answerEnd, isTrained: true)
        run.write(template.answerGap)
        continue
      }
      run.write(template.user.before)
      if let system = pendingSystem {
        // The two are trimmed as one, and what they start with is the template's own text.
        run.write(template.system.before + [.text(system)] + template.system.after)
        run.write([.text(trimmed(message.content, atStart: false))])
        pendingSystem = nil
      } else {
        run.write([.text(trimmed(message.content))])
      }
      run.write(template.user.after)
    }
    if prompting { run.write(template.prompt) }
    return run.finished()
  }

  private func trimmed(_ text: String, atStart: Bool = true) -> String {
    guard template.trimsContent else { return text }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[(atStart ? first : scalars.startIndex)...last])
  }
}

/// Collects text and marks, and tokenizes each stretch of text between marks as a whole.
private struct Run {
  private let tokenizer: Tokenizer
  private var result = RenderedChat()
  private var pending: [UInt8] = []
  /// The parts of `pending` that are trained.
  private var trained: [Range<Int>] = []

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
  }

  mutating func write(_ fragments: [ChatTemplate.Fragment], isTrained: Bool = false) {
    for fragment in fragments {
      switch fragment {
      case .text(let text): write(text, isTrained)
      case .bos: write(id: tokenizer.special.bos, isTrained)
      case .eos: write(id: tokenizer.special.eos, isTrained)
      case .mark(let name):
        if let token = tokenizer.added.token(name) { write(id: token.id, isTrained) } else { write(name, isTrained) }
      }
    }
  }

  private mutating func write(_ text: String, _ isTrained: Bool) {
    // Composed before it is joined, so that the places of tokens are places in this text.
    let start = pending.count
    pending += Array(tokenizer.composed(text).utf8)
    if isTrained { trained.append(start..<pending.count) }
    result.text += text
  }

  private mutating func write(id: Int?, _ isTrained: Bool) {
    guard let id else { return }
    flush()
    result.ids.append(id)
    result.isTrained.append(isTrained)
    result.text += tokenizer.piece(id) ?? ""
  }

  /// Tokenizes the text since the last mark. A token that is trained in part must be written whole, so it is trained.
  private mutating func flush() {
    var tokens: [TokenSpan] = []
    tokenizer.encode(pending[...], isFirst: result.ids.isEmpty, allowSpecial: false, into: &tokens)
    var next = trained[...]
    for token in tokens {
      while let range = next.first, range.upperBound <= token.bytes.lowerBound { next.removeFirst() }
      let end = max(token.bytes.upperBound, token.bytes.lowerBound + 1)
      result.ids.append(token.id)
      result.isTrained.append(next.first.map { $0.lowerBound < end } ?? false)
    }
    pending = []
    trained = []
  }

  mutating func finished() -> RenderedChat {
    flush()
    return result
  }
}
