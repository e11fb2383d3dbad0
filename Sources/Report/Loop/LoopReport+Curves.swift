extension LoopReport {
  /// The losses of the arms in one chart, and how fast they learned.
  var curveSection: HTML {
    let trained = shownArms.filter { !$0.steps.isEmpty }
    guard !trained.isEmpty else { return "" }
    func lines(_ form: ChartLine.Form, _ value: (StepRow) -> Double?) -> [ChartLine] {
      trained.map { arm in
        let points = arm.steps.compactMap { row in value(row).map { Curve.Point(step: row.step, value: $0) } }
        return ChartLine(name: arm.kind.name, curve: Curve(points), tone: arm.kind.tone, form: form)
      }
    }
    var charts = [
      Chart(
        title: "Training loss", caption: "Nats a token, each arm on its own rows", lines: lines(.smoothed, \.loss),
        startsAtZero: false)
    ]
    let checks = lines(.dotted, \.evalLoss)
    if checks.contains(where: { !$0.isEmpty }) {
      charts.append(
        Chart(
          title: "Validation loss", caption: "Nats a token, each arm on rows kept from its own", lines: checks,
          startsAtZero: false))
    }
    charts.append(Chart(title: "Learning rate", caption: "Of each step", lines: lines(.plain, \.learningRate)))
    return "<section id=\"curves\"><h2>Curves</h2><div class=\"charts\">\(charts.map(\.html))</div></section>\n"
  }
}
