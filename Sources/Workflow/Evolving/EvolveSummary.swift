public import Formats
public import Pool

/// What a run came to.
public struct EvolveSummary: Sendable {
  public enum Ending: Sendable, Equatable {
    case finished
    /// A limit of the budget, in words. A larger one goes on from here.
    case budgetExhausted(String)
    /// Stopped from outside; the same again goes on from here.
    case interrupted
  }

  /// The training file.
  public struct Export: Sendable, Equatable {
    public var path: String
    public var rows: Int
  }

  public var ending: Ending
  /// The pool's path.
  public var pool: String
  public var yields: YieldTable
  /// Of this run and those before.
  public var spent: Usage
  /// Calls of this run alone.
  public var calls: Int
  /// Seconds of this run alone.
  public var seconds: Double
  /// Of `spent`; nil without a price.
  public var cost: Double?
  /// Nil where the run was interrupted, or none was asked for.
  public var export: Export?
  /// Prompt tokens that a local model computed, and those that another prompt's computation served.
  public var promptTokens: (computed: Int, shared: Int)?

  public var json: JSONValue {
    var object = JSONObject()
    switch ending {
    case .finished: object["ending"] = "finished"
    case .budgetExhausted(let limit):
      object["ending"] = "budget"
      object["budget"] = .string(limit)
    case .interrupted: object["ending"] = "interrupted"
    }
    object["pool"] = .string(pool)
    object["training"] = export.map { ["path": .string($0.path), "rows": .integer($0.rows)] } ?? .null
    object["calls"] = .integer(spent.calls)
    object["prompt_tokens"] = .integer(spent.promptTokens)
    object["completion_tokens"] = .integer(spent.completionTokens)
    object["cost"] = cost.map { .number($0) } ?? .null
    object["seconds"] = .number(seconds)
    if case .object(let yields) = yields.json { for member in yields.members { object[member.key] = member.value } }
    return .object(object)
  }
}
