import Formats

/// The rows of a JSON array or of JSON lines, each with the line on which it starts.
enum JSONRows {
  struct Row {
    /// From 1.
    let line: Int
    let value: JSONValue
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t")
  }

  /// Reads either form; an error names the line.
  static func read(_ bytes: [UInt8], file: String) throws(FormatError) -> [Row] {
    guard let first = bytes.firstIndex(where: { !isSpace($0) }) else {
      throw FormatError(.missing, file: file, "is empty")
    }
    return try bytes[first] == UInt8(ascii: "[") ? array(bytes, from: first, file) : lines(bytes, file)
  }

  private static func lines(_ bytes: [UInt8], _ file: String) throws(FormatError) -> [Row] {
    var rows: [Row] = []
    var start = 0
    var line = 1
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if !bytes[start..<end].allSatisfy(isSpace) {
        rows.append(try row(bytes[start..<end], line: line, file))
      }
      start = end + 1
      line += 1
    }
    return rows
  }

  /// Cuts an array into its elements by brackets, strings left out, so that each is parsed, and named, by itself.
  private static func array(_ bytes: [UInt8], from open: Int, _ file: String) throws(FormatError) -> [Row] {
    var rows: [Row] = []
    var line = 1 + bytes[..<open].count { $0 == UInt8(ascii: "\n") }
    var (start, startLine) = (open + 1, line)
    var depth = 0
    var (isInString, isEscaped) = (false, false)
    for place in open..<bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\n") { line += 1 }
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte
          == UInt8(ascii: "\"")
        {
          isInString = false
        }
        continue
      }
      let ends = byte == UInt8(ascii: "]") && depth == 1
      if depth == 1, ends || byte == UInt8(ascii: ",") {
        let element = bytes[start..<place]
        if !(ends && rows.isEmpty && element.allSatisfy(isSpace)) {
          let lead = element.prefix(while: isSpace).count { $0 == UInt8(ascii: "\n") }
          rows.append(try row(element, line: startLine + lead, file))
        }
        (start, startLine) = (place + 1, line)
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
      if depth == 0 {
        guard bytes[(place + 1)...].allSatisfy(isSpace) else {
          throw FormatError(.malformed, file: "\(file):\(line)", "there is something after the end of the array")
        }
        return rows
      }
    }
    throw FormatError(.truncated, file: "\(file):\(line)", "the array has no end")
  }

  private static func row(_ bytes: ArraySlice<UInt8>, line: Int, _ file: String) throws(FormatError) -> Row {
    do {
      return Row(line: line, value: try JSONValue.parse(Array(bytes), file: "\(file):\(line)"))
    } catch {
      throw FormatError(error.kind, file: "\(file):\(line)", field: error.field, "is no JSON: \(error.problem)")
    }
  }
}
