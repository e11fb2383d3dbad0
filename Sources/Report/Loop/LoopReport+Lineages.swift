extension LoopReport {
  /// Seeds with all that was made of them, as nested blocks; the first two are open.
  var lineageSection: HTML {
    guard !lineages.isEmpty else { return "" }
    var room = Limit.descendants
    let trees = lineages.prefix(Limit.lineages).enumerated().map { place, lineage -> HTML in
      let count = lineage.descendantCount
      let chips: HTML =
        "<span class=\"chips\">\(chip("seed", "seeds"))\(difficulty(lineage.difficulty))\(chip("\(NumberText.integer(count)) evolved from it"))</span>"
      let text: HTML =
        "\(chips)<span class=\"text\" dir=\"auto\">\(lineage.instruction.short(800))</span>\(answer(lineage.answer))"
      guard count > 0 else { return "<div class=\"sample lineage\">\(text)</div>\n" }
      let children = branch(lineage.children, depth: 1, &room)
      return """
        <details class="sample lineage"\(place < 2 ? " open" : "")><summary>\(text)</summary>
        \(children)</details>

        """
    }
    return """
      <section id="lineages"><h2>Sample lineages</h2>
      \(trees)\(Page.more(than: Limit.lineages, of: lineages.count))</section>

      """
  }

  /// Deeper generations stand below each other: a phone has no room for more.
  private static var depthLimit: Int { 12 }

  private func branch(_ children: [Lineage], depth: Int, _ room: inout Int) -> HTML {
    guard !children.isEmpty else { return "" }
    var items: [HTML] = []
    for child in children where depth <= Self.depthLimit && room > 0 {
      room -= 1
      items.append(item(child, branch(child.children, depth: depth + 1, &room)))
    }
    let missing = children.count - items.count
    let more: HTML = missing > 0 ? "<li class=\"empty\">\(NumberText.integer(missing)) more are not shown.</li>" : ""
    return "<ul class=\"tree\">\n\(items)\(more)</ul>"
  }

  private func item(_ lineage: Lineage, _ children: HTML) -> HTML {
    let evolution = lineage.evolution
    let isRemoved = evolution?.removedBy != nil
    let end = evolution.map {
      chip($0.removedBy.map { "✗ removed: \($0.short(60))" } ?? "✓ kept", isRemoved ? "bad" : "good")
    }
    let made = evolution.map { evolution -> HTML in
      let words = evolution.wordsAdded.map { words -> HTML in
        let sign = words < 0 ? "−" : words > 0 ? "+" : ""
        return chip(
          "\(sign)\(NumberText.integer(Int(clamping: words.magnitude))) \(words.magnitude == 1 ? "word" : "words")")
      }
      return
        "\(chip("round \(NumberText.integer(evolution.round))"))\(chip(evolution.operation.short(60), "evolved"))\(words ?? "")"
    }
    return """
      <li class="\(isRemoved ? "removed" : "kept")"><div class="chips">\(made ?? "")\(difficulty(lineage.difficulty))\(end ?? "")</div>
      <p class="text" dir="auto">\(lineage.instruction.short(800))</p>\(answer(lineage.answer))
      \(children)</li>

      """
  }

  private func answer(_ text: String) -> HTML {
    text.isEmpty ? "" : "<span class=\"answer\" dir=\"auto\">\(text.short(400))</span>"
  }

  func difficulty(_ value: Double?) -> HTML {
    guard let value, value.isFinite else { return "" }
    return chip("difficulty \(NumberText.significant(value, digits: value == value.rounded() ? 1 : 2))")
  }

  func chip(_ text: String, _ kind: String = "") -> HTML {
    "<span class=\"chip\(kind.isEmpty ? "" : " \(kind)")\">\(text)</span>"
  }
}

extension LoopReport.Lineage {
  /// All that was evolved from the instruction, directly or not.
  fileprivate var descendantCount: Int {
    children.reduce(children.count) { $0 + $1.descendantCount }
  }
}
