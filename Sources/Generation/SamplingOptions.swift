/// How the next token is drawn from a model's logits.
///
/// Applied in the order of the properties, as transformers does (`generation/logits_process.py`).
public struct SamplingOptions: Sendable, Hashable {
  /// Logits of tokens that have occurred are divided by this where positive and multiplied where negative (Keskar et
  /// al. 2019, CTRL, section 4.1); 1 changes nothing.
  public var repetitionPenalty: Float
  /// What logits are divided by; 0 takes the likeliest token.
  public var temperature: Float
  /// Only so many of the likeliest tokens; 0: all.
  public var topK: Int
  /// Only the likeliest tokens whose probabilities first sum to this (Holtzman et al. 2020); 1: all.
  public var topP: Float
  /// Only tokens with at least this share of the likeliest token's probability (Nguyen et al. 2024); 0: all.
  public var minP: Float
  /// Same seed, same text.
  public var seed: UInt64

  public init(
    temperature: Float = 0, topK: Int = 0, topP: Float = 1, minP: Float = 0, repetitionPenalty: Float = 1,
    seed: UInt64 = 0
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.seed = seed
  }

  /// The likeliest token, always.
  public static let greedy = SamplingOptions()

  /// Whether the likeliest token as the device finds it is the answer.
  var isPlainlyGreedy: Bool { temperature == 0 && repetitionPenalty == 1 }

  /// The first value that makes no sense, in words; nil if all do.
  public var problem: String? {
    if !(temperature >= 0 && temperature.isFinite) { return "a temperature of \(temperature); expected 0 or more" }
    if topK < 0 { return "top-k of \(topK); expected 0 (all) or more" }
    if !(topP > 0 && topP <= 1) { return "top-p of \(topP); expected over 0, up to 1" }
    if !(minP >= 0 && minP <= 1) { return "min-p of \(minP); expected 0 to 1" }
    if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
      return "a repetition penalty of \(repetitionPenalty); expected over 0"
    }
    return nil
  }
}
