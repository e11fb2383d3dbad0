public import Text

/// A question and what was answered, as far as it was said.
public struct ChatTurn: Sendable, Equatable {
  public var question: String
  public var answer: String

  public init(question: String, answer: String) {
    self.question = question
    self.answer = answer
  }
}

/// What a model is asked: the conversation as far as it fits, with the newest question at its end.
public struct ChatPrompt: Sendable, Equatable {
  public let question: String
  public let messages: [ChatMessage]
  /// Tokens of the rendered messages.
  public let tokenCount: Int
  /// How long the answer may be, in tokens.
  public let maxTokens: Int
  /// The oldest turns, which the model does not see any more from here on; those that went before are not in it.
  public let dropped: [ChatTurn]
  /// How many of the conversation's turns the messages continue.
  fileprivate let kept: Int
  fileprivate let hidden: Int
}

/// Why a question cannot be asked. The session is as it was before.
public enum ChatSessionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The question alone is too long: its tokens, and how many fit.
  case questionTooLong(tokenCount: Int, limit: Int)
  /// The system text leaves no room for a question: its tokens with those of the template, and how many fit.
  case systemTooLong(tokenCount: Int, limit: Int)
  /// There is no answer yet that could be taken back or given again.
  case nothingToRepeat

  public var description: String {
    switch self {
    case .questionTooLong(let tokenCount, let limit):
      "the question has \(tokenCount) tokens and \(max(limit, 0)) fit; ask something shorter"
    case .systemTooLong(let tokenCount, let limit):
      "the system text has \(tokenCount) tokens and \(max(limit, 0)) fit; set a shorter one with /system TEXT"
    case .nothingToRepeat: "there is no answer yet"
    }
  }
}

/// A conversation with a model: a system text, and turns of question and answer.
///
/// Once a model's context is full the oldest turns are hidden from it, whole ones; never the system text and never the
/// newest question. They stay part of the conversation that is saved.
///
/// ```swift
/// var session = ChatSession(system: "Answer in one sentence.")
/// let prompt = try session.prompt(asking: "Why is the sky blue?", of: model)
/// let answer = try session.answer(prompt, by: model) { print($0, terminator: ""); return true }
/// ```
public struct ChatSession: Sendable, Equatable {
  /// What the model is told before everything else; nil leaves that to the template.
  public private(set) var system: String?
  /// All turns, oldest first.
  public private(set) var turns: [ChatTurn] = []
  /// How many of the oldest turns the model does not see any more.
  public private(set) var hiddenCount = 0
  /// How long an answer may be, in tokens.
  public let maxTokens: Int

  public init(system: String? = nil, maxTokens: Int = 1024) {
    precondition(maxTokens > 0, "an answer needs at least one token, not \(maxTokens)")
    self.system = system
    self.maxTokens = maxTokens
  }

  /// The whole conversation.
  public var messages: [ChatMessage] { messages(of: turns[...]) }

  private func messages(of turns: ArraySlice<ChatTurn>, asking question: String? = nil) -> [ChatMessage] {
    (system.map { [ChatMessage(.system, $0)] } ?? [])
      + turns.flatMap { [ChatMessage(.user, $0.question), ChatMessage(.assistant, $0.answer)] }
      + (question.map { [ChatMessage(.user, $0)] } ?? [])
  }

  // MARK: Asking

  /// What to send to ask the next question.
  ///
  /// The oldest turns are left out until there is room for an answer: `maxTokens`, or a quarter of the context where
  /// that is less.
  ///
  /// - Throws: `ChatSessionError`, and what the model throws.
  public func prompt(asking question: String, of model: any ChatModel) throws -> ChatPrompt {
    try prompt(asking: question, after: turns.count, of: model)
  }

  /// What to send to have the last question answered once more, in place of its answer.
  public func promptForRetry(of model: any ChatModel) throws -> ChatPrompt {
    guard let last = turns.last else { throw ChatSessionError.nothingToRepeat }
    return try prompt(asking: last.question, after: turns.count - 1, of: model)
  }

  /// - Parameter kept: How many turns the question follows.
  private func prompt(asking question: String, after kept: Int, of model: any ChatModel) throws -> ChatPrompt {
    let limit = model.contextLength - min(maxTokens, model.contextLength / 4)
    let start = min(hiddenCount, kept)
    var hidden = start
    while true {
      let messages = messages(of: turns[hidden..<kept], asking: question)
      let tokenCount = try model.tokenCount(messages)
      if tokenCount <= limit {
        return ChatPrompt(
          question: question, messages: messages, tokenCount: tokenCount,
          maxTokens: min(maxTokens, model.contextLength - tokenCount), dropped: Array(turns[start..<hidden]),
          kept: kept,
          hidden: hidden)
      }
      guard hidden < kept else { throw try tooLong(tokenCount, limit: limit, of: model) }
      hidden += 1
    }
  }

  /// Says which of the two is too long, the question or what stands before it.
  private func tooLong(_ tokenCount: Int, limit: Int, of model: any ChatModel) throws -> ChatSessionError {
    let frame = try model.tokenCount(messages(of: [], asking: ""))
    if frame >= limit { return .systemTooLong(tokenCount: frame, limit: limit) }
    return .questionTooLong(tokenCount: tokenCount - frame, limit: limit - frame)
  }

  /// Has the model answer and keeps the turn.
  ///
  /// An answer that is stopped is kept as far as it was said; one that is stopped before its first word leaves the
  /// session as it was, and so does an error.
  ///
  /// - Parameters:
  ///   - prompt: From this session, unchanged since.
  ///   - onText: As in `ChatModel.answer`.
  public mutating func answer(
    _ prompt: ChatPrompt, by model: any ChatModel, onText: (String) -> Bool
  ) throws -> ChatAnswer {
    precondition(prompt.kept <= turns.count, "a prompt after \(prompt.kept) turns, of which \(turns.count) are left")
    let answer = try model.answer(prompt.messages, maxTokens: prompt.maxTokens, onText: onText)
    if answer.reason == .stopped && answer.text.isEmpty { return answer }
    turns.removeSubrange(prompt.kept...)
    turns.append(ChatTurn(question: prompt.question, answer: answer.text))
    hiddenCount = prompt.hidden
    return answer
  }

  // MARK: Changing

  /// Starts anew, with the same system text.
  public mutating func reset() {
    turns = []
    hiddenCount = 0
  }

  /// Sets the system text and starts anew: what was said before was said under another one.
  public mutating func restart(system: String?) {
    self.system = system
    reset()
  }

  /// Takes back the last question and its answer.
  ///
  /// - Returns: The turn; nil when there is none.
  @discardableResult
  public mutating func undo() -> ChatTurn? {
    let last = turns.popLast()
    hiddenCount = min(hiddenCount, turns.count)
    return last
  }
}
