/// One example to learn from: an instruction with its answer, or a conversation. What Evol-Instruct writes and a trainer
/// reads.
public struct InstructionRecord: Sendable, Hashable, Codable {
  public var instruction: String
  /// What the instruction is about, where it needs something; else empty.
  public var input: String
  public var output: String
  /// A whole conversation, in place of the three; else empty.
  public var messages: [ChatMessage]

  public init(instruction: String, input: String = "", output: String) {
    self.instruction = instruction
    self.input = input
    self.output = output
    messages = []
  }

  public init(messages: [ChatMessage]) {
    instruction = ""
    input = ""
    output = ""
    self.messages = messages
  }

  /// The record as the conversation that a template is to render.
  ///
  /// Alpaca has its own words for an input; elsewhere it follows the instruction after an empty line.
  public func conversation(for template: ChatTemplate) -> [ChatMessage] {
    if !messages.isEmpty { return messages }
    let answer = ChatMessage(.assistant, output)
    if input.isEmpty { return [ChatMessage(.user, instruction), answer] }
    if template == .alpaca {
      return [
        ChatMessage(.system, ChatTemplate.alpacaSystemWithInput),
        ChatMessage(.user, instruction + "\n\n### Input:\n" + input), answer,
      ]
    }
    return [ChatMessage(.user, instruction + "\n\n" + input), answer]
  }
}
