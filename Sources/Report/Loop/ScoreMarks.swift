/// A score as it is drawn: a dot with a line over its interval, and for a share a bar up to it.
struct ScoreMarks {
  let score: LoopReport.Score
  let measure: LoopReport.Measure
  let tone: Tone
  let axis: Axis
  let lane: Int
  let lanes: Int

  var html: [HTML] {
    guard score.isMeasured else { return [] }
    let middle = RowChart.place(lane, of: lanes)
    let (y, x) = (Plot.coordinate(middle), Plot.coordinate(position(score.value)))
    var marks: [HTML] = []
    if measure == .accuracy { marks.append("<path class=\"fill \(tone.rawValue)\" d=\"M0 \(y)H\(x)\"/>\n") }
    if let interval = score.interval {
      let (left, right) = (position(interval.lowerBound), position(interval.upperBound))
      let reach = 0.17 / (Double(lanes) + 0.5)
      let (top, bottom) = (Plot.coordinate(middle - reach), Plot.coordinate(middle + reach))
      let (low, high) = (Plot.coordinate(left), Plot.coordinate(right))
      marks.append(
        "<path class=\"whisker \(tone.rawValue)\" d=\"M\(low) \(y)H\(high)M\(low) \(top)V\(bottom)M\(high) \(top)V\(bottom)\"/>\n"
      )
    }
    marks.append("<path class=\"dots \(tone.rawValue)\" d=\"M\(x) \(y)h0\"/>\n")
    return marks
  }

  private func position(_ value: Double) -> Double { axis.position(measure.scaled(value)) }
}
