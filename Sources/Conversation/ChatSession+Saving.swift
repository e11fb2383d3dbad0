public import Formats
import Text

extension ChatSession {
  /// The conversation as OpenAI writes one for training: `{"messages": [{"role": …, "content": …}, …]}`, in one line, so
  /// that it is JSON and a row of JSONL as well.
  public var json: JSONValue {
    ["messages": .array(messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] })]
  }

  /// Writes the conversation, replacing an earlier one under that name. Any other file is left alone.
  public func save(to path: String) throws(FormatError) {
    if let file = try Self.existing(path), !Self.isConversation(file) {
      throw FormatError(.malformed, file: path, "is there already and holds no conversation; choose another name")
    }
    try AtomicFile.write(json.encoded() + "\n", to: path)
  }

  private static func existing(_ path: String) throws(FormatError) -> ByteSource? {
    do throws(FormatError) {
      return try ByteSource(path: path)
    } catch  where error.kind == .missing {
      return nil
    }
  }

  private static func isConversation(_ file: ByteSource) -> Bool {
    guard let bytes = try? file.readAll(limit: JSONLimits().byteCount) else { return false }
    guard let value = try? JSONValue.parse(bytes, file: file.name), case .object(let object) = value else {
      return false
    }
    return object["messages"] != nil
  }
}
