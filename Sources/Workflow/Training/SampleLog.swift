import Formats
import Foundation

/// What the model answers to the recipe's prompts, and its validation loss, before the first step and now and then while
/// it is trained; one small file in the run's folder, so that a run that goes on still knows.
struct SampleLog {
  struct Row: Equatable {
    /// Steps that were done.
    var step: Int
    /// The loss on the validation rows, where there are any.
    var validation: Double?
    /// In the order of the recipe's prompts.
    var answers: [String]
  }

  private let path: String
  private(set) var rows: [Row] = []

  /// - Parameter step: where the run goes on; rows from later on are dropped.
  /// - Throws: `FormatError` for a file that is something else.
  init(path: String, resumingAt step: Int) throws(FormatError) {
    self.path = path
    guard step > 0, FileManager.default.fileExists(atPath: path) else { return }
    for field in try JSONField(path: path).array() {
      let row = Row(
        step: try field["step"].integer(in: 0...Int.max),
        validation: field["validation"].value == nil ? nil : try field["validation"].number(),
        answers: try field["answers"].strings())
      if row.step <= step { rows.append(row) }
    }
  }

  mutating func append(_ row: Row) throws(FormatError) {
    rows.removeAll { $0.step >= row.step }
    rows.append(row)
    let json = JSONValue.array(
      rows.map { row in
        var object = JSONObject()
        object["step"] = .integer(row.step)
        if let validation = row.validation { object["validation"] = .number(validation) }
        object["answers"] = .array(row.answers.map { .string($0) })
        return .object(object)
      })
    try AtomicFile.write(json.encoded(indent: 2) + "\n", to: path)
  }
}
