extension JSONValue {
  /// The value as JSON text: members in their order, always the same bytes for the same value.
  ///
  /// - Parameter indent: Spaces a level; nil writes one line without spaces.
  /// - Note: JSON has no infinities and no NaN; they are written as `null`.
  public func encoded(indent: Int? = nil) -> String {
    var text: [UInt8] = []
    write(into: &text, indent: indent, level: 0)
    return String(decoding: text, as: UTF8.self)
  }

  private func write(into text: inout [UInt8], indent: Int?, level: Int) {
    switch self {
    case .null: text += "null".utf8
    case .bool(let flag): text += (flag ? "true" : "false").utf8
    case .integer(let number): text += String(number).utf8
    case .number(let number): text += (number.isFinite ? number.description : "null").utf8
    case .string(let string): Self.write(string, into: &text)
    case .array(let elements):
      Self.list(elements, "[", "]", into: &text, indent: indent, level: level) { element, text in
        element.write(into: &text, indent: indent, level: level + 1)
      }
    case .object(let object):
      Self.list(object.members, "{", "}", into: &text, indent: indent, level: level) { member, text in
        Self.write(member.key, into: &text)
        text += (indent == nil ? ":" : ": ").utf8
        member.value.write(into: &text, indent: indent, level: level + 1)
      }
    }
  }

  private static func list<Item>(
    _ items: [Item], _ open: Unicode.Scalar, _ close: Unicode.Scalar, into text: inout [UInt8], indent: Int?,
    level: Int, item: (Item, inout [UInt8]) -> Void
  ) {
    func newLine(_ level: Int, _ text: inout [UInt8]) {
      guard let indent else { return }
      text.append(UInt8(ascii: "\n"))
      text += repeatElement(UInt8(ascii: " "), count: indent * level)
    }
    text.append(UInt8(ascii: open))
    for (place, element) in items.enumerated() {
      if place > 0 { text.append(UInt8(ascii: ",")) }
      newLine(level + 1, &text)
      item(element, &text)
    }
    if !items.isEmpty { newLine(level, &text) }
    text.append(UInt8(ascii: close))
  }

  private static func write(_ string: String, into text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): text += "\\\"".utf8
      case UInt8(ascii: "\\"): text += "\\\\".utf8
      case UInt8(ascii: "\n"): text += "\\n".utf8
      case UInt8(ascii: "\r"): text += "\\r".utf8
      case UInt8(ascii: "\t"): text += "\\t".utf8
      case 0..<0x20, 0x7F: text += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
