public import EvolInstruct
public import Formats
public import Pool

/// What a run will take, before it is started.
public struct EvolveEstimate: Sendable, Equatable {
  /// Seeds of this run's shard.
  public var seeds: Int
  public var rounds: Int
  /// The whole work, as if nothing of it were done.
  public var whole: Estimate
  /// What the pool's journal has already.
  public var spent: Usage
  /// Seconds for what is left.
  public var seconds: Double
  /// What `seconds` stands on, in words.
  public var basis: String

  /// Calls that are left at most.
  public var callsLeft: Int { max(0, whole.calls - spent.calls) }

  public var json: JSONValue {
    [
      "seeds": .integer(seeds), "rounds": .integer(rounds), "calls": .integer(whole.calls),
      "prompt_tokens": .integer(whole.expected.promptTokens),
      "completion_tokens": .integer(whole.expected.completionTokens),
      "cost": whole.cost.map { .number($0) } ?? .null, "calls_made": .integer(spent.calls),
      "calls_left": .integer(callsLeft), "seconds": .number(seconds), "seconds_basis": .string(basis),
    ]
  }

  /// Tokens that a call's reply is taken to come with, a second, where nothing has been measured.
  static let assumedTokensPerSecond = 30.0
  /// Calls that the built-in world answers a second, the pool's writing included: measured on two cores.
  static let builtinCallsPerSecond = 1500.0

  /// - Parameters:
  ///   - latency: seconds that a call has taken on average so far; nil where there was none.
  init(
    _ whole: Estimate, seeds: Int, options: EvolutionOptions, teacher: TeacherChoice, spent: Usage, latency: Double?
  ) {
    self.whole = whole
    self.seeds = seeds
    rounds = options.rounds
    self.spent = spent
    let left = Double(max(0, whole.calls - spent.calls))
    let abreast = Double(max(1, min(options.concurrency, max(seeds, 1))))
    let share = whole.calls > 0 ? left / Double(whole.calls) : 0
    switch (teacher, latency) {
    case (.builtin, _):
      seconds = left / Self.builtinCallsPerSecond
      basis = "at \(Int(Self.builtinCallsPerSecond)) calls a second"
    case (_, let latency?):
      seconds = left * latency / abreast
      basis = "as long a call as so far"
    case (_, nil):
      seconds = Double(whole.expected.completionTokens) * share / (Self.assumedTokensPerSecond * abreast)
      basis = "were it \(Int(Self.assumedTokensPerSecond)) tokens a second and call, \(Int(abreast)) calls at once"
    }
  }
}
