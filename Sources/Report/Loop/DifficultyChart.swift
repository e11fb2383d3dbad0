/// How difficult the instructions of each round are: columns from 1 to 10 for each, one below the other.
struct DifficultyChart {
  let rounds: [LoopReport.Pool.Round]
  /// Where the difficulties come from.
  let source: String

  /// The shares of the difficulties 1 to 10 with their mean and standard deviation; nil where none is rated.
  static func distribution(_ counts: [Int]) -> (shares: [Double], mean: Double, deviation: Double)? {
    let counts = counts.prefix(10).map { Double(max(0, $0)) }
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    let shares = counts.map { $0 / total }
    let mean = shares.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
    let variance = shares.enumerated().reduce(0) { sum, item in
      sum + (Double(item.offset + 1) - mean) * (Double(item.offset + 1) - mean) * item.element
    }
    return (shares, mean, variance.squareRoot())
  }

  /// `3.4`
  static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// Nothing where no round is rated.
  var html: HTML {
    let rated = rounds.compactMap { round in Self.distribution(round.difficulties).map { (round, $0) } }
    guard !rated.isEmpty else { return "" }
    let axis = Axis(places: 1...10)
    let rows = rated.map { round, distribution -> RowChart.Row in
      let tone = round.round == 0 ? Tone.seeds : .evolved
      let highest = distribution.shares.max() ?? 1
      let columns = Columns(
        heights: distribution.shares.enumerated().map { ($0.offset + 1, $0.element / highest * 0.8) }, tone: tone)
      let mean = Plot.coordinate(axis.position(distribution.mean))
      return RowChart.Row(
        name: round.round == 0 ? "Seeds" : "Round \(NumberText.integer(round.round))", lanes: 1,
        marks: [columns.marks(axis), "<path class=\"mean\" d=\"M\(mean) 120V1000\"/>\n"],
        values: [
          "<b>\(Self.tenths(distribution.mean))</b><small>± \(Self.tenths(distribution.deviation))</small>"
        ])
    }
    let origin: HTML = source.isEmpty ? "" : " \(source.short(300))."
    return """
      <figure class="chart difficulty"><figcaption><h3>Difficulty</h3><p>From 1 to 10, of the instructions that each round added, every round to its own height; the \
      line is their mean, ± the standard deviation.\(origin)</p></figcaption>
      \(RowChart(axis: axis, rows: rows).html)</figure>

      """
  }
}
