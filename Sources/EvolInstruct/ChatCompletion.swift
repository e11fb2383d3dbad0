import Formats
import Text

/// The JSON of OpenAI's chat completions, as far as a teacher needs it.
enum ChatCompletion {
  /// The body of a request.
  static func request(_ request: TeacherRequest, model: String) -> String {
    var body = JSONObject()
    body["model"] = .string(model)
    body["messages"] = .array(
      request.messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] })
    if case .object(let sampling) = request.sampling.json {
      for member in sampling.members { body[member.key] = member.value }
    }
    body["seed"] = .integer(Int(clamping: request.seed))
    body["stream"] = false
    return JSONValue.object(body).encoded()
  }

  /// The reply in the body of a response: the first choice.
  ///
  /// A null content is a refusal by the server's filter: an empty text. Tokens that are not told count as 0.
  static func reply(_ bytes: [UInt8], file: String) throws(FormatError) -> TeacherReply {
    let body = JSONField(try JSONValue.parse(bytes, file: file, limits: JSONLimits(depth: 32)), file: file)
    guard let choice = try body["choices"].array().first else {
      throw body["choices"].error(.missing, "has no choice")
    }
    let message = choice["message"]
    let usage = body["usage"].ifPresent
    // The member `message` must be there, its content may be null.
    _ = try message.object()
    return TeacherReply(
      text: try message["content"].ifPresent?.string() ?? "",
      promptTokens: try usage?["prompt_tokens"].ifPresent?.integer(in: 0...1 << 40) ?? 0,
      completionTokens: try usage?["completion_tokens"].ifPresent?.integer(in: 0...1 << 40) ?? 0,
      isTruncated: choice["finish_reason"].value == "length")
  }
}
