import Text

extension ChatTemplate {
  /// Whether turns must alternate, the user first: where nothing but the order says whose a turn is.
  var needsAlternation: Bool { prompt.isEmpty || user.before.isEmpty }
}

extension InstructionRecord {
  /// The conversation for a template, once it is sure that something can be learned from it.
  func teachable(for template: ChatTemplate) throws(RowFault) -> [ChatMessage] {
    let messages = conversation(for: template)
    let isWhole = self.messages.isEmpty
    var wanted = ChatMessage.Role.user
    for (index, message) in messages.enumerated() {
      switch message.role {
      case .system:
        if index > 0 { throw RowFault(.turnOrder, "turn \(index) is a system text; only the first may be one") }
        continue
      case .user:
        if isBlank(isWhole ? instruction : message.content) {
          throw RowFault(.noInstruction, isWhole ? "the instruction is empty" : "turn \(index), of the user, is empty")
        }
      case .assistant:
        if isBlank(message.content) {
          throw RowFault(.noAnswer, isWhole ? "the output is empty" : "turn \(index), of the assistant, is empty")
        }
      }
      if template.needsAlternation, message.role != wanted {
        throw RowFault(
          .turnOrder,
          "turn \(index) is the \(message.role)'s; the template \(template.name) needs user and assistant in turn")
      }
      wanted = message.role == .user ? .assistant : .user
    }
    guard messages.contains(where: { $0.role == .user }) else {
      throw RowFault(.noInstruction, "the conversation has no turn of the user")
    }
    guard messages.contains(where: { $0.role == .assistant }) else {
      throw RowFault(.noAnswer, "the conversation has no turn of the assistant")
    }
    return messages
  }
}

/// Whether there is nothing but white space.
func isBlank(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
