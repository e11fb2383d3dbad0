extension LoopReport {
  /// The page.
  public var html: String {
    let sections = [
      resultSection, breakdownSection, poolSection, lineageSection, answerSection, curveSection, runSection,
      Page.recipe(recipe),
    ]
    return Page(
      title: title, kind: "Evolve, train, evaluate", style: Self.style, lead: lead, content: HTML(joining: sections)
    ).html.text
  }

  /// The result in words, and the way to what stands below.
  private var lead: HTML {
    let verdict = complexComparison.map { comparison -> HTML in
      let kind =
        switch comparison.finding {
        case .better: "good"
        case .worse: "bad"
        case .open: "open"
        }
      return isFair
        ? "<p class=\"verdict \(kind)\">\(comparison.verdict)</p>" : "<p class=\"verdict open\">Not trained alike</p>"
    }
    let findings = findings.map { finding -> HTML in "\(finding) " }
    return """

      <div class="lead">\(verdict ?? "")<p class="result">\(result)</p><p class="findings">\(findings)</p></div>
      \(contents)
      """
  }

  /// Links to the sections that there are.
  private var contents: HTML {
    let sections = [
      ("result", "Result", true), ("breakdown", "Breakdown", !breakdowns.isEmpty), ("pool", "Pool", pool != nil),
      ("lineages", "Lineages", !lineages.isEmpty), ("answers", "Answers", !answers.isEmpty),
      ("curves", "Curves", arms.contains { !$0.steps.isEmpty }), ("run", "Run", !stages.isEmpty || !facts.isEmpty),
      ("recipe", "Recipe", !recipe.isEmpty),
    ].filter(\.2)
    let links = sections.map { name, title, _ -> HTML in "<a href=\"#\(name)\">\(title)</a>\n" }
    return "<nav aria-label=\"Sections\">\(links)</nav>"
  }

  /// The arms' names beside their colours.
  var legend: HTML {
    let keys = shownArms.map { arm -> HTML in
      "<li class=\"key \(arm.kind.tone.rawValue)\">\(arm.kind.name)</li>"
    }
    return "<ul class=\"legend\">\(keys)</ul>\n"
  }

  /// Bounds that keep the page below a megabyte whatever it is given.
  enum Limit {
    static let breakdowns = 6
    static let groups = 24
    static let rounds = 24
    static let operations = 16
    static let rules = 16
    static let lineages = 8
    /// Of all lineages together.
    static let descendants = 120
    static let answers = 24
    static let rows = 100
  }
}
