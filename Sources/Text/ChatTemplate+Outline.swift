extension ChatTemplate {
  private var allFragments: [Fragment] {
    start + system.before + system.after + user.before + user.after + prompt + answerLead + answerEnd + answerGap
  }

  /// The names of the marks in it, each once.
  var marks: [String] {
    var marks: [String] = []
    for case .mark(let name) in allFragments where !marks.contains(name) { marks.append(name) }
    return marks
  }

  /// The text of a conversation of one question, with `content` for every content and mark: what is the same each time.
  func outline(content: String) -> String {
    var fragments = start
    if let defaultSystem, !systemIsInQuestion {
      fragments += system.before + [.text(defaultSystem)] + system.after
    }
    fragments += user.before + [.text(content)] + user.after
    fragments += prompt + answerLead + [.text(content)] + answerEnd + answerGap
    return fragments.map { fragment in
      if case .text(let text) = fragment { text } else { content }
    }.joined()
  }
}
