/// What all drawings share. They are SVG stretched to the room there is; ticks and labels are HTML beside it, so that
/// letters keep their size, and strokes keep their width.
enum Plot {
  /// Width and height of a drawing in its own units.
  static let size = 1000.0

  /// A share of the drawing as a coordinate with one decimal, a twentieth of a pixel on a wide screen.
  static func coordinate(_ share: Double) -> String {
    let tenths = Int((share * size * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, tenth) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    return tenth == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(tenth)"
  }

  /// The opening tag of a drawing.
  ///
  /// - Parameter label: What it shows, for who does not see it; without one it is passed over in silence, since the same
  ///   stands in words beside it.
  static func drawing(_ marks: [HTML], label: String = "") -> HTML {
    let role: HTML =
      label.isEmpty ? "aria-hidden=\"true\"" : "role=\"img\" aria-label=\"\(label)\""
    let title: HTML = label.isEmpty ? "" : "<title>\(label)</title>\n"
    return "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" \(role)>\n\(title)\(marks)</svg>"
  }

  /// Straight lines at the ticks of an axis, across the drawing.
  static func grid(across axis: Axis) -> HTML {
    let path = axis.ticks.reduce(into: "") { $0 += "M0 \(coordinate(1 - axis.position($1)))H1000" }
    return "<path class=\"grid\" d=\"\(path)\"/>\n"
  }

  /// Straight lines at the ticks of an axis, down the drawing.
  static func grid(down axis: Axis) -> HTML {
    let path = axis.ticks.reduce(into: "") { $0 += "M\(coordinate(axis.position($1))) 0V1000" }
    return "<path class=\"grid\" d=\"\(path)\"/>\n"
  }

  /// The labels at the ticks of a vertical axis.
  static func verticalLabels(_ axis: Axis) -> HTML {
    let labels = zip(axis.ticks, axis.labels).map { tick, label -> HTML in
      "<span style=\"top:\(coordinate((1 - axis.position(tick)) / 10))%\">\(label)</span>"
    }
    return "<div class=\"y\" aria-hidden=\"true\">\(labels)</div>"
  }

  /// The labels at the ticks of a horizontal axis, each with its unit.
  static func horizontalLabels(_ axis: Axis, unit: String = "") -> HTML {
    let labels = zip(axis.ticks, axis.labels).map { tick, label -> HTML in
      "<span style=\"left:\(coordinate(axis.position(tick) / 10))%\">\(label)\(unit)</span>"
    }
    return "<div class=\"x\" aria-hidden=\"true\">\(labels)</div>"
  }
}
