/// A value on its way into YAML text.
enum CanonicalValue: Equatable, Sendable {
  /// A number, `true`, `null`: as it stands.
  case literal(String)
  case text(String)
  case list([CanonicalValue])
  case mapping([(key: String, value: CanonicalValue)])

  static func == (left: CanonicalValue, right: CanonicalValue) -> Bool {
    switch (left, right) {
    case (.literal(let a), .literal(let b)): a == b
    // Texts are compared by their bytes: `==` on `String` takes different spellings of one character for the same.
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)): a == b
    case (.mapping(let a), .mapping(let b)): a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }

  /// A number in the form that every YAML parser takes for one: PyYAML wants a point before an exponent.
  static func number(_ value: Double) -> CanonicalValue {
    let text = "\(value)"
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return .literal(text) }
    return .literal(text[..<exponent] + ".0" + text[exponent...])
  }

  /// The value as YAML in block style, a key or an element a line; the same bytes for the same value.
  var encoded: String {
    var lines: [String] = []
    write(into: &lines, level: 0)
    return lines.joined(separator: "\n") + "\n"
  }

  private func write(into lines: inout [String], level: Int) {
    let indent = String(repeating: "  ", count: level)
    switch self {
    case .mapping(let members):
      for (key, value) in members {
        lines.append("\(indent)\(key):" + value.inline)
        if value.isNested { value.write(into: &lines, level: level + 1) }
      }
    case .list(let elements): lines += elements.map { "\(indent)-" + $0.inline }
    default: lines.append(indent + inline.dropFirst())
    }
  }

  private var isNested: Bool {
    switch self {
    case .literal, .text: false
    case .list(let elements): !elements.isEmpty
    case .mapping(let members): !members.isEmpty
    }
  }

  /// What stands behind `key:` or `-` on its line. Elements of lists are never nested.
  private var inline: String {
    switch self {
    case .literal(let text): " " + text
    case .text(let text): " " + Self.quoted(text)
    case .list(let elements): elements.isEmpty ? " []" : ""
    case .mapping(let members): members.isEmpty ? " {}" : ""
    }
  }

  /// Words that some version of YAML takes for something else than a text.
  private static let reserved: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]

  /// The text without quotes where every YAML parser reads it back the same, else in double quotes.
  private static func quoted(_ text: String) -> String {
    if text.utf8.count <= 200, text.wholeMatch(of: /[A-Za-z][A-Za-z0-9_.\/-]*/) != nil,
      !reserved.contains(text.lowercased())
    {
      return text
    }
    return text.unicodeScalars.reduce(into: "\"") { result, scalar in
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result += isPrintable(scalar) ? String(scalar) : escaped(scalar)
      }
    } + "\""
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
    default: scalar != "&"  // Before a word it would be taken for an anchor.
    }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
