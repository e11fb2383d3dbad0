import Formats
import Foundation

/// The model as it was before the first step; kept in the run's folder, so that a run that goes on still knows.
struct Before {
  /// The loss on the validation rows, where there are any.
  var validation: Double?
  /// In the order of the recipe's prompts.
  var answers: [String]

  init(validation: Double?, answers: [String]) {
    self.validation = validation
    self.answers = answers
  }

  /// Nil where there is no such file.
  init?(path: String) throws(FormatError) {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let json = try JSONField(path: path)
    validation = json["validation"].value == nil ? nil : try json["validation"].number()
    answers = try json["answers"].strings()
  }

  var json: JSONValue {
    var object = JSONObject()
    if let validation { object["validation"] = .number(validation) }
    object["answers"] = .array(answers.map { .string($0) })
    return .object(object)
  }
}
