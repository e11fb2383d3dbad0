/// One or two curves over the steps of a run, as a figure: a plot that takes any width, whose letters keep their size.
///
/// The lines are SVG stretched to the room there is; ticks and labels are HTML beside it, so that they do not stretch.
struct Chart {
  let title: String
  /// What is measured, in what unit.
  let caption: String
  /// The measured values.
  let curve: Curve
  /// Whether a smooth line stands over the measured values.
  var isSmoothed = true
  /// Whether a value of 0 means that there is nothing.
  var startsAtZero = true
  /// A second curve of the same unit, measured now and then.
  var checks = Curve([])
  /// What the two are called, where there are two.
  var names = (curve: "", checks: "")

  /// Width and height of the drawing in its own units.
  private static let size = 1000.0
  /// Columns that the measured values are thinned to.
  private static let columns = 600

  private var smooth: Curve? {
    // Averaging over about a thirtieth of the run shows its course; a short run shows it by itself.
    isSmoothed && curve.points.count >= 20 ? curve.smoothed(radius: max(1, curve.points.count / 60)) : nil
  }

  var html: HTML {
    guard let first = curve.points.first, let last = curve.points.last else {
      return """
        <figure class="chart"><figcaption><h3>\(title)</h3><p>\(caption)</p></figcaption>
        <p class="empty">Nothing was measured.</p></figure>
        """
    }
    let smooth = smooth
    let x = Axis(stepsFrom: first.step...max(first.step, last.step))
    let y = Axis(covering: valueRange(smooth), startsAtZero: startsAtZero)
    let cut = highest.flatMap { y.isBelow($0.value) ? $0 : nil }
    let note = cut.map {
      ". The highest, \(NumberText.significant($0.value)) at step \(NumberText.integer($0.step)), is cut off"
    }
    return """
      <figure class="chart"><figcaption><h3>\(title)</h3><p>\(caption)\(note ?? "").</p></figcaption>
      <div class="plot">\(labels(y, side: "top"))
      <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label="\(summary(smooth))">
      <title>\(summary(smooth))</title>
      \(grid(y))
      <path class="\(smooth == nil ? "line" : "raw")" d="\(path(curve.thinned(columns: Self.columns), x, y))"/>
      \(overlays(smooth, x, y))</svg>\(labels(x, side: "left"))</div>
      \(legend(smooth))</figure>

      """
  }

  private var highest: Curve.Point? {
    [curve.highest, checks.highest].compactMap { $0 }.max { $0.value < $1.value }
  }

  /// What the value axis must cover: everything, but for the highest three in a hundred where these would flatten all the
  /// rest, as the first steps of a new model and spikes do. The caption says so then.
  private func valueRange(_ smooth: Curve?) -> ClosedRange<Double> {
    let low = [curve.lowest, checks.lowest].compactMap { $0?.value }.min() ?? 0
    let high = highest?.value ?? 1
    guard smooth != nil, let usual = curve.quantile(0.97) else { return low...high }
    // A third more, since noise reaches beyond what is usual.
    let needed = low + 4 / 3 * (max(usual, checks.quantile(0.97) ?? usual) - low)
    return low...(needed > low && high - low > 1.5 * (needed - low) ? needed : high)
  }

  // MARK: Drawing

  /// Coordinates with one decimal, a twentieth of a pixel on a wide screen.
  private static func coordinate(_ share: Double) -> String {
    let tenths = Int((share * size * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, tenth) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    return tenth == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(tenth)"
  }

  private func path(_ curve: Curve, _ x: Axis, _ y: Axis) -> String {
    curve.points.enumerated().reduce(into: "") { path, item in
      let (place, point) = item
      path += place == 0 ? "M" : place == 1 ? "L" : " "
      path += Self.coordinate(x.position(Double(point.step))) + " " + Self.coordinate(1 - y.position(point.value))
    }
  }

  /// A line that has no length and round ends is a dot, and stays round when the drawing is stretched.
  private func dots(_ curve: Curve, _ x: Axis, _ y: Axis) -> String {
    curve.points.reduce(into: "") { path, point in
      let (left, top) = (x.position(Double(point.step)), 1 - y.position(point.value))
      path += "M" + Self.coordinate(left) + " " + Self.coordinate(top) + "h0"
    }
  }

  private func overlays(_ smooth: Curve?, _ x: Axis, _ y: Axis) -> HTML {
    var overlays: [HTML] = []
    if let smooth { overlays.append("<path class=\"line\" d=\"\(path(smooth.sampled(Self.columns), x, y))\"/>\n") }
    if curve.points.count == 1 { overlays.append("<path class=\"dots\" d=\"\(dots(curve, x, y))\"/>\n") }
    if !checks.points.isEmpty {
      let checks = checks.thinned(columns: Self.columns)
      overlays.append("<path class=\"check\" d=\"\(path(checks, x, y))\"/>\n")
      if checks.points.count <= 60 { overlays.append("<path class=\"check dots\" d=\"\(dots(checks, x, y))\"/>\n") }
    }
    return HTML(joining: overlays)
  }

  private func grid(_ y: Axis) -> HTML {
    let path = y.ticks.reduce(into: "") { $0 += "M0 \(Self.coordinate(1 - y.position($1)))H1000" }
    return "<path class=\"grid\" d=\"\(path)\"/>"
  }

  private func labels(_ axis: Axis, side: String) -> HTML {
    let labels = zip(axis.ticks, axis.labels).map { tick, label -> HTML in
      let share = axis.position(tick)
      let percent = Self.coordinate((side == "top" ? 1 - share : share) / 10)
      return "<span style=\"\(side):\(percent)%\">\(label)</span>"
    }
    return "<div class=\"\(side == "top" ? "y" : "x")\" aria-hidden=\"true\">\(labels)</div>"
  }

  private func legend(_ smooth: Curve?) -> HTML {
    var items: [HTML] = []
    if smooth != nil {
      items.append("<li class=\"key\">\(names.curve.isEmpty ? "Smoothed" : names.curve + ", smoothed")</li>")
      items.append("<li class=\"key raw\">Each step</li>")
    } else if !names.curve.isEmpty {
      items.append("<li class=\"key\">\(names.curve)</li>")
    }
    if !checks.points.isEmpty { items.append("<li class=\"key check\">\(names.checks)</li>") }
    return items.isEmpty ? "" : "<ul class=\"legend\">\(items)</ul>"
  }

  // MARK: Words

  /// The curves in a sentence, for who does not see them.
  private func summary(_ smooth: Curve?) -> String {
    var sentences = [Self.course(smooth ?? curve, name: title)]
    if !checks.points.isEmpty { sentences.append(Self.course(checks, name: names.checks)) }
    return sentences.joined(separator: " ")
  }

  private static func course(_ curve: Curve, name: String) -> String {
    guard let first = curve.points.first, let last = curve.points.last, let lowest = curve.lowest,
      let highest = curve.highest
    else { return "\(name): nothing measured." }
    func at(_ point: Curve.Point) -> String {
      "\(NumberText.significant(point.value)) at step \(NumberText.integer(point.step))"
    }
    return "\(name): \(at(first)), \(at(last)); lowest \(at(lowest)), highest \(at(highest))."
  }
}
