extension LoopReport {
  /// The figures that one looks for first, the picture of the result, and the same in numbers.
  var resultSection: HTML {
    """
    <section id="result" aria-label="Result">
    \(picture)<div class="tiles">\(tiles)</div>
    \(armTable)\(setupTable)</section>

    """
  }

  // MARK: Tiles

  private var tiles: [HTML] {
    var tiles: [HTML] = []
    if let comparison = complexComparison {
      tiles.append(
        Page.tile(
          "Difference on complex tasks", comparison.difference, comparison.interval ?? "seeds + evolved less seeds only"
        ))
    }
    let trained = shownArms.filter { $0.trainedTokens > 0 }
    if let most = trained.map(\.trainedTokens).max(), let least = trained.map(\.trainedTokens).min() {
      let isOne = Self.areAlike(least, most)
      tiles.append(
        Page.tile(
          "Tokens of training",
          isOne ? NumberText.compact(most) : "\(NumberText.compact(least))–\(NumberText.compact(most))",
          trained.count == 1 ? "of one arm" : isOne ? "of each of \(trained.count) arms" : "of the least and the most"))
    }
    if let pool, !pool.rounds.isEmpty {
      let seeds = pool.rounds.filter { $0.round == 0 }.map(\.kept).total
      let kept = pool.rounds.map(\.kept).total
      let rounds = pool.rounds.count { $0.round > 0 }
      tiles.append(
        Page.tile(
          "Instructions", NumberText.integer(kept),
          rounds == 0
            ? "seeds alone"
            : "\(NumberText.integer(seeds)) seeds, the rest evolved in \(rounds) \(rounds == 1 ? "round" : "rounds")"))
    }
    let seconds = stages.compactMap(\.seconds).filter { $0 >= 0 && $0 < 1e9 }
    if !seconds.isEmpty {
      tiles.append(Page.tile("Whole loop", NumberText.duration(seconds.reduce(0, +)), "\(stages.count) stages"))
    }
    return tiles
  }

  // MARK: Picture

  private var picture: HTML {
    let scores = shownArms.flatMap { [$0.complex, $0.plain] }.compactMap { $0 }.filter(\.isMeasured)
    guard !scores.isEmpty else { return "<p class=\"empty\">Nothing was tested.</p>\n" }
    // One axis for both, or the eye compares what cannot be compared.
    let axis = measure.axis(scores)
    return """
      <div class="charts big">
      \(panel("Complex tasks", "Held out, of several parts", \.complex, axis))\(panel("Plain tasks", "Held out, as the seeds are", \.plain, axis))</div>
      <p class="note">\(measure.caption). Lines are 95\u{A0}% intervals: they cover which tasks were drawn, not that another
      training run would end elsewhere.</p>

      """
  }

  private func panel(_ title: String, _ caption: String, _ score: (Arm) -> Score?, _ axis: Axis) -> HTML {
    let measured = shownArms.compactMap { arm in score(arm).flatMap { $0.isMeasured ? (arm, $0) : nil } }
    guard !measured.isEmpty else { return "" }
    let rows = measured.map { arm, score -> RowChart.Row in
      let interval: HTML =
        score.interval == nil ? "" : "<small>\(measure.text(from: score.low, to: score.high))</small>"
      return RowChart.Row(
        name: "<b class=\"arm \(arm.kind.tone.rawValue)\">\(arm.kind.name)</b>", lanes: 1,
        marks: ScoreMarks(score: score, measure: measure, tone: arm.kind.tone, axis: axis, lane: 0, lanes: 1).html,
        values: ["<b>\(measure.text(score.value))</b>\(interval)"])
    }
    let counts = Set(measured.map(\.1.count))
    let count = counts.count == 1 ? "n = \(NumberText.integer(measured[0].1.count))" : "n differs, see below"
    let chart = RowChart(axis: axis, unit: measure == .accuracy ? "\u{A0}%" : "", rows: rows)
    return """
      <figure class="chart"><figcaption><h3>\(title)</h3><p>\(caption); \(count)</p></figcaption>
      \(chart.html)</figure>

      """
  }

  // MARK: Numbers

  private var armTable: HTML {
    guard !arms.isEmpty else { return "" }
    let rows = shownArms.map { arm -> HTML in
      let losses = arm.steps.suffix(10).map(\.loss).filter { abs($0) <= 1e100 }
      let loss = losses.isEmpty ? "–" : NumberText.significant(losses.reduce(0, +) / Double(losses.count))
      func count(_ value: Int) -> String { value > 0 ? NumberText.integer(value) : "–" }
      return """
        <tr><th scope="row"><span class="key \(arm.kind.tone.rawValue)">\(arm.kind.name)</span></th>
        <td>\(cell(arm.complex))</td><td>\(cell(arm.plain))</td><td>\(count(arm.trainedTokens))</td>
        <td>\(count(arm.trainedRows))</td><td>\(count(arm.steps.count))</td><td>\(loss)</td></tr>

        """
    }
    return """
      <div class="scroll card" tabindex="0" role="region" aria-label="The arms in numbers"><table class="numbers arms">
      <thead><tr><th scope="col">Arm</th><th scope="col">Complex tasks</th><th scope="col">Plain tasks</th>
      <th scope="col">Tokens trained</th><th scope="col">Rows</th><th scope="col">Steps</th>
      <th scope="col">Last loss</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>

      """
  }

  /// A score with its interval and its tasks.
  func cell(_ score: Score?, countsTasks: Bool = true) -> HTML {
    guard let score, score.isMeasured else { return "–" }
    let interval = score.interval == nil ? [] : [measure.text(from: score.low, to: score.high)]
    let count = countsTasks ? ["n = \(NumberText.integer(score.count))"] : []
    return "\(measure.text(score.value))<small>\((interval + count).joined(separator: ", "))</small>"
  }

  private var setupTable: HTML {
    setup.isEmpty ? "" : "<div class=\"card setup\"><h3>What was compared</h3>\(Page.facts(setup))</div>\n"
  }
}
