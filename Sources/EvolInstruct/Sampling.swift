public import Formats

/// How a reply is drawn; the defaults are the paper's.
public struct Sampling: Sendable, Equatable {
  public var temperature: Double
  public var topP: Double
  /// Tokens of a reply at most.
  public var maxTokens: Int
  public var frequencyPenalty: Double

  public init(temperature: Double = 1, topP: Double = 0.9, maxTokens: Int = 2048, frequencyPenalty: Double = 0) {
    self.temperature = temperature
    self.topP = topP
    self.maxTokens = maxTokens
    self.frequencyPenalty = frequencyPenalty
  }

  /// As the members of a chat completion request.
  public var json: JSONValue {
    [
      "temperature": .number(temperature), "top_p": .number(topP), "max_tokens": .integer(maxTokens),
      "frequency_penalty": .number(frequencyPenalty),
    ]
  }
}
