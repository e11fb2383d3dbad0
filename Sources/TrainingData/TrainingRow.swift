import Formats
import Text

/// A row of training data in any of the formats.
enum TrainingRow: Equatable {
  case record(InstructionRecord)
  case text(String)
}

extension TrainingRow {
  /// Reads a parsed row.
  ///
  /// Alpaca's input may be missing or null. ShareGPT's and OpenAI's names of roles are taken in both formats.
  init(_ value: JSONValue, format: RowFormat) throws(RowFault) {
    let field = JSONField(value, file: "")
    switch format {
    case .alpaca, .pool:
      self = .record(
        InstructionRecord(
          instruction: try Self.string(field["instruction"]),
          input: try field["input"].ifPresent.map(Self.string) ?? "", output: try Self.string(field["output"])))
    case .sharegpt: self = .record(try Self.conversation(field["conversations"], role: "from", content: "value"))
    case .messages: self = .record(try Self.conversation(field["messages"], role: "role", content: "content"))
    case .text: self = .text(try Self.string(field["text"]))
    }
  }

  private static func conversation(
    _ turns: JSONField, role: String, content: String
  ) throws(RowFault) -> InstructionRecord {
    var messages: [ChatMessage] = []
    for turn in try RowFault.wrapping({ () throws(FormatError) in try turns.array() }) {
      let name = try string(turn[role])
      guard let speaker = roles[name] else {
        throw RowFault(
          .unknownRole, "\(turn.path): the role `\(shortened(name))` is none of system, user and assistant")
      }
      messages.append(ChatMessage(speaker, try string(turn[content])))
    }
    guard !messages.isEmpty else { throw RowFault(.noInstruction, "\(turns.path) is empty") }
    return InstructionRecord(messages: messages)
  }

  private static func string(_ field: JSONField) throws(RowFault) -> String {
    try RowFault.wrapping { () throws(FormatError) in try field.string() }
  }

  /// The names of roles in FastChat's and OpenAI's data.
  private static let roles: [String: ChatMessage.Role] = [
    "system": .system, "developer": .system, "human": .user, "user": .user, "gpt": .assistant, "assistant": .assistant,
  ]
}

/// Text from a file for a message: one short line without control characters.
func shortened(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(40).map { $0.properties.generalCategory == .control ? " " : $0 }
  return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > 40 ? "…" : "")
}

extension RowFault {
  /// Makes errors of a format faults of a row.
  static func wrapping<Result>(_ body: () throws(FormatError) -> Result) throws(RowFault) -> Result {
    do throws(FormatError) {
      return try body()
    } catch {
      let place = error.offset.map { " (byte \($0) of the file)" } ?? ""
      throw RowFault(.malformed, (error.field.isEmpty ? "" : error.field + ": ") + error.problem + place)
    }
  }
}
