public import EvolInstruct
public import Generation
import Synchronization
public import Text
import TrainingData

/// A model on a device of this machine as a teacher: requests run together in one batch, and the frame that their prompts
/// have in common is computed once.
public final class LocalTeacher: Teacher {
  public let model: String
  public let fingerprint: String
  private let renderer: ChatRenderer
  private let decoder: BatchDecoder
  private let context: Int
  /// The number of the next request.
  private let next = Atomic<Int>(0)

  /// - Parameters:
  ///   - engine: one with a tokenizer; the teacher steps it from now on.
  ///   - model: the name that the journal has.
  ///   - fingerprint: what tells the model from others of that name.
  ///   - tokenizer: the engine's.
  ///   - template: how the model was taught to see a conversation.
  public init(
    _ engine: sending GenerationEngine, model: String, fingerprint: String, tokenizer: Tokenizer, template: ChatTemplate
  ) {
    self.model = model
    self.fingerprint = fingerprint
    context = engine.context
    renderer = ChatRenderer(tokenizer: tokenizer, template: template)
    decoder = BatchDecoder(engine)
  }

  /// Prompt tokens that were computed, and those that another prompt's computation served.
  public var promptTokens: (computed: Int, shared: Int) {
    get async { await decoder.promptTokens }
  }

  public func reply(to request: TeacherRequest) async throws(TeacherError) -> TeacherReply {
    let prompt: [Int]
    do throws(ChatError) {
      prompt = try renderer.render(request.messages, prompting: true).ids
    } catch {
      throw TeacherError(.call, "the prompt cannot be written in the model's template: \(error)")
    }
    guard prompt.count < context else {
      throw TeacherError(.tooLong, "the prompt has \(prompt.count) tokens, the model's context \(context)")
    }
    let sampling = SamplingOptions(
      temperature: Float(request.sampling.temperature), topP: Float(request.sampling.topP), seed: request.seed)
    let generation = GenerationRequest(
      prompt: prompt, maxTokens: request.sampling.maxTokens, sampling: sampling,
      ends: renderer.tokenizer.special.ends)
    let key = next.add(1, ordering: .relaxed).oldValue
    let decoder = decoder
    let outcome = await withTaskCancellationHandler {
      await decoder.complete(generation, key: key)
    } onCancel: {
      Task { await decoder.cancel(key) }
    }
    let completion = try outcome.get()
    return TeacherReply(
      text: completion.text, promptTokens: prompt.count, completionTokens: completion.tokens,
      isTruncated: completion.isTruncated)
  }
}
