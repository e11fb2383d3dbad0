import Formats

/// Reads the rows of one file in a format that is given or seen from the file.
struct RowReader {
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

  /// The next row, or what is wrong with it; nil at the end.
  mutating func next() throws(FormatError) -> (place: RowPlace, row: Result<TrainingRow, RowFault>)? {
    guard let raw = try file.next() else { return nil }
    do throws(RowFault) {
      return (raw.place, .success(try TrainingRow(try Self.parsed(raw), format: format)))
    } catch {
      return (raw.place, .failure(error))
    }
  }

  private static func parsed(_ raw: RowFile.Row) throws(RowFault) -> JSONValue {
    let limits = JSONLimits(byteCount: RowFile.rowLimit, valueCount: 1 << 20)
    let value = try RowFault.wrapping { () throws(FormatError) in
      try JSONValue.parse(raw.bytes, file: "", offset: raw.offset, limits: limits)
    }
    guard case .object = value else { throw RowFault(.malformed, "expected an object, found \(value.kind)") }
    return value
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
      guard let value = try? parsed(raw), case .object(let object) = value else { continue }
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
        + RowFormat.allCases.map { "\($0.rawValue) (\($0.fields.joined(separator: ", ")))" }.joined(separator: ", "))
  }
}
