/// How the answer is to be written.
public struct Constraint: Hashable, Codable, Sendable {
  /// What a constraint asks for. Its name in a stored task is its raw value.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// At most so many items, the first ones.
    case atMost
    case capitals
    /// `1) a 2) b`
    case numbered
    /// Something other than a comma between the items.
    case separator
    /// A JSON list of strings and numbers.
    case json
    case brackets
    /// A word before the answer.
    case prefix
    /// A word after the answer.
    case ending

    /// What `Constraint.amount` may be: how many items, or which of the wordings below.
    var amounts: ClosedRange<Int> {
      switch self {
      case .atMost: 1...3
      case .separator: 0...(Constraint.separators.count - 1)
      case .prefix: 0...(Constraint.prefixes.count - 1)
      case .ending: 0...(Constraint.endings.count - 1)
      case .capitals, .numbered, .json, .brackets: 0...0
      }
    }

    /// Whether it says how items are set out; an answer has one layout.
    var isLayout: Bool { self == .numbered || self == .separator || self == .json }
  }

  static let separators: [(text: String, name: String)] = [
    (" and ", "the word and"), (" / ", "a slash"), (" - ", "a dash"), (" then ", "the word then"),
  ]
  static let prefixes = ["Answer:", "Result:", "So:"]
  static let endings = ["done", "end", "thanks"]

  /// What it asks for.
  public let kind: Kind
  /// How many items, or which wording; in `kind.amounts`.
  public let amount: Int

  /// - Parameter amount: Where it is not in `kind.amounts`, no task takes the constraint.
  public init(_ kind: Kind, _ amount: Int = 0) {
    self.kind = kind
    self.amount = amount
  }

  /// Whether it asks for anything of an answer with these items.
  func applies(to items: [String]) -> Bool {
    guard kind.amounts.contains(amount) else { return false }
    return switch kind {
    case .atMost: items.count > amount
    case .capitals: items.contains { $0 != $0.uppercased() }
    case .numbered, .separator: items.count >= 2
    case .json, .brackets, .prefix, .ending: true
    }
  }

  /// Ways to ask for it, as imperatives in lower case without a full stop.
  var phrases: [String] {
    switch kind {
    case .atMost:
      [
        "give at most \(amount) of the items", "stop after \(amount) of them",
        "write no more than \(amount) of these",
      ]
    case .capitals: ["use capital letters", "write it in capitals", "put every letter in upper case"]
    case .numbered: ["number the items", "put a number before each item", "write it as a numbered list"]
    case .separator:
      [
        "put \(Self.separators[amount].name) between the items", "join the items with \(Self.separators[amount].name)",
        "use \(Self.separators[amount].name) instead of commas",
      ]
    case .json: ["write it as a JSON list", "answer with a JSON array", "give it in the form of a JSON list"]
    case .brackets: ["put it in brackets", "write brackets around it", "set it between brackets"]
    case .prefix:
      [
        "begin the reply with \(Self.prefixes[amount])", "start with \(Self.prefixes[amount])",
        "write \(Self.prefixes[amount]) first",
      ]
    case .ending:
      [
        "end the reply with the word \(Self.endings[amount])", "close with the word \(Self.endings[amount])",
        "write the word \(Self.endings[amount]) at the very end",
      ]
    }
  }
}

extension [Constraint] {
  private func first(_ kind: Constraint.Kind) -> Constraint? { first { $0.kind == kind } }

  /// The items that are left of an answer.
  func selected(_ items: [String]) -> [String] { Array<String>(items.prefix(first(.atMost)?.amount ?? items.count)) }

  /// The selected items as the constraints set them out, without prefix and ending.
  func laidOut(_ items: [String]) -> String {
    let items = first(.capitals) == nil ? items : items.map { $0.uppercased() }
    let text: String =
      if first(.json) != nil {
        "[" + items.map { Int($0) == nil ? "\"\($0)\"" : $0 }.joined(separator: ", ") + "]"
      } else if first(.numbered) != nil {
        items.enumerated().map { "\($0 + 1)) \($1)" }.joined(separator: " ")
      } else {
        items.joined(separator: first(.separator).map { Constraint.separators[$0.amount].text } ?? ", ")
      }
    return first(.brackets) == nil ? text : "(\(text))"
  }

  /// The reply with what comes before and after it.
  func framed(_ reply: String) -> String {
    let prefix = first(.prefix).map { Constraint.prefixes[$0.amount] + " " } ?? ""
    let ending = first(.ending).map { " " + Constraint.endings[$0.amount] } ?? ""
    return prefix + reply + ending
  }
}
