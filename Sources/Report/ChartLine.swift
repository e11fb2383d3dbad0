/// One of the lines of a chart.
struct ChartLine {
  enum Form {
    /// The values, faint, under a smooth line, where there are enough of them.
    case smoothed
    /// The values as they are.
    case plain
    /// Values that were measured now and then: each is a dot.
    case dotted
  }

  /// What it is called; may be empty where it is the only one.
  let name: String
  let curve: Curve
  var tone = Tone.main
  var form = Form.smoothed

  /// Columns that the values are thinned to.
  private static let columns = 600

  /// The course of the values without their noise; nil where none is drawn.
  var smooth: Curve? {
    // Averaging over about a thirtieth of the run shows its course; a short run shows it by itself.
    form == .smoothed && curve.points.count >= 20 ? curve.smoothed(radius: max(1, curve.points.count / 60)) : nil
  }

  /// Whether there is anything to draw.
  var isEmpty: Bool { curve.points.isEmpty }

  /// What lies below the smooth lines of all.
  func ground(_ x: Axis, _ y: Axis) -> HTML {
    smooth == nil ? "" : path("raw", curve.thinned(columns: Self.columns), x, y)
  }

  /// The line itself.
  func drawn(_ x: Axis, _ y: Axis) -> HTML {
    if let smooth { return path("line", smooth.sampled(Self.columns), x, y) }
    let curve = curve.thinned(columns: Self.columns)
    let isDotted = curve.points.count == 1 || form == .dotted && curve.points.count <= 60
    return HTML(joining: [path("line", curve, x, y), isDotted ? dots(curve, x, y) : ""])
  }

  private func path(_ kind: String, _ curve: Curve, _ x: Axis, _ y: Axis) -> HTML {
    let path = curve.points.enumerated().reduce(into: "") { path, item in
      let (place, point) = item
      path += place == 0 ? "M" : place == 1 ? "L" : " "
      path +=
        Plot.coordinate(x.position(Double(point.step))) + " " + Plot.coordinate(1 - y.position(point.value))
    }
    return "<path class=\"\(kind) \(tone.rawValue)\" d=\"\(path)\"/>\n"
  }

  /// A line that has no length and round ends is a dot, and stays round when the drawing is stretched.
  private func dots(_ curve: Curve, _ x: Axis, _ y: Axis) -> HTML {
    let path = curve.points.reduce(into: "") { path, point in
      let (left, top) = (x.position(Double(point.step)), 1 - y.position(point.value))
      path += "M" + Plot.coordinate(left) + " " + Plot.coordinate(top) + "h0"
    }
    return "<path class=\"dots \(tone.rawValue)\" d=\"\(path)\"/>\n"
  }

  /// The line in a sentence, for who does not see it.
  var summary: String {
    let curve = smooth ?? curve
    guard let first = curve.points.first, let last = curve.points.last, let lowest = curve.lowest,
      let highest = curve.highest
    else { return "nothing measured." }
    func at(_ point: Curve.Point) -> String {
      "\(NumberText.significant(point.value)) at step \(NumberText.integer(point.step))"
    }
    return "\(at(first)), \(at(last)); lowest \(at(lowest)), highest \(at(highest))."
  }
}
