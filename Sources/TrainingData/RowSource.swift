public import Formats
public import Text

/// Rows of training data in order: of a file, or of whatever else can be read piece by piece.
///
/// What is not a file of text has its source elsewhere, so that this target depends on no database: a target that knows
/// both gives it to `TrainingSet`.
public protocol RowSource {
  /// The path as it was given.
  var path: String { get }
  var format: RowFormat { get }
  /// Whether the format was seen from the source itself rather than given.
  var isDetected: Bool { get }
  /// How much there is to read, in bytes, for showing progress.
  var byteCount: Int { get }
  /// How much of it has been read.
  var bytesRead: Int { get }

  /// The next rows, enough to keep several processors busy; none at the end.
  mutating func chunk() throws(FormatError) -> [SourceRow]
}

/// A row of training data as its source holds it, still to be understood.
public struct SourceRow: Sendable {
  enum Content: Sendable {
    /// A JSON object, with where in its file it starts.
    case json(bytes: [UInt8], offset: Int)
    case text(String)
    case record(InstructionRecord)
  }

  public let place: RowPlace
  let content: Content

  init(place: RowPlace, _ content: Content) {
    self.place = place
    self.content = content
  }

  /// A row that is no text to be parsed.
  public init(place: RowPlace, _ record: InstructionRecord) { self.init(place: place, .record(record)) }

  /// What the row says, or what is wrong with it.
  func row(as format: RowFormat) throws(RowFault) -> TrainingRow {
    switch content {
    case .json(let bytes, let offset): try TrainingRow(try Self.parsed(bytes, offset: offset), format: format)
    case .text(let text): .text(text)
    case .record(let record): .record(record)
    }
  }

  static func parsed(_ bytes: [UInt8], offset: Int) throws(RowFault) -> JSONValue {
    let limits = JSONLimits(byteCount: RowFile.rowLimit, valueCount: 1 << 20)
    let value = try RowFault.wrapping { () throws(FormatError) in
      try JSONValue.parse(bytes, file: "", offset: offset, limits: limits)
    }
    guard case .object = value else { throw RowFault(.malformed, "expected an object, found \(value.kind)") }
    return value
  }
}
