extension JSONValue {
  /// The value as JSON text: members in their order, always the same bytes for the same value.
  ///
  /// - Parameter indent: Spaces a level; nil writes one line without spaces.
  /// - Note: JSON has no infinities and no NaN; they are written as `null`.
  public func encoded(indent: Int? = nil) -> String {
    var text = ""
    write(into: &text, indent: indent, level: 0)
    return text
  }

  private func write(into text: inout String, indent: Int?, level: Int) {
    switch self {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .integer(let number): text += String(number)
    case .number(let number): text += number.isFinite ? number.description : "null"
    case .string(let string): Self.write(string, into: &text)
    case .array(let elements):
      Self.list(elements, "[", "]", into: &text, indent: indent, level: level) { element, text in
        element.write(into: &text, indent: indent, level: level + 1)
      }
    case .object(let object):
      Self.list(object.members, "{", "}", into: &text, indent: indent, level: level) { member, text in
        Self.write(member.key, into: &text)
        text += indent == nil ? ":" : ": "
        member.value.write(into: &text, indent: indent, level: level + 1)
      }
    }
  }

  private static func list<Item>(
    _ items: [Item], _ open: String, _ close: String, into text: inout String, indent: Int?, level: Int,
    item: (Item, inout String) -> Void
  ) {
    func newLine(_ level: Int) {
      if let indent { text += "\n" + String(repeating: " ", count: indent * level) }
    }
    text += open
    for (place, element) in items.enumerated() {
      if place > 0 { text += "," }
      newLine(level + 1)
      item(element, &text)
    }
    if !items.isEmpty { newLine(level) }
    text += close
  }

  private static func write(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
