/// What a JSON text may hold; beyond it the text is refused before memory is taken for it.
public struct JSONLimits: Sendable {
  /// Bytes of the whole text.
  public var byteCount: Int
  /// Arrays and objects inside one another.
  public var depth: Int
  /// Values in all, members and elements included.
  public var valueCount: Int
  /// Bytes of one string as written.
  public var stringByteCount: Int
  /// Whether a key that an object has twice is an error; otherwise the last one counts, as in Python.
  public var rejectsDuplicateKeys: Bool

  public init(
    byteCount: Int = 128 << 20, depth: Int = 128, valueCount: Int = 4 << 20, stringByteCount: Int = 64 << 20,
    rejectsDuplicateKeys: Bool = false
  ) {
    self.byteCount = byteCount
    self.depth = depth
    self.valueCount = valueCount
    self.stringByteCount = stringByteCount
    self.rejectsDuplicateKeys = rejectsDuplicateKeys
  }
}

extension JSONValue {
  /// Parses one JSON text, strictly: UTF-8, nothing but white space around the value, no comments, no `NaN`.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - file: What an error names.
  ///   - offset: Where in the file the text starts, for the offsets that errors name.
  public static func parse(
    _ bytes: [UInt8], file: String, offset: Int = 0, limits: JSONLimits = JSONLimits()
  ) throws(FormatError) -> JSONValue {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FormatError) in
      try parse(buffer, file: file, offset: offset, limits: limits)
    }
  }

  /// As `parse(_:file:offset:limits:)`, over bytes that the caller keeps.
  public static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String, offset: Int = 0, limits: JSONLimits = JSONLimits()
  ) throws(FormatError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, file: file, start: offset, limits: limits)
    return try parser.document()
  }

  /// Reads and parses a file.
  public static func read(path: String, limits: JSONLimits = JSONLimits()) throws(FormatError) -> JSONValue {
    try parse(ByteSource(path: path).readAll(limit: limits.byteCount), file: path, limits: limits)
  }
}

