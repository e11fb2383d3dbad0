import Formats

/// A file that is one text, such as a book.
struct TextFile: RowSource {
  let path: String
  let isDetected: Bool
  let byteCount: Int
  private(set) var bytesRead = 0
  private let source: ByteSource

  var format: RowFormat { .text }

  init(path: String, isDetected: Bool) throws(FormatError) {
    source = try ByteSource(path: path)
    self.path = path
    self.isDetected = isDetected
    byteCount = source.byteCount
    guard byteCount > 0 else { throw FormatError(.missing, file: path, "is empty; expected a text") }
    guard byteCount <= RowFile.rowLimit else {
      throw FormatError(
        .limit, file: path,
        "has \(byteCount) bytes; a text may have \(RowFile.rowLimit). Cut it into several files, or into rows of JSONL")
    }
  }

  mutating func chunk() throws(FormatError) -> [SourceRow] {
    guard bytesRead == 0 else { return [] }
    var bytes = try source.readAll(limit: RowFile.rowLimit)
    bytesRead = byteCount
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(.malformed, file: path, "is no text in UTF-8")
    }
    return [SourceRow(place: RowPlace(file: path, line: 1), .text(text))]
  }
}
