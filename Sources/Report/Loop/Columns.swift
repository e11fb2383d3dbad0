/// The columns of a histogram.
struct Columns {
  /// A place on the axis, and a share of the height of the drawing.
  let heights: [(place: Int, share: Double)]
  let tone: Tone

  /// All of them in one path, each with a little room at its sides.
  func marks(_ axis: Axis) -> HTML {
    let path = heights.reduce(into: "") { path, column in
      guard column.share > 0 else { return }
      let left = Plot.coordinate(axis.position(Double(column.place) - 0.42))
      let right = Plot.coordinate(axis.position(Double(column.place) + 0.42))
      path += "M\(left) 1000V\(Plot.coordinate(1 - column.share))H\(right)V1000Z"
    }
    return "<path class=\"column \(tone.rawValue)\" d=\"\(path)\"/>\n"
  }
}
