import Formats

/// The rows of a data file in order, as bytes that are still to be parsed: the elements of a JSON array, or the lines of
/// a JSONL file. One row is in memory at a time, so a file may be larger than memory.
struct RowFile {
  struct Row {
    let place: RowPlace
    /// Where in the file the bytes start.
    let offset: Int
    let bytes: [UInt8]
  }

  /// The bytes that one row may have.
  static let rowLimit = 64 << 20

  private enum Layout { case array, lines }

  let byteCount: Int
  private let path: String
  private let layout: Layout
  private let limit: Int
  private var bytes: ByteLines
  private var elementCount = 0
  private var isClosed = false

  /// - Throws: `FormatError` when the file cannot be read, is empty, or starts like neither JSON nor JSONL.
  init(path: String, rowLimit: Int = rowLimit) throws(FormatError) {
    let source = try ByteSource(path: path)
    var start = 0
    if source.byteCount >= 3, try source.read(at: 0, count: 3) == [0xEF, 0xBB, 0xBF] { start = 3 }
    bytes = try ByteLines(source, from: start)
    self.path = path
    byteCount = source.byteCount
    limit = rowLimit
    try bytes.skipSpace()
    switch try bytes.peek() {
    case UInt8(ascii: "["):
      layout = .array
      bytes.advance()
    case UInt8(ascii: "{"): layout = .lines
    case nil: throw FormatError(.missing, file: path, "is empty; expected a JSON array of rows, or a row a line")
    case let byte?:
      let found = (0x21..<0x7F).contains(byte) ? "`\(Unicode.Scalar(byte))`" : "byte \(byte)"
      throw FormatError(
        .malformed, file: path, offset: bytes.offset,
        "starts with \(found); expected `[` of a JSON array, or `{` of a row a line (JSONL)")
    }
  }

  var bytesRead: Int { bytes.offset }

  /// The next row; nil at the end.
  ///
  /// - Throws: `FormatError` when the array itself, not what is in it, is broken, or a row is too large to read.
  mutating func next() throws(FormatError) -> Row? {
    switch layout {
    case .lines: try nextLine()
    case .array: try nextElement()
    }
  }

  private mutating func nextLine() throws(FormatError) -> Row? {
    try bytes.skipSpace()
    let (line, offset) = (bytes.line, bytes.offset)
    var row: [UInt8] = []
    while let byte = try bytes.peek(), byte != UInt8(ascii: "\n") {
      try append(byte, to: &row, line: line, offset: offset)
    }
    guard !row.isEmpty else { return nil }
    return Row(place: RowPlace(file: path, line: line), offset: offset, bytes: row)
  }

  private mutating func nextElement() throws(FormatError) -> Row? {
    guard !isClosed else { return nil }
    try bytes.skipSpace()
    if elementCount == 0, try bytes.peek() == UInt8(ascii: "]") { return try close() }
    let (line, offset) = (bytes.line, bytes.offset)
    let row = try element(line: line, offset: offset)
    guard !row.isEmpty else {
      throw FormatError(.malformed, file: path, offset: offset, "expected a row of the array on line \(line)")
    }
    let place = RowPlace(file: path, line: line, element: elementCount)
    elementCount += 1
    if try bytes.peek() == UInt8(ascii: "]") { _ = try close() } else { bytes.advance() }
    return Row(place: place, offset: offset, bytes: row)
  }

  /// The bytes up to the `,` or `]` that ends an element. Brackets are counted, not matched: the parser of the element
  /// does that.
  private mutating func element(line: Int, offset: Int) throws(FormatError) -> [UInt8] {
    var row: [UInt8] = []
    var depth = 0
    var isInString = false
    while let byte = try bytes.peek() {
      if isInString {
        if byte == UInt8(ascii: "\"") { isInString = false }
        if byte == UInt8(ascii: "\\") {
          try append(byte, to: &row, line: line, offset: offset)
          guard let escaped = try bytes.peek() else { break }
          try append(escaped, to: &row, line: line, offset: offset)
          continue
        }
      } else {
        switch byte {
        case UInt8(ascii: ",") where depth == 0, UInt8(ascii: "]") where depth == 0: return row
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(depth - 1, 0)
        default: break
        }
      }
      try append(byte, to: &row, line: line, offset: offset)
    }
    throw FormatError(
      .truncated, file: path, offset: offset,
      "the array has no end: the file stops inside the row that starts on line \(line)")
  }

  /// Takes the array's `]`; nothing may follow.
  private mutating func close() throws(FormatError) -> Row? {
    isClosed = true
    bytes.advance()
    try bytes.skipSpace()
    guard try bytes.peek() == nil else {
      throw FormatError(
        .malformed, file: path, offset: bytes.offset, "something follows the end of the array, on line \(bytes.line)")
    }
    return nil
  }

  private mutating func append(
    _ byte: UInt8, to row: inout [UInt8], line: Int, offset: Int
  ) throws(FormatError) {
    guard row.count < limit else {
      throw FormatError(
        .limit, file: path, offset: offset,
        "the row that starts on line \(line) has more than \(limit) bytes; is something in it not closed?")
    }
    row.append(byte)
    bytes.advance()
  }
}
