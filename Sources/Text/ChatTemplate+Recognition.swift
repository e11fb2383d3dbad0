public import Foundation

extension ChatTemplate {
  /// The template that a model's own `chat_template` describes, by the marks in it; nil when it is none of ours.
  ///
  /// - Parameter day: Today, for templates that name the day (Llama 3.2).
  public static func recognized(in jinja: String, day: Date = Date()) -> ChatTemplate? {
    func has(_ texts: String...) -> Bool { texts.allSatisfy { jinja.contains($0) } }
    if has("<|start_header_id|>", "<|eot_id|>") {
      guard has("Cutting Knowledge Date") else { return llama3 }
      return has("strftime_now") ? llama31(date: written(day)) : llama31()
    }
    if has("<|im_start|>", "<|im_end|>") {
      let system = defaultSystem(in: jinja)
      var template = system == qwen25.defaultSystem ? qwen25 : chatML(defaultSystem: system)
      if has("bos_token") { template.start = [.bos] }
      return template
    }
    if has("[INST]") { return has("<<SYS>>") ? llama2 : mistral(in: jinja) }
    if has("<|user|>", "<|assistant|>", "eos_token") && !has("<|end|>") {
      var template = zephyr
      if has("bos_token") { template.start = [.bos] }
      return template
    }
    if has("USER: ", "ASSISTANT:") { return vicuna }
    if has("### Response:") { return has("### Instruction:") ? alpaca : wizardLM }
    return nil
  }

  /// The system text that a ChatML template writes where a conversation has none: one literal between the two marks.
  private static func defaultSystem(in jinja: String) -> String? {
    for part in jinja.components(separatedBy: "<|im_start|>system").dropFirst() {
      guard let end = part.range(of: "<|im_end|>") else { continue }
      var text = part[..<end.lowerBound]
      if text.hasPrefix("\\n") { text = text.dropFirst(2) } else if text.hasPrefix("\n") { text = text.dropFirst() }
      if !text.isEmpty, !text.contains(where: { "'\"{}".contains($0) }) { return String(text) }
    }
    return nil
  }

  private static func mistral(in jinja: String) -> ChatTemplate {
    func has(_ text: String) -> Bool { jinja.contains("'\(text)'") || jinja.contains("\"\(text)\"") }
    let spacesLead = jinja.contains("' ' + message") || jinja.contains("\" \" + message")
    let spacesGap = jinja.contains("eos_token + ' '") || jinja.contains("eos_token + \" \"")
    return mistral(
      beforeQuestion: has(" [INST] ") ? " " : "", beforeEnd: has("[/INST]") ? "" : " ", lead: spacesLead ? " " : "",
      gap: spacesGap ? " " : "")
  }

  /// As Python's `%d %b %Y`.
  private static func written(_ day: Date) -> String {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = Calendar(identifier: .gregorian).dateComponents([.day, .month, .year], from: day)
    let number = String(parts.day ?? 1)
    return "\(number.count < 2 ? "0" : "")\(number) \(months[(parts.month ?? 1) - 1]) \(parts.year ?? 2024)"
  }
}