/// A recursive-descent parser over bytes; `position` is the next byte to look at.
struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let file: String
  let start: Int
  let limits: JSONLimits
  var position = 0
  private var depth = 0
  private var values = 0

  init(bytes: UnsafeBufferPointer<UInt8>, file: String, start: Int, limits: JSONLimits) {
    self.bytes = bytes
    self.file = file
    self.start = start
    self.limits = limits
  }

  func error(_ kind: FormatError.Kind, at place: Int? = nil, _ problem: String) -> FormatError {
    FormatError(kind, file: file, offset: start + (place ?? position), problem)
  }

  mutating func document() throws(FormatError) -> JSONValue {
    guard bytes.count <= limits.byteCount else {
      throw error(.limit, "the JSON text has \(bytes.count) bytes; at most \(limits.byteCount) are read")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw error(.malformed, "the text starts with a byte order mark; JSON is UTF-8 without one")
    }
    let value = try self.value()
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return value
  }

  private func unexpected(_ wanted: String) -> FormatError {
    guard position < bytes.count else { return error(.truncated, "the text ends where \(wanted) is needed") }
    let byte = bytes[position]
    let found =
      (0x21..<0x7F).contains(byte)
      ? "`\(Unicode.Scalar(byte))`" : "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    return error(.malformed, "expected \(wanted), found \(found)")
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  private mutating func accept(_ byte: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(FormatError) -> JSONValue {
    skipSpace()
    values += 1
    guard values <= limits.valueCount else {
      throw error(.limit, "the text has more than \(limits.valueCount) values")
    }
    guard position < bytes.count else { throw unexpected("a value") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try nested { (parser) throws(FormatError) in .object(try parser.object()) }
    case UInt8(ascii: "["): return try nested { (parser) throws(FormatError) in .array(try parser.array()) }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(FormatError) -> JSONValue
  ) throws(FormatError) -> JSONValue {
    guard depth < limits.depth else {
      throw error(.limit, "arrays and objects lie more than \(limits.depth) deep in one another")
    }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(FormatError) -> JSONValue {
    let end = position + text.utf8CodeUnitCount
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard end <= bytes.count, bytes[position..<end].elementsEqual(wanted) else {
      throw error(bytes.count < end ? .truncated : .malformed, "expected a value, such as `\(text)`")
    }
    position = end
    return value
  }

  private mutating func array() throws(FormatError) -> [JSONValue] {
    var elements: [JSONValue] = []
    skipSpace()
    if accept("]") { return elements }
    while true {
      do throws(FormatError) {
        elements.append(try value())
      } catch {
        throw error.inside("[\(elements.count)]")
      }
      skipSpace()
      if accept("]") { return elements }
      guard accept(",") else { throw unexpected("`,` or `]`") }
    }
  }

  private mutating func object() throws(FormatError) -> JSONObject {
    var object = JSONObject()
    skipSpace()
    if accept("}") { return object }
    while true {
      skipSpace()
      let place = position
      guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let key = try string()
      skipSpace()
      guard accept(":") else { throw unexpected("`:`") }
      do throws(FormatError) {
        let value = try self.value()
        if limits.rejectsDuplicateKeys, object[key] != nil {
          throw error(.malformed, at: place, "the key stands twice in one object")
        }
        object[key] = value
      } catch {
        throw error.inside(printable(key))
      }
      skipSpace()
      if accept("}") { return object }
      guard accept(",") else { throw unexpected("`,` or `}`") }
    }
  }
}

// MARK: - Numbers

extension JSONParser {
  /// The longest number as written. Python prints no double in more than 25 characters.
  private static let longestNumber = 1024

  private mutating func digits() throws(FormatError) {
    let first = position
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    guard position > first else { throw unexpected("a digit") }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private mutating func number() throws(FormatError) -> JSONValue {
    let first = position
    var isInteger = true
    let negative = accept("-")
    if accept("0") {
      if position < bytes.count, isDigit(bytes[position]) {
        throw error(.malformed, at: first, "a number may not start with 0")
      }
    } else {
      try digits()
    }
    if accept(".") {
      isInteger = false
      try digits()
    }
    if accept("e") || accept("E") {
      isInteger = false
      if !accept("+") { _ = accept("-") }
      try digits()
    }
    guard position - first <= Self.longestNumber else {
      throw error(.limit, at: first, "a number of \(position - first) characters; at most \(Self.longestNumber)")
    }
    if isInteger, let value = integer(first..<position), !(negative && value == 0) { return .integer(value) }
    let text = String(decoding: bytes[first..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw error(.limit, at: first, "the number \(printable(text)) is beyond a double's range")
    }
    return .number(value)
  }

  /// The integer written in `range`, or nil when it is beyond `Int`.
  private func integer(_ range: Range<Int>) -> Int? {
    let negative = bytes[range.lowerBound] == UInt8(ascii: "-")
    var value = 0
    for place in range.dropFirst(negative ? 1 : 0) {
      let digit = Int(bytes[place] - UInt8(ascii: "0"))
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      // Negative all along, since Int.min has no positive counterpart.
      let (sum, over) = scaled.subtractingReportingOverflow(digit)
      if overflow || over { return nil }
      value = sum
    }
    if negative { return value }
    return value == Int.min ? nil : -value
  }
}

// MARK: - Strings

extension JSONParser {
  /// The string whose opening quote is at `position`.
  private mutating func string() throws(FormatError) -> String {
    let quote = position
    position += 1
    let first = position
    while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
      bytes[position] != UInt8(ascii: "\\")
    {
      position += 1
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      position += 1
      return try text(UnsafeBufferPointer(rebasing: bytes[first..<(position - 1)]), at: quote)
    }
    var buffer = [UInt8](bytes[first..<position])
    try escapedRest(into: &buffer, quote: quote)
    return try buffer.withUnsafeBufferPointer { (all) throws(FormatError) in try text(all, at: quote) }
  }

  private func text(_ utf8: UnsafeBufferPointer<UInt8>, at quote: Int) throws(FormatError) -> String {
    guard utf8.count <= limits.stringByteCount else {
      throw error(.limit, at: quote, "a string of \(utf8.count) bytes; at most \(limits.stringByteCount)")
    }
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw error(.malformed, at: quote, "the string is not valid UTF-8")
    }
    return text
  }

  /// Reads on to the closing quote, from the first byte that does not stand for itself.
  private mutating func escapedRest(into buffer: inout [UInt8], quote: Int) throws(FormatError) {
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): try escape(into: &buffer)
      case 0..<0x20: throw unexpected("the rest of a string (control characters are written \\u00XX)")
      default:
        buffer.append(byte)
        position += 1
      }
    }
    throw error(.truncated, at: quote, "the string has no end")
  }

  private mutating func escape(into buffer: inout [UInt8]) throws(FormatError) {
    let place = position
    position += 1
    guard position < bytes.count else { throw unexpected("the rest of an escape") }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(letter)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"): buffer.append(contentsOf: Array(String(try escapedScalar(at: place)).utf8))
    default: throw error(.malformed, at: place, "no such escape in JSON")
    }
  }

  /// The character of a `\uXXXX` whose digits are next, together with its low surrogate where it needs one.
  private mutating func escapedScalar(at place: Int) throws(FormatError) -> Character {
    let unit = try fourHexDigits()
    var code = UInt32(unit)
    if (0xD800..<0xDC00).contains(unit), accept("\\"), accept("u") {
      let low = try fourHexDigits()
      if (0xDC00..<0xE000).contains(low) { code = 0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(low) - 0xDC00 }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error(.malformed, at: place, "half of a surrogate pair stands alone")
    }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(FormatError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue,
        bytes[position] < 0x80
      else { throw unexpected("four hexadecimal digits") }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }
}
