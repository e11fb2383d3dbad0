extension LoopReport {
  /// What the arms say to the same held-out tasks.
  var answerSection: HTML {
    guard !answers.isEmpty else { return "" }
    let shown = answers.prefix(Limit.answers).map(block)
    return """
      <section id="answers"><h2>Answers to held-out tasks</h2>
      <div class="packed">\(shown)</div>\(Page.more(than: Limit.answers, of: answers.count))</section>

      """
  }

  private func block(_ task: AnsweredTask) -> HTML {
    let operations = task.operations.prefix(8).map { chip($0.short(60)) }
    let plain: HTML = task.operations.isEmpty ? chip("plain") : ""
    let rows = Arm.Kind.allCases.compactMap { kind in task.answers[kind].map { row(kind, $0) } }
    return """
      <article class="sample answered"><div class="chips">\(difficulty(task.difficulty))\(plain)\(operations)</div>
      <p class="text" dir="auto">\(task.task.short(1500))</p>
      <table><tbody><tr class="expected"><th scope="row">expected</th><td dir="auto">\(task.expected.short(600))</td><td></td></tr>
      \(rows)</tbody></table></article>

      """
  }

  private func row(_ kind: Arm.Kind, _ answer: AnsweredTask.Answer) -> HTML {
    let mark: HTML =
      if let isRight = answer.isRight {
        isRight
          ? "<span class=\"mark good\"><span aria-hidden=\"true\">✓</span><span class=\"unseen\">right</span></span>"
          : "<span class=\"mark bad\"><span aria-hidden=\"true\">✗</span><span class=\"unseen\">wrong</span></span>"
      } else if let loss = answer.loss, loss.isFinite {
        "\(NumberText.significant(loss))<small>nats</small>"
      } else {
        ""
      }
    let text: HTML = answer.text.isEmpty ? "<span class=\"empty\">nothing</span>" : "\(answer.text.short(600))"
    return """
      <tr><th scope="row"><span class="arm \(kind.tone.rawValue)">\(kind.name)</span></th><td dir="auto">\(text)</td><td>\(mark)</td></tr>

      """
  }
}
