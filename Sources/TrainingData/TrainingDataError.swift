public import Formats

/// Why data cannot be trained on.
public enum TrainingDataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file cannot be read, is empty, or is as a whole not what it should be.
  case file(FormatError)
  /// More than `DataReport.badShareLimit` of the rows cannot be used, and that was not allowed.
  case tooManyBadRows(DataReport)
  /// No row can be used.
  case noUsableRows(DataReport)
  /// There is no template of this name.
  case unknownTemplate(String, known: [String])

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .tooManyBadRows(let report):
      "\(report.badRowCount) of \(report.rowCount) rows cannot be used: \(report.badRowSummary). More than "
        + "\(Int(DataReport.badShareLimit * 100)) % must be allowed explicitly; is the format right?"
    case .noUsableRows(let report):
      report.rowCount == 0
        ? "there are no rows to train on"
        : "none of the \(report.rowCount) rows can be used: \(report.badRowSummary)"
    case .unknownTemplate(let name, let known):
      "there is no template `\(name)`; there are \(known.joined(separator: ", "))"
    }
  }
}
