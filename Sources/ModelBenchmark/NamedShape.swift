public import LanguageModel

/// Shapes of models to measure without having one, by the names that people give them.
public enum NamedShape: String, CaseIterable, Sendable {
  /// 0.9 M parameters: small enough to train from nothing while one waits.
  case m1 = "0.9M"
  /// 15 M parameters: stories15M.
  case m15 = "15M"
  /// 58 M parameters: a LLaMA of 8 layers with LLaMA's vocabulary.
  case m58 = "58M"
  /// 1.1 G parameters: TinyLlama.
  case b1 = "1.1B"
  /// 6.7 G parameters: LLaMA 7B.
  case b7 = "7B"
  /// 8 G parameters: LLaMA 3 8B.
  case b8 = "8B"

  /// The model without weights.
  public var configuration: ModelConfiguration {
    var shape: LLaMA
    var length = 2048
    switch self {
    case .m1:
      shape = LLaMA(hidden: 128, layers: 4, heads: 4, kvHeads: 4, headSize: 32, feedForward: 352, vocabulary: 400)
      length = 512
    case .m15:
      shape = LLaMA(
        hidden: 288, layers: 6, heads: 6, kvHeads: 6, headSize: 48, feedForward: 768, vocabulary: 32_000)
      shape.tiesEmbeddings = true
    case .m58:
      shape = LLaMA(
        hidden: 512, layers: 8, heads: 8, kvHeads: 8, headSize: 64, feedForward: 1376, vocabulary: 32_000)
    case .b1:
      shape = LLaMA(
        hidden: 2048, layers: 22, heads: 32, kvHeads: 4, headSize: 64, feedForward: 5632, vocabulary: 32_000)
    case .b7:
      shape = LLaMA(
        hidden: 4096, layers: 32, heads: 32, kvHeads: 32, headSize: 128, feedForward: 11_008, vocabulary: 32_000)
      length = 4096
    case .b8:
      shape = LLaMA(
        hidden: 4096, layers: 32, heads: 32, kvHeads: 8, headSize: 128, feedForward: 14_336, vocabulary: 128_256)
      shape.theta = 500_000
      length = 8192
    }
    return ModelConfiguration(family: .llama, shape: shape, length: length)
  }
}
