import Formats

extension ChatLoop {
  func obey(_ directive: ChatDirective) throws -> Next {
    switch directive {
    case .help: try console.show(ChatDirective.helpText)
    case .showSystem: try console.show(session.system ?? "(no system text but that of the template)")
    case .setSystem(let text):
      session.restart(system: text)
      try console.note("(the system text is set, and the conversation starts anew)")
    case .reset:
      session.reset()
      try console.note("(the conversation starts anew)")
    case .undo: try undo()
    case .retry: try ask { try session.promptForRetry(of: model) }
    case .save(let path): try save(to: path)
    case .quit: return .leave
    }
    return .goOn
  }

  private func undo() throws {
    guard let turn = session.undo() else { return try fail("\(ChatSessionError.nothingToRepeat)") }
    let question = turn.question.prefix { $0 != "\n" }
    try console.note(
      "(taken back: \(question.prefix(60))\(question.count > 60 || question != turn.question ? "…" : ""))")
  }

  private func save(to path: String) throws {
    let home = options.homeFolder.flatMap { path.hasPrefix("~/") ? $0 : nil }
    let path = home.map { $0 + path.dropFirst() } ?? path
    do throws(FormatError) {
      try session.save(to: path)
    } catch {
      return try fail("\(error)")
    }
    try console.note("(\(count(session.turns.count, "turn")) written to \(path))")
  }
}
