import Formats

/// Reads the rows of one file in a format that is given or seen from the file.
struct RowReader: RowSource {
  let path: String
  let format: RowFormat
  let isDetected: Bool
  private var file: RowFile

  /// - Parameter format: nil for that of the first row that is valid in one.
  init(path: String, format: RowFormat?) throws(FormatError) {
    self.path = path
    if let format { self.format = format } else { self.format = try Self.detected(path) }
    isDetected = format == nil
    file = try RowFile(path: path)
  }

  /// Bytes of the file.
  var byteCount: Int { file.byteCount }
  /// Bytes of the file that have been read.
  var bytesRead: Int { file.bytesRead }

  mutating func chunk() throws(FormatError) -> [SourceRow] {
    var rows: [SourceRow] = []
    let end = file.bytesRead + (16 << 20)
    while rows.count < 1024, file.bytesRead < end, let row = try file.next() {
      rows.append(SourceRow(place: row.place, .json(bytes: row.bytes, offset: row.offset)))
    }
    return rows
  }

  /// The format of the first row that is valid in one; where there is no such row, of the first that has a format's
  /// fields, so that its faults can be listed.
  private static func detected(_ path: String) throws(FormatError) -> RowFormat {
    var file = try RowFile(path: path)
    var likely: RowFormat?
    var fields: [String]?
    var hasRows = false
    while let raw = try file.next() {
      hasRows = true
      guard let value = try? SourceRow.parsed(raw.bytes, offset: raw.offset), case .object(let object) = value else {
        continue
      }
      // A row may have the fields of two formats: Alpaca's is published with the rendered text beside the fields.
      for format in [RowFormat.messages, .sharegpt, .alpaca, .text]
      where format.fields.allSatisfy({ object[$0] != nil }) {
        if (try? TrainingRow(value, format: format)) != nil { return format }
        likely = likely ?? format
      }
      fields = fields ?? object.members.map(\.key)
    }
    if let likely { return likely }
    guard hasRows else { throw FormatError(.missing, file: path, "holds no rows") }
    let found = fields.map { "its first row has the fields \($0.prefix(8).map(shortened).joined(separator: ", "))" }
    throw FormatError(
      .unsupported, file: path,
      "the format of the rows is not known: \(found ?? "no row is a JSON object"); there are "
        + RowFormat.allCases.filter { !$0.fields.isEmpty }
        .map { "\($0.rawValue) (\($0.fields.joined(separator: ", ")))" }.joined(separator: ", "))
  }
}
