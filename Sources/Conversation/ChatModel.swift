public import Text

/// A language model to talk with. `ChatSession` knows no more of it; tests use a scripted one.
public protocol ChatModel {
  /// How many tokens a prompt and its answer may have together.
  var contextLength: Int { get }

  /// How many tokens the prompt has that asks for an answer to `messages`, the template's own ones included.
  func tokenCount(_ messages: [ChatMessage]) throws -> Int

  /// Answers the last message.
  ///
  /// - Parameters:
  ///   - messages: A system text perhaps, then questions and answers in turn; the last is a question.
  ///   - maxTokens: After how many tokens the answer is cut off.
  ///   - onText: Called with each piece of text as it comes; false stops the answer. It is called with an empty text as
  ///     well, at least several times a second while the prompt is being processed, so that a person can stop that.
  func answer(_ messages: [ChatMessage], maxTokens: Int, onText: (String) -> Bool) throws -> ChatAnswer
}

/// What a model said, and what it took.
public struct ChatAnswer: Sendable, Equatable {
  /// Why an answer ended.
  public enum Reason: Sendable, Equatable {
    /// The model said that it was done.
    case end
    /// It would have had more tokens than allowed.
    case length
    /// `onText` said so.
    case stopped
  }

  /// All the text, as it was handed to `onText`.
  public var text: String
  public var promptTokens: Int
  public var generatedTokens: Int
  public var reason: Reason
  /// Seconds until the first token.
  public var promptSeconds: Double
  /// Seconds from the first token to the last.
  public var generationSeconds: Double

  public init(
    text: String, promptTokens: Int, generatedTokens: Int, reason: Reason, promptSeconds: Double,
    generationSeconds: Double
  ) {
    self.text = text
    self.promptTokens = promptTokens
    self.generatedTokens = generatedTokens
    self.reason = reason
    self.promptSeconds = promptSeconds
    self.generationSeconds = generationSeconds
  }
}
