import VulkanRuntime

/// A text to be continued.
public struct GenerationRequest: Sendable {
  /// The prompt's tokens; at least one.
  public var prompt: [Int]
  /// Tokens to be generated at the most.
  public var maxTokens: Int
  public var sampling: SamplingOptions
  /// The text ends before the first of these.
  public var stops: [String]
  /// Tokens that end the text: by themselves they are no part of it.
  public var ends: Set<Int>

  /// - Parameter ends: nil for those of the model's tokenizer.
  public init(
    prompt: [Int], maxTokens: Int, sampling: SamplingOptions = .greedy, stops: [String] = [], ends: Set<Int>
  ) {
    self.prompt = prompt
    self.maxTokens = maxTokens
    self.sampling = sampling
    self.stops = stops
    self.ends = ends
  }
}

/// Why a text ended.
public enum FinishReason: String, Sendable, Hashable {
  /// The model ended it.
  case end
  /// A stop text came.
  case stop
  /// As many tokens as were asked for.
  case length
  /// No room is left in the context.
  case context
  /// It was cancelled.
  case cancelled
}

/// What one step gave one sequence.
public struct GenerationEvent: Sendable {
  /// The number that `submit` gave the sequence.
  public var sequence: Int
  /// Text that is new and whole; may be empty.
  public var text: String
  /// Tokens generated so far.
  public var tokens: Int
  /// Set with the last event of a sequence.
  public var reason: FinishReason?
}

/// Why a text cannot be generated.
public enum GenerationError: Error, Equatable, Sendable, CustomStringConvertible {
  case emptyPrompt
  /// A prompt of `tokens` tokens for a context of `context`.
  case promptTooLong(tokens: Int, context: Int)
  /// A token that the model has not.
  case unknownToken(id: Int, vocabulary: Int)
  /// A sampling option that makes no sense.
  case options(String)
  /// A context that the model was not made for.
  case contextTooLong(asked: Int, model: Int)
  /// Not even one sequence fits on the device.
  case outOfMemory(InferenceMemory, free: Int)
  /// The logits of a prompt's last token are not finite.
  case notFinite
  /// One layer's cache is more than a binding of the device.
  case cacheTooLarge(context: Int, most: Int)

  public var description: String {
    switch self {
    case .emptyPrompt: "the prompt is empty, and the model has no token that begins a text"
    case .promptTooLong(let tokens, let context):
      "the prompt has \(tokens) tokens; the context has room for \(context), one of them for an answer. "
        + "Shorten it or raise --context."
    case .unknownToken(let id, let vocabulary):
      "the prompt holds the token \(id); the model's vocabulary has \(vocabulary)"
    case .options(let problem): problem
    case .contextTooLong(let asked, let model):
      "a context of \(asked) tokens; the model was made for \(model)"
    case .outOfMemory(let memory, let free):
      "the model does not fit: \(memory.description), \(formatted(bytes: free)) are free. "
        + "A shorter --context, --cache f16 or --quantize q8_0 or q4_k needs less."
    case .notFinite:
      "the model computes infinities or NaN for this prompt: its weights are damaged, or its numbers leave the range of "
        + "their type; a GGUF file in Q8_0 or a model in BF16 or F32 computes in a wider one"
    case .cacheTooLarge(let context, let most):
      "a context of \(context) tokens makes a layer's cache larger than the device can bind; \(most) fit"
    }
  }
}
