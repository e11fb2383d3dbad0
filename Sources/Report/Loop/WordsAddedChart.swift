/// How many words evolutions added to their parents, against the paper's 10 to 20.
struct WordsAddedChart {
  /// How many evolutions added so many words.
  let counts: [Int: Int]

  /// What the paper asks for (Xu et al., WizardLM, appendix A: "10 to 20 words").
  private static let asked = 10...20
  /// Beyond these, evolutions are counted in the last column.
  private static let shown = -20...60

  /// Nothing where none was counted.
  var html: HTML {
    let counts = counts.filter { $0.value > 0 }
    let total = counts.values.total
    guard let least = counts.keys.min(), let most = counts.keys.max() else { return "" }
    let places = min(0, max(least, Self.shown.lowerBound))...max(25, min(most, Self.shown.upperBound))
    let columns = counts.reduce(into: [Int: Int]()) { columns, item in
      let place = min(places.upperBound, max(places.lowerBound, item.key))
      columns[place] = [columns[place] ?? 0, item.value].total
    }
    let x = Axis(places: places)
    let y = Axis(covering: 0...Double(columns.values.max() ?? 1), intervals: 4)
    let heights = columns.sorted { $0.key < $1.key }.map { (place: $0.key, share: y.position(Double($0.value))) }
    let words = shares(counts, total)
    return """
      <figure class="chart"><figcaption><h3>Words added</h3><p>By the operations that the paper allows 10 to 20: \(words).\
      \(beyond(counts, places))</p></figcaption>
      <div class="plot low">\(Plot.verticalLabels(y))
      \(Plot.drawing([band(x), Plot.grid(across: y), Columns(heights: heights, tone: .evolved).marks(x)], label: "Words added: \(words)."))
      \(Plot.horizontalLabels(x))</div>
      <ul class="legend"><li class="key band">the paper's 10 to 20</li></ul></figure>

      """
  }

  private func band(_ x: Axis) -> HTML {
    let left = Plot.coordinate(x.position(Double(Self.asked.lowerBound) - 0.5))
    let right = Plot.coordinate(x.position(Double(Self.asked.upperBound) + 0.5))
    return "<path class=\"band\" d=\"M\(left) 0H\(right)V1000H\(left)Z\"/>\n"
  }

  /// `62.1 % within, 21.0 % fewer, 16.9 % more; 13.2 on average`
  private func shares(_ counts: [Int: Int], _ total: Int) -> String {
    func share(_ isMeant: (Int) -> Bool) -> String {
      NumberText.percent(Double(counts.filter { isMeant($0.key) }.values.total) / Double(total))
    }
    let mean = counts.reduce(0.0) { $0 + Double($1.key) * Double($1.value) } / Double(total)
    return "\(share(Self.asked.contains)) do, \(share { $0 < Self.asked.lowerBound }) add fewer, "
      + "\(share { $0 > Self.asked.upperBound }) more; \(NumberText.significant(mean)) on average"
  }

  private func beyond(_ counts: [Int: Int], _ places: ClosedRange<Int>) -> String {
    counts.keys.contains { !places.contains($0) }
      ? " What lies beyond the axis is counted at its ends." : ""
  }
}
