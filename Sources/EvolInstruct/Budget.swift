public import Pool

/// Limits that a run never passes; nil for no limit. What an earlier run of the same pool spent counts.
public struct Budget: Sendable, Equatable {
  public var calls: Int?
  /// Prompt and reply together.
  public var tokens: Int?
  /// In the currency of `price`.
  public var money: Double?
  /// What tokens cost; without it `money` limits nothing.
  public var price: Price?

  public init(calls: Int? = nil, tokens: Int? = nil, money: Double? = nil, price: Price? = nil) {
    self.calls = calls
    self.tokens = tokens
    self.money = money
    self.price = price
  }

  /// The first limit that a usage passes, in words; nil when it is within all.
  func exceeded(by usage: Usage) -> String? {
    if let calls, usage.calls > calls { return "\(calls) calls" }
    if let tokens, usage.tokens > tokens { return "\(tokens) tokens" }
    if let money, let price, price.cost(of: usage) > money { return "\(money) of money" }
    return nil
  }
}

/// What a teacher's tokens cost, a million of them.
public struct Price: Sendable, Equatable {
  public var promptMillion: Double
  public var completionMillion: Double

  public init(promptMillion: Double, completionMillion: Double) {
    self.promptMillion = promptMillion
    self.completionMillion = completionMillion
  }

  public func cost(of usage: Usage) -> Double {
    (Double(usage.promptTokens) * promptMillion + Double(usage.completionTokens) * completionMillion) / 1e6
  }
}

/// Keeps a run within its budget: a call is allowed only if the most that it and all calls under way can cost still
/// fits.
actor Ledger {
  private let budget: Budget
  /// What finished calls cost, of earlier runs too.
  private(set) var spent: Usage
  /// The most that the calls under way can cost.
  private var reserved = Usage()
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(budget: Budget, spent: Usage) {
    self.budget = budget
    self.spent = spent
  }

  /// Waits until a call that costs `most` at most fits.
  ///
  /// - Returns: Nil when it may be made, else the limit that it would pass even with nothing under way.
  func reserve(_ most: Usage) async -> String? {
    while let limit = budget.exceeded(by: spent + reserved + most) {
      if reserved == Usage() { return limit }
      await withCheckedContinuation { waiting.append($0) }
    }
    reserved = reserved + most
    return nil
  }

  /// Takes back a reservation and enters what the call did cost.
  func settle(_ most: Usage, cost: Usage) {
    reserved = reserved - most
    spent = spent + cost
    let woken = waiting
    waiting = []
    for continuation in woken { continuation.resume() }
  }
}

extension Usage {
  static func + (left: Usage, right: Usage) -> Usage {
    Usage(
      calls: left.calls + right.calls, promptTokens: left.promptTokens + right.promptTokens,
      completionTokens: left.completionTokens + right.completionTokens)
  }

  static func - (left: Usage, right: Usage) -> Usage {
    Usage(
      calls: left.calls - right.calls, promptTokens: left.promptTokens - right.promptTokens,
      completionTokens: left.completionTokens - right.completionTokens)
  }
}
