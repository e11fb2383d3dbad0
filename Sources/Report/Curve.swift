/// Measured values over the steps, in the order of the steps. Values that are not finite are left out, and so are values
/// and steps beyond any that a run can have, whose sums and differences no number can hold.
struct Curve {
  struct Point: Equatable {
    let step: Int
    let value: Double
  }

  let points: [Point]

  init(_ points: some Sequence<Point>) {
    self.points = points.filter { abs($0.value) <= 1e100 && $0.step.magnitude <= 1 << 53 }
  }

  /// At most `2 · columns` points that look the same when they are drawn `columns` wide: of each column the lowest and the
  /// highest, so that no spike is lost, and the first and the last of all.
  func thinned(columns: Int) -> Curve {
    guard points.count > 2 * columns, let first = points.first, let last = points.last else { return self }
    var kept = [first]
    let inner = points.dropFirst().dropLast()
    for column in 0..<(columns - 1) {
      let start = inner.startIndex + inner.count * column / (columns - 1)
      let end = inner.startIndex + inner.count * (column + 1) / (columns - 1)
      guard start < end else { continue }
      let lowest = (start..<end).min { points[$0].value < points[$1].value } ?? start
      let highest = (start..<end).max { points[$0].value < points[$1].value } ?? start
      kept.append(points[min(lowest, highest)])
      if lowest != highest { kept.append(points[max(lowest, highest)]) }
    }
    return Curve(kept + [last])
  }

  /// At most `count` points evenly spread, the first and the last among them; right for what is smooth.
  func sampled(_ count: Int) -> Curve {
    guard points.count > count, count > 1 else { return self }
    return Curve((0..<count).map { points[$0 * (points.count - 1) / (count - 1)] })
  }

  /// A mean over the neighbours of each point, twice, so that near ones count for more. It keeps the first value: while
  /// a loss falls steeply, what comes later must not pull its start down.
  func smoothed(radius: Int) -> Curve {
    radius < 1 ? self : averaged(radius).averaged(radius)
  }

  private func averaged(_ radius: Int) -> Curve {
    var sums = [0.0]
    sums.reserveCapacity(points.count + 1)
    for point in points { sums.append(sums[sums.count - 1] + point.value) }
    return Curve(
      points.indices.map { place in
        let reach = min(radius, place)
        let end = min(points.count - 1, place + reach)
        let mean = (sums[end + 1] - sums[place - reach]) / Double(end + 1 - (place - reach))
        return Point(step: points[place].step, value: mean)
      })
  }

  /// The lowest value with its step.
  var lowest: Point? { points.min { $0.value < $1.value } }
  var highest: Point? { points.max { $0.value < $1.value } }

  /// The value that the share `share` of all values does not exceed.
  func quantile(_ share: Double) -> Double? {
    guard !points.isEmpty else { return nil }
    let sorted = points.map(\.value).sorted()
    return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
  }
}
