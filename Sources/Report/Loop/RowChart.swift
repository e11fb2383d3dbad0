/// Rows below each other over one axis, each with a name, a drawing and values in words.
struct RowChart {
  struct Row {
    let name: HTML
    /// A row is so many lines high.
    let lanes: Int
    let marks: [HTML]
    /// One a lane.
    let values: [HTML]
  }

  let axis: Axis
  /// What stands after the numbers of the axis.
  var unit = ""
  let rows: [Row]

  var html: HTML {
    let grid = Plot.grid(down: axis)
    let rows = rows.map { row -> HTML in
      let values = row.values.map { value -> HTML in "<span>\(value)</span>" }
      return """
        <li style="--lanes:\(row.lanes)"><div class="name">\(row.name)</div><div class="lanes">\(Plot.drawing([grid] + row.marks))</div>
        <div class="values">\(values)</div></li>

        """
    }
    return """
      <ul class="rows">
      \(rows)<li class="axis" aria-hidden="true"><div class="lanes">\(Plot.horizontalLabels(axis, unit: unit))</div></li>
      </ul>

      """
  }

  /// How far down its row a lane lies, as a share; there is a quarter of a lane of room above the first and below the
  /// last.
  static func place(_ lane: Int, of lanes: Int) -> Double { (Double(lane) + 0.75) / (Double(lanes) + 0.5) }

  /// A horizontal bar.
  static func bar(_ kind: String, from start: Double, to end: Double, on axis: Axis, lane: Int, of lanes: Int) -> HTML {
    let (left, right) = (Plot.coordinate(axis.position(start)), Plot.coordinate(axis.position(end)))
    return "<path class=\"\(kind)\" d=\"M\(left) \(Plot.coordinate(place(lane, of: lanes)))H\(right)\"/>\n"
  }
}
