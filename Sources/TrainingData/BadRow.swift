/// Where a row of training data came from.
public struct RowPlace: Sendable, Hashable, CustomStringConvertible {
  /// The path as it was given.
  public let file: String
  /// The line on which the row starts, from 1.
  public let line: Int
  /// The row's place in the file's JSON array, from 0; nil in a JSONL file.
  public let element: Int?
  /// What the row is called where files of its sort have no lines; `line` is then its place in the order of the rows.
  public let name: String?
  /// Which piece of the row this is, from 1; nil for the whole row.
  public var piece: Int?

  public init(file: String, line: Int, element: Int? = nil, name: String? = nil) {
    self.file = file
    self.line = line
    self.element = element
    self.name = name
  }

  public var description: String {
    let details = [element.map { "element \($0)" }, name, piece.map { "piece \($0)" }].compactMap { $0 }
    return "\(file):\(line)" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
  }
}

/// A row that nothing can be learned from, and why.
public struct BadRow: Sendable, Equatable {
  /// The sorts of faults, for counting.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    /// No JSON, or not the fields and types of its format.
    case malformed
    /// A turn by someone who is neither system, user nor assistant.
    case unknownRole = "unknown role"
    /// A system text in the middle, or turns that do not alternate in a template that cannot tell them apart.
    case turnOrder = "order of turns"
    /// The instruction, or a user's turn, is empty.
    case noInstruction = "no instruction"
    /// The answer, or an assistant's turn, is empty, or there is none.
    case noAnswer = "no answer"
    /// The text of the format `text` is empty.
    case noText = "no text"
    /// More tokens than a training sequence has.
    case tooLong = "too long"
  }

  public let place: RowPlace
  public let reason: Reason
  /// What was found, in words.
  public let detail: String
}

/// Why a row cannot be used; with its place it is a `BadRow`.
struct RowFault: Error, Equatable {
  let reason: BadRow.Reason
  let detail: String
  /// How long the row is, where it could be tokenized.
  var tokenCount: Int?

  init(_ reason: BadRow.Reason, _ detail: String, tokenCount: Int? = nil) {
    self.reason = reason
    self.detail = detail
    self.tokenCount = tokenCount
  }
}
