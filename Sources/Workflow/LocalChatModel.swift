public import Conversation
public import Generation
public import Text

/// A model on a device as somebody to talk with.
public final class LocalChatModel: ChatModel {
  private let engine: GenerationEngine
  private let renderer: ChatRenderer
  private let sampling: SamplingOptions
  private let ends: Set<Int>

  /// - Parameters:
  ///   - engine: one with a tokenizer, that nobody else steps.
  ///   - tokenizer: the engine's.
  ///   - template: how the model was taught to see a conversation.
  public init(_ engine: GenerationEngine, tokenizer: Tokenizer, template: ChatTemplate, sampling: SamplingOptions) {
    self.engine = engine
    self.sampling = sampling
    renderer = ChatRenderer(tokenizer: tokenizer, template: template)
    ends = tokenizer.special.ends
  }

  public var contextLength: Int { engine.context }

  public func tokenCount(_ messages: [ChatMessage]) throws -> Int {
    try renderer.render(messages, prompting: true).ids.count
  }

  public func answer(
    _ messages: [ChatMessage], maxTokens: Int, onText: (String) -> Bool
  ) throws -> ChatAnswer {
    let prompt = try renderer.render(messages, prompting: true).ids
    let clock = ContinuousClock()
    let start = clock.now
    var promptEnd: ContinuousClock.Instant?
    var answer = ChatAnswer(
      text: "", promptTokens: prompt.count, generatedTokens: 0, reason: .end, promptSeconds: 0, generationSeconds: 0)
    let id = try engine.submit(
      GenerationRequest(prompt: prompt, maxTokens: maxTokens, sampling: sampling, ends: ends))
    // Templates leave it to the model to begin with a space; a person need not see it.
    var isLeading = true
    while !engine.isIdle {
      let events = try engine.step()
      if events.isEmpty, !onText("") { answer.reason = .stopped }
      for event in events {
        promptEnd = promptEnd ?? clock.now
        answer.generatedTokens = event.tokens
        let text = isLeading ? String(event.text.drop { $0.isWhitespace }) : event.text
        isLeading = isLeading && text.isEmpty
        answer.text += text
        if !onText(text) {
          answer.reason = .stopped
        } else if event.reason != .end && event.reason != nil {
          answer.reason = .length
        }
      }
      if answer.reason == .stopped { engine.cancel(id) }
    }
    let end = promptEnd ?? clock.now
    answer.promptSeconds = seconds(end - start)
    answer.generationSeconds = seconds(clock.now - end)
    return answer
  }

  private func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
