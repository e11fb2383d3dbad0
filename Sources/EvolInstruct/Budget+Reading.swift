/// A limit that a person wrote and that is none.
public struct BudgetError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Budget {
  /// Takes a limit as a person writes it: `calls=1000`, `1000calls`, `tokens=2M`, `money=5`; a number alone is calls.
  /// `k` and `M` stand for thousands and millions.
  public mutating func limit(_ text: String) throws(BudgetError) {
    let error = BudgetError(
      description: "a budget of '\(text)': expected calls=N, tokens=N or money=N, N above 0, such as tokens=2M")
    let bare = text.filter { $0 != " " && $0 != "=" && $0 != ":" && $0 != "_" && $0 != "," }
    var kind = "calls"
    var number = bare[...]
    for name in ["calls", "tokens", "money"] {
      guard bare.lowercased().hasPrefix(name) || bare.lowercased().hasSuffix(name) else { continue }
      kind = name
      number = bare.lowercased().hasPrefix(name) ? bare.dropFirst(name.count) : bare.dropLast(name.count)
    }
    var factor = 1.0
    if let last = number.last, let unit = ["k": 1e3, "K": 1e3, "M": 1e6][last] {
      factor = unit
      number = number.dropLast()
    }
    guard let value = Double(number), value > 0, value * factor < 1e15 else { throw error }
    // Half a call is none, and none would be a run that ends where it begins.
    guard kind == "money" || value * factor >= 1 else { throw error }
    switch kind {
    case "calls": calls = Int(value * factor)
    case "tokens": tokens = Int(value * factor)
    default: money = value * factor
    }
  }
}
