public import Formats

/// `metrics.jsonl`: one JSON object a line, one line a step.
///
/// ```swift
/// var log = try MetricsLog(path: "runs/first/metrics.jsonl", resumingAt: 500)
/// try log.append(row)
/// ```
public struct MetricsLog: ~Copyable {
  private var file: AppendFile

  /// Opens the log, made when absent.
  ///
  /// - Parameter step: The step that the run goes on with. Rows of it and of later steps, which a run has left that went
  ///   on after its last checkpoint, are removed, and so is a last line that is only a part of one; all at once, so that a
  ///   killed process leaves the old rows or the new. 0 starts afresh.
  public init(path: String, resumingAt step: Int = 0) throws(FormatError) {
    // Opened first: a run that goes on with a file that another run is writing is refused before it touches the rows.
    var file = try AppendFile(path: path)
    let lines = try MetricsLines(path: path)
    let kept = try lines.rows().filter { $0.row.step < step }
    if kept.count < lines.count {
      var whole = try AtomicFile(path: path)
      for (line, _) in kept { try whole.append(lines.bytes(line) + [0x0A]) }
      try whole.commit()
      file = try AppendFile(path: path)
    }
    self.file = file
  }

  /// Writes a row, which whoever reads the file sees at once.
  public mutating func append(_ row: StepRow) throws(FormatError) {
    try file.append(row.json.encoded() + "\n")
  }

  /// Makes all rows outlast a power cut; called where a checkpoint is written.
  public func flush() throws(FormatError) {
    try file.flush()
  }

  /// The rows of a file; none where there is no file. A last line that is only a part of one is passed over.
  public static func read(path: String) throws(FormatError) -> [StepRow] {
    try MetricsLines(path: path).rows().map(\.row)
  }
}

/// The lines of a log.
private struct MetricsLines {
  /// The largest log that is read, some million steps.
  private static let byteLimit = 1 << 30

  private let path: String
  private let bytes: [UInt8]
  private let ranges: [Range<Int>]

  init(path: String) throws(FormatError) {
    self.path = path
    do throws(FormatError) {
      bytes = try ByteSource(path: path).readAll(limit: Self.byteLimit)
    } catch {
      guard error.kind == .missing else { throw error }
      bytes = []
    }
    var ranges: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      ranges.append(start..<end)
      start = end + 1
    }
    self.ranges = ranges
  }

  /// The lines, a last one without an end included.
  var count: Int { ranges.count }

  func bytes(_ line: Int) -> [UInt8] { Array(bytes[ranges[line]]) }

  /// The rows with their lines. The last line may be no row: a killed process may have left a part of it, a power cut
  /// zeros in its place.
  func rows() throws(FormatError) -> [(line: Int, row: StepRow)] {
    var rows: [(line: Int, row: StepRow)] = []
    let isTorn = ranges.last.map { $0.upperBound == bytes.count } ?? false
    for line in ranges.indices.dropLast(isTorn ? 1 : 0) {
      do throws(FormatError) {
        rows.append((line, try row(line)))
      } catch {
        guard line < ranges.count - 1 else { break }
        throw FormatError(
          error.kind, file: path, field: "line \(line + 1)" + (error.field.isEmpty ? "" : ", " + error.field),
          offset: error.offset, error.problem)
      }
    }
    return rows
  }

  private func row(_ line: Int) throws(FormatError) -> StepRow {
    let limits = JSONLimits(byteCount: 64 << 10, depth: 8, valueCount: 1000)
    let value = try JSONValue.parse(bytes(line), file: path, offset: ranges[line].lowerBound, limits: limits)
    return try StepRow(JSONField(value, file: path))
  }
}
