public import Formats
import Foundation

extension ChatTemplate {
  /// The file of a folder that has the model's template by itself, as transformers writes it.
  public static let fileName = "chat_template.jinja"

  /// What that file of a folder says; nil where there is none. An adapter's folder has it beside the adapter.
  public static func text(in folder: String) throws(FormatError) -> String? {
    let path = folder + "/" + fileName
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return String(decoding: try ByteSource(path: path).readAll(limit: 1 << 20), as: UTF8.self)
  }

  /// The template as the `chat_template` of a Hugging Face model, which `recognized(in:)` and transformers read.
  ///
  /// Every template in `families` is recognized in its own text; of a variant, what its family's text can express is.
  public var jinja: String {
    let content = contentExpression("message['content']")
    var text = expression(start.map(JinjaPart.init))
    text += systemChoice
    text += "{% for message in turns %}{% if message['role'] == 'user' %}"
    if systemIsInQuestion {
      text += "{% if loop.first and system is not none %}"
      text += expression(user.before.map(JinjaPart.init) + [questionWithSystem] + user.after.map(JinjaPart.init))
      text += "{% else %}" + around(user, content) + "{% endif %}"
    } else {
      text += around(user, content)
    }
    text += "{% elif message['role'] == 'assistant' %}"
    text += expression(
      (prompt + answerLead).map(JinjaPart.init) + [content] + (answerEnd + answerGap).map(JinjaPart.init))
    text += "{% else %}{{ raise_exception('Only the first message may be a system text') }}{% endif %}{% endfor %}"
    if !prompt.isEmpty {
      text += "{% if add_generation_prompt %}" + expression(prompt.map(JinjaPart.init)) + "{% endif %}"
    }
    return text
  }

  /// Writes the system turn, or keeps its text for the first question, and sets `turns` to the messages after it.
  private var systemChoice: String {
    let given = "messages[0]['content']"
    var text = "{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}"
    text += systemIsInQuestion ? "{% set system = \(given) %}" : around(system, contentExpression(given))
    text += "{% else %}{% set turns = messages %}"
    if systemIsInQuestion {
      let standard = defaultSystem.map { JinjaPart.literal($0).written } ?? "none"
      text += "{% set system = \(standard) %}"
    } else if let defaultSystem {
      text += around(system, .literal(defaultSystem))
    }
    return text + "{% endif %}"
  }

  /// The first question after the system text; the two are trimmed as one.
  private var questionWithSystem: JinjaPart {
    let parts = system.before.map(JinjaPart.init) + [.expression("system")] + system.after.map(JinjaPart.init)
    let sum = JinjaPart.sum(parts + [.expression("message['content']")])
    return .expression(trimsContent ? "((\(sum)) | trim)" : sum)
  }

  private func contentExpression(_ name: String) -> JinjaPart { .expression(trimsContent ? "(\(name) | trim)" : name) }

  private func around(_ turn: Turn, _ content: JinjaPart) -> String {
    expression(turn.before.map(JinjaPart.init) + [content] + turn.after.map(JinjaPart.init))
  }

  private func expression(_ parts: [JinjaPart]) -> String {
    parts.isEmpty ? "" : "{{ \(JinjaPart.sum(parts)) }}"
  }
}

/// A term of a Jinja expression.
private enum JinjaPart {
  case literal(String)
  case expression(String)

  init(_ fragment: ChatTemplate.Fragment) {
    switch fragment {
    case .text(let text), .mark(let text): self = .literal(text)
    case .bos: self = .expression("bos_token")
    case .eos: self = .expression("eos_token")
    }
  }

  /// Neighbouring literals are one: recognition goes by whole marks and texts.
  static func sum(_ parts: [JinjaPart]) -> String {
    var terms: [JinjaPart] = []
    for part in parts {
      if case .literal(let text) = part, case .literal(let before)? = terms.last {
        terms[terms.count - 1] = .literal(before + text)
      } else {
        terms.append(part)
      }
    }
    return terms.map(\.written).joined(separator: " + ")
  }

  var written: String {
    switch self {
    case .expression(let text): text
    case .literal(let text):
      "'"
        + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'").replacing("\n", with: "\\n")
        .replacing("\r", with: "\\r").replacing("\t", with: "\\t") + "'"
    }
  }
}
