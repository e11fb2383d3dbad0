/// Curves over the steps of a run, as a figure: a plot that takes any width, whose letters keep their size.
struct Chart {
  let title: String
  /// What is measured, in what unit.
  let caption: String
  /// What is drawn, what matters most last; all of one unit.
  let lines: [ChartLine]
  /// Whether a value of 0 means that there is nothing.
  var startsAtZero = true

  var html: HTML {
    let lines = lines.filter { !$0.isEmpty }
    guard !lines.isEmpty else {
      return """
        <figure class="chart"><figcaption><h3>\(title)</h3><p>\(caption).</p></figcaption>
        <p class="empty">Nothing was measured.</p></figure>

        """
    }
    let x = Axis(stepsFrom: Self.steps(lines))
    let y = Axis(covering: Self.values(lines), startsAtZero: startsAtZero)
    let marks = [Plot.grid(across: y)] + lines.map { $0.ground(x, y) } + lines.map { $0.drawn(x, y) }
    return """
      <figure class="chart"><figcaption><h3>\(title)</h3><p>\(caption)\(Self.cut(lines, y)).</p></figcaption>
      <div class="plot">\(Plot.verticalLabels(y))
      \(Plot.drawing(marks, label: summary(lines)))\(Plot.horizontalLabels(x))</div>
      \(Self.legend(lines))</figure>

      """
  }

  private static func steps(_ lines: [ChartLine]) -> ClosedRange<Int> {
    let first = lines.compactMap(\.curve.points.first?.step).min() ?? 0
    return first...max(first, lines.compactMap(\.curve.points.last?.step).max() ?? first)
  }

  private static func highest(_ lines: [ChartLine]) -> Curve.Point? {
    lines.compactMap(\.curve.highest).max { $0.value < $1.value }
  }

  /// What the value axis must cover: everything, but for the highest three in a hundred where these would flatten all the
  /// rest, as the first steps of a new model and spikes do. The caption says so then.
  private static func values(_ lines: [ChartLine]) -> ClosedRange<Double> {
    let low = lines.compactMap { $0.curve.lowest?.value }.min() ?? 0
    let high = highest(lines)?.value ?? 1
    guard lines.contains(where: { $0.smooth != nil }),
      let usual = lines.compactMap({ $0.curve.quantile(0.97) }).max()
    else { return low...high }
    // A third more, since noise reaches beyond what is usual.
    let needed = low + 4 / 3 * (usual - low)
    return low...(needed > low && high - low > 1.5 * (needed - low) ? needed : high)
  }

  // MARK: Words

  /// What the caption says of values beyond the axis.
  private static func cut(_ lines: [ChartLine], _ y: Axis) -> String {
    guard let highest = highest(lines), y.isBelow(highest.value) else { return "" }
    return
      ". The highest, \(NumberText.significant(highest.value)) at step \(NumberText.integer(highest.step)), is cut off"
  }

  private func summary(_ lines: [ChartLine]) -> String {
    let sentences = lines.map { $0.name.isEmpty ? $0.summary : "\($0.name) \($0.summary)" }
    return "\(title): \(sentences.joined(separator: " "))"
  }

  private static func legend(_ lines: [ChartLine]) -> HTML {
    let smoothed = lines.filter { $0.smooth != nil }
    var items = lines.compactMap { line -> HTML? in
      let isOnlySmoothed = line.smooth != nil && smoothed.count == 1
      if line.name.isEmpty && !isOnlySmoothed { return nil }
      let name = line.name.isEmpty ? "Smoothed" : isOnlySmoothed ? "\(line.name), smoothed" : line.name
      return "<li class=\"key \(line.tone.rawValue)\">\(name)</li>"
    }
    if smoothed.count == 1 {
      items.append("<li class=\"key raw \(smoothed[0].tone.rawValue)\">Each step</li>")
    } else if smoothed.count > 1 {
      items.append("<li>Smoothed; faint: each step</li>")
    }
    return items.isEmpty ? "" : "<ul class=\"legend\">\(items)</ul>"
  }
}
