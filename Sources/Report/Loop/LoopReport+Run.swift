extension LoopReport {
  /// What was done in which time, and where.
  var runSection: HTML {
    guard !stages.isEmpty || !facts.isEmpty else { return "" }
    let device: HTML =
      facts.isEmpty ? "" : "<section class=\"card\"><h2>Device and versions</h2>\(Page.facts(facts))</section>\n"
    return "<div id=\"run\" class=\"columns\">\(stageTable)\(device)</div>\n"
  }

  private var stageTable: HTML {
    guard !stages.isEmpty else { return "" }
    let times = stages.map { stage in stage.seconds.flatMap { $0 >= 0 && $0 < 1e9 ? $0 : nil } }
    let total = times.compactMap { $0 }.reduce(0, +)
    let rows = zip(stages, times).prefix(Limit.rows).map { stage, seconds -> HTML in
      let share = total > 0 ? (seconds ?? 0) / total * 100 : 0
      let detail: HTML = stage.detail.isEmpty ? "" : "<small>\(stage.detail.short(300))</small>"
      let reused: HTML = stage.isReused ? " <span class=\"chip\">reused</span>" : ""
      return """
        <tr><th scope="row">\(stage.name.short(100))\(reused)\(detail)</th><td class="bar" aria-hidden="true"><span
        style="width:\(NumberText.percentage(share / 100))%"></span></td><td>\(seconds.map(NumberText.duration) ?? "–")</td></tr>

        """
    }
    return """
      <section class="card"><h2>Stages</h2><table class="sums"><tbody>\(rows)</tbody>
      <tfoot><tr><th scope="row">Total</th><td></td><td>\(NumberText.duration(total))</td></tr></tfoot></table>
      \(Page.more(than: Limit.rows, of: stages.count))</section>

      """
  }
}
