import Formats

/// A value as the text of a recipe has it, with the place where it was written.
struct SourceValue: Sendable {
  enum Content: Sendable {
    /// A text; `isPlain` when it stands without quotes, so that it may be a number, `true` or `null`.
    case scalar(String, isPlain: Bool)
    case list([SourceValue])
    case mapping([Member])
  }

  /// A key with its value.
  struct Member: Sendable {
    let key: String
    /// Where the key stands.
    let place: RecipeError.Place
    var value: SourceValue
  }

  var content: Content
  let place: RecipeError.Place

  /// Whether it says that there is nothing: `null`, `~` or no text at all.
  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The value as a truth value (YAML 1.2: `yes` and `on` are texts).
  var flag: Bool? {
    guard case .scalar(let text, isPlain: true) = content else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }

  /// The value as a number. What Swift's own parser takes beyond YAML (`0x1p3`, `nan`) is none.
  var number: Double? {
    guard case .scalar(let text, isPlain: true) = content else { return nil }
    switch text {
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .infinity
    case "-.inf", "-.Inf", "-.INF": return -.infinity
    case ".nan", ".NaN", ".NAN": return .nan
    default: break
    }
    // Double of Swift wants a digit after the point, YAML does not: `5.`, `5.e3`.
    guard text.utf8.count <= 64, let match = text.wholeMatch(of: /([-+]?)([0-9]*)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?/),
      !match.2.isEmpty || match.3?.isEmpty == false
    else { return nil }
    return Double("\(match.1)0\(match.2).\(match.3 ?? "")0\(match.4 ?? "")")
  }

  /// What the value is, in words for a message.
  var description: String {
    switch content {
    case .list: return "a list"
    case .mapping: return "a mapping"
    case .scalar(let text, _):
      if isNull { return "nothing" }
      if flag != nil { return "`\(text)`" }
      if number != nil { return "the number \(text)" }
      return "the text `\(printable(text, limit: 40))`"
    }
  }
}
