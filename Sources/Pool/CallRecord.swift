/// What a call to the teacher was for.
public enum CallKind: String, Sendable, Codable, CaseIterable {
  case evolve, judge, answer, rate
}

/// One call to the teacher, as the journal keeps it.
public struct CallRecord: Sendable, Equatable {
  /// The row that the call was made for.
  public let row: RowID
  public let kind: CallKind
  /// The messages as JSON: `[{"role": …, "content": …}]`.
  public let prompt: String
  /// The raw reply; where the call failed, what was received.
  public let reply: String
  /// Whether the reply was cut off at the limit of tokens.
  public let isTruncated: Bool
  /// What the teacher gave back for its own use.
  public let state: String?
  /// From 1 to 10, where the teacher knows it.
  public let difficulty: Double?
  public let model: String
  /// The sampling as JSON.
  public let sampling: String
  public let seed: UInt64
  public let promptTokens: Int
  public let completionTokens: Int
  /// Seconds from asking to the whole reply, tries included.
  public let latency: Double
  /// Why the call failed; nil for one that gave a reply. A failed call may be made again.
  public let problem: String?

  public init(
    row: RowID, kind: CallKind, prompt: String, reply: String, isTruncated: Bool = false, state: String? = nil,
    difficulty: Double? = nil, model: String, sampling: String, seed: UInt64, promptTokens: Int,
    completionTokens: Int, latency: Double, problem: String? = nil
  ) {
    self.row = row
    self.kind = kind
    self.prompt = prompt
    self.reply = reply
    self.isTruncated = isTruncated
    self.state = state
    self.difficulty = difficulty
    self.model = model
    self.sampling = sampling
    self.seed = seed
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.latency = latency
    self.problem = problem
  }
}

/// What the calls of a journal came to, failed ones included.
public struct Usage: Sendable, Equatable {
  public var calls: Int
  public var promptTokens: Int
  public var completionTokens: Int

  public init(calls: Int = 0, promptTokens: Int = 0, completionTokens: Int = 0) {
    self.calls = calls
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }

  public var tokens: Int { promptTokens + completionTokens }
}
