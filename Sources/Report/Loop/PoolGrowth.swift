/// How the pool grew: what each round found, added and removed, as bars one below the other.
struct PoolGrowth {
  let rounds: [LoopReport.Pool.Round]

  var html: HTML {
    var before = 0
    var seeds = 0
    var most = 1
    var spans: [(round: LoopReport.Pool.Round, seeds: Int, before: Int)] = []
    for round in rounds {
      let kept = max(0, round.kept)
      if round.round == 0 { seeds = [seeds, kept].total }
      spans.append((round, seeds, before))
      before = [before, kept].total
      most = max(most, [before, max(0, round.removed)].total)
    }
    let axis = Axis(covering: 0...Double(most), intervals: 4)
    return """
      <figure class="chart"><figcaption><h3>Growth</h3><p>Instructions in the pool after each round.</p></figcaption>
      \(RowChart(axis: axis, rows: spans.map { row($0.round, seeds: $0.seeds, before: $0.before, axis) }).html)
      <ul class="legend"><li class="key seeds">seeds</li><li class="key evolved faint">evolved before</li>
      <li class="key evolved">added</li><li class="key lost">removed</li></ul></figure>

      """
  }

  private func row(_ round: LoopReport.Pool.Round, seeds: Int, before: Int, _ axis: Axis) -> RowChart.Row {
    let (kept, removed) = (max(0, round.kept), max(0, round.removed))
    let after = [before, kept].total
    func bar(_ kind: String, _ start: Int, _ end: Int) -> HTML {
      guard end > start else { return "" }
      return RowChart.bar("bar \(kind)", from: Double(start), to: Double(end), on: axis, lane: 0, of: 1)
    }
    let isSeeds = round.round == 0
    let marks = [
      bar("seeds", 0, seeds), isSeeds ? "" : bar("evolved faint", seeds, before),
      isSeeds ? "" : bar("evolved", before, after), bar("lost", after, [after, removed].total),
    ]
    let added: HTML = isSeeds ? "" : "<small>+\(NumberText.integer(kept))</small>"
    return RowChart.Row(
      name: isSeeds ? "Seeds" : "Round \(NumberText.integer(round.round))", lanes: 1, marks: marks,
      values: ["<b>\(NumberText.integer(after))</b>\(added)"])
  }
}
