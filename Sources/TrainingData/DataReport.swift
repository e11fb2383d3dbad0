/// What was found in the files: how many rows, which of them cannot be used and why, and how long they are.
public struct DataReport: Sendable, Equatable {
  /// One file of the data.
  public struct File: Sendable, Equatable {
    public let path: String
    public let format: RowFormat
    /// Whether the format was seen from the file itself rather than given.
    public let isDetected: Bool
    public internal(set) var rowCount = 0
    public internal(set) var badRowCount = 0
  }

  public internal(set) var files: [File] = []
  /// How many rows each sort of fault has made useless.
  public internal(set) var counts: [BadRow.Reason: Int] = [:]
  /// The rows that cannot be used, in the order of the files; of each reason the first `listLimit`.
  public internal(set) var badRows: [BadRow] = []
  /// Tokens of each row that could be rendered, those that are too long included, in the order of the files.
  public internal(set) var tokenCounts: [Int32] = []
  /// Texts longer than a sequence, which are cut into pieces rather than left out.
  public internal(set) var cutCount = 0
  /// The pieces that became of them.
  public internal(set) var pieceCount = 0

  /// A file may have more bad rows than anyone would read, or memory should be taken for.
  public static let listLimit = 1000

  /// The share of bad rows beyond which the data is more likely misread than dirty.
  public static let badShareLimit = 0.1

  public var rowCount: Int { files.reduce(0) { $0 + $1.rowCount } }
  public var badRowCount: Int { files.reduce(0) { $0 + $1.badRowCount } }

  /// Whether so many rows are bad that training on the rest must be allowed explicitly.
  public var hasTooManyBadRows: Bool { Double(badRowCount) > Double(rowCount) * Self.badShareLimit }

  /// The reasons that occur, with counts and the places of the first rows: `3 too long (a.jsonl:4, a.jsonl:9, …)`.
  public var badRowSummary: String {
    BadRow.Reason.allCases.compactMap { reason in
      guard let count = counts[reason] else { return nil }
      let shown = badRows.lazy.filter { $0.reason == reason }.prefix(3).map { "\($0.place.file):\($0.place.line)" }
      return "\(count) \(reason.rawValue) (\(shown.joined(separator: ", "))\(count > 3 ? ", …" : ""))"
    }.joined(separator: ", ")
  }

  /// Counts a row of the last file that became examples.
  mutating func count(_ row: RenderedRow) {
    files[files.count - 1].rowCount += 1
    tokenCounts.append(Int32(clamping: row.tokenCount))
    guard row.examples.count > 1 else { return }
    cutCount += 1
    pieceCount += row.examples.count
  }

  /// Counts a row of the last file that cannot be used.
  mutating func count(_ fault: RowFault, at place: RowPlace) {
    files[files.count - 1].rowCount += 1
    if let tokens = fault.tokenCount { tokenCounts.append(Int32(clamping: tokens)) }
    files[files.count - 1].badRowCount += 1
    counts[fault.reason, default: 0] += 1
    if counts[fault.reason, default: 0] <= Self.listLimit {
      badRows.append(BadRow(place: place, reason: fault.reason, detail: fault.detail))
    }
  }
}
