/// The families of models that can be read: all of LLaMA's shape, with small differences.
public enum ModelFamily: String, Sendable, Hashable, CaseIterable {
  /// LLaMA 1 to 3.3, TinyLlama, SmolLM, and all that call themselves so.
  case llama
  /// Mistral: a sliding window.
  case mistral
  /// Qwen2 and 2.5: biases of query, key and value.
  case qwen2
  /// Qwen3: norms of query and key heads.
  case qwen3

  /// `general.architecture` in a GGUF file.
  public var ggufName: String { self == .mistral ? ModelFamily.llama.rawValue : rawValue }

  /// The class in `transformers`.
  public var architecture: String {
    switch self {
    case .llama: "LlamaForCausalLM"
    case .mistral: "MistralForCausalLM"
    case .qwen2: "Qwen2ForCausalLM"
    case .qwen3: "Qwen3ForCausalLM"
    }
  }

  /// Whether a GGUF file has the rows of each query and key head as pairs that are rotated together, where
  /// `transformers` has the two halves of the head.
  var ggufPairsRows: Bool { ggufName == ModelFamily.llama.rawValue }

  /// Every name, for messages.
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
