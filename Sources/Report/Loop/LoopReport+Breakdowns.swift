extension LoopReport {
  /// The scores by difficulty and the like: small multiples over one axis, and the same in numbers.
  var breakdownSection: HTML {
    guard !breakdowns.isEmpty else { return "" }
    let shown = breakdowns.prefix(Limit.breakdowns)
    let axis = measure.axis(shown.flatMap { $0.groups.prefix(Limit.groups).flatMap { Array($0.scores.values) } })
    let figures = shown.map { figure($0, axis) }
    return """
      <section id="breakdown"><h2>\(measure.name) by kind of task</h2>
      \(legend)<div class="packed">\(figures)</div>
      \(Page.more(than: Limit.breakdowns, of: breakdowns.count))</section>

      """
  }

  private func figure(_ breakdown: Breakdown, _ axis: Axis) -> HTML {
    let caption: HTML = breakdown.caption.isEmpty ? "" : "<p>\(breakdown.caption.short(300)).</p>"
    let groups = breakdown.groups.prefix(Limit.groups).filter { $0.scores.values.contains(where: \.isMeasured) }
    let chart: HTML =
      groups.isEmpty
      ? "<p class=\"empty\">Nothing was tested.</p>\n"
      : RowChart(axis: axis, unit: measure == .accuracy ? "\u{A0}%" : "", rows: groups.map { row($0, axis) }).html
    return """
      <figure class="chart"><figcaption><h3>\(breakdown.title.short(100))</h3>\(caption)</figcaption>
      \(chart)\(groups.isEmpty ? "" : numbers(groups))\(Page.more(than: Limit.groups, of: breakdown.groups.count))</figure>

      """
  }

  /// The kinds of arms that the scores have, in their order.
  private func kinds(_ groups: some Sequence<Breakdown.Group>) -> [Arm.Kind] {
    Arm.Kind.allCases.filter { kind in groups.contains { $0.scores[kind]?.isMeasured ?? false } }
  }

  private func row(_ group: Breakdown.Group, _ axis: Axis) -> RowChart.Row {
    let kinds = kinds([group])
    let marks = kinds.enumerated().flatMap { lane, kind -> [HTML] in
      guard let score = group.scores[kind] else { return [] }
      return ScoreMarks(score: score, measure: measure, tone: kind.tone, axis: axis, lane: lane, lanes: kinds.count)
        .html
    }
    let values = kinds.map { kind -> HTML in
      "<span class=\"unseen\">\(kind.name) </span>\(group.scores[kind].map { measure.text($0.value) } ?? "–")"
    }
    let counts = Set(group.scores.values.filter(\.isMeasured).map(\.count))
    let count: HTML = counts.count == 1 ? "<small>n = \(NumberText.integer(counts.first ?? 0))</small>" : ""
    return RowChart.Row(name: "\(group.name.short(100))\(count)", lanes: kinds.count, marks: marks, values: values)
  }

  private func numbers(_ groups: [Breakdown.Group]) -> HTML {
    let kinds = kinds(groups)
    let heads = kinds.map { kind -> HTML in "<th scope=\"col\">\(kind.name)</th>" }
    let rows = groups.map { group -> HTML in
      let cells = kinds.map { kind -> HTML in "<td>\(cell(group.scores[kind]))</td>" }
      return "<tr><th scope=\"row\">\(group.name.short(100))</th>\(cells)</tr>\n"
    }
    return """
      <details><summary>In numbers, with intervals</summary><div class="scroll" tabindex="0" role="region"
      aria-label="In numbers"><table class="numbers"><thead><tr><td></td>\(heads)</tr></thead>
      <tbody>\(rows)</tbody></table></div></details>

      """
  }
}
