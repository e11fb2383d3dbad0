import Foundation

/// A range of numbers with marks at round ones.
struct Axis: Equatable {
  let range: ClosedRange<Double>
  let ticks: [Double]
  /// What stands at the ticks.
  let labels: [String]

  /// An axis that covers `values`, from tick to tick, with about `count` intervals.
  ///
  /// - Parameter startsAtZero: Whether it starts at 0 unless the values use so little of it that nothing would be seen;
  ///   right for what has a natural 0.
  ///
  /// The ticks are multiples of 1, 2, 2.5 or 5 times a power of ten (after Heckbert, "Nice numbers for graph labels",
  /// Graphics Gems, 1990).
  init(covering values: ClosedRange<Double>, startsAtZero: Bool = true, intervals count: Int = 5) {
    let values = Self.widened(values, startsAtZero)
    let step = Self.niceStep((values.upperBound - values.lowerBound) / Double(count))
    let first = (values.lowerBound / step + 1e-9).rounded(.down)
    let last = (values.upperBound / step - 1e-9).rounded(.up)
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    range = ticks[0]...ticks[ticks.count - 1]
    labels = Self.labels(ticks, step: step)
  }

  /// An axis that ends where `values` end, with ticks at whole numbers inside.
  init(stepsFrom values: ClosedRange<Int>, intervals count: Int = 5) {
    let bounds = values.lowerBound < values.upperBound ? values : values.lowerBound...(values.lowerBound + 1)
    let step = max(1, Int(Self.niceStep(Double(bounds.upperBound - bounds.lowerBound) / Double(count)).rounded(.up)))
    let first = (bounds.lowerBound + step - 1) / step * step
    let marks = Array(stride(from: first, through: bounds.upperBound, by: step))
    range = Double(bounds.lowerBound)...Double(bounds.upperBound)
    ticks = marks.map(Double.init)
    labels = marks.map(NumberText.integer)
  }

  /// An axis with a place for each of some whole numbers, half a place more on both sides, and about `count` labels.
  init(places: ClosedRange<Int>, labels count: Int = 10) {
    let width = Double(places.upperBound - places.lowerBound + 1)
    let step = max(1, Int(Self.niceStep(width / Double(count)).rounded(.up)))
    let marks = places.filter { $0 % step == 0 }
    range = Double(places.lowerBound) - 0.5...Double(places.upperBound) + 0.5
    ticks = marks.map(Double.init)
    labels = marks.map { $0 < 0 ? "−\(-$0)" : "\($0)" }
  }

  /// The place of `value` as a share of the axis, from 0 at its lower end to 1 at its upper. What lies beyond is put at
  /// most one axis away, so that the drawing's numbers stay small.
  func position(_ value: Double) -> Double {
    min(2, max(-1, (value - range.lowerBound) / (range.upperBound - range.lowerBound)))
  }

  /// Whether `value` lies above the axis, by more than rounding does.
  func isBelow(_ value: Double) -> Bool { position(value) > 1 + 1e-9 }

  /// A range of some width.
  private static func widened(_ values: ClosedRange<Double>, _ startsAtZero: Bool) -> ClosedRange<Double> {
    let (low, high) = (values.lowerBound, values.upperBound)
    // No wider than rounding: ticks could not be told apart.
    if high - low <= max(1e-12 * max(abs(low), abs(high)), 1e-300) {
      return abs(low) <= 1e-300 ? 0...1 : min(0, 2 * low)...max(0, 2 * high)
    }
    return startsAtZero && low > 0 && high - low > high / 3 ? 0...high : values
  }

  /// The smallest round number that is not below `width`.
  private static func niceStep(_ width: Double) -> Double {
    let power = pow(10, log10(width).rounded(.down))
    let step = [1, 2, 2.5, 5].first { width <= $0 * power * (1 + 1e-9) } ?? 10
    return step * power
  }

  /// Labels with as many digits as tell the ticks apart, the same for all.
  private static func labels(_ ticks: [Double], step: Double) -> [String] {
    let largest = ticks.map { abs($0) }.max() ?? 1
    if largest < 1e-3 || largest >= 1e7 { return ticks.map(scientific) }
    let decimals = (0...9).first { place in
      let scaled = step * pow(10, Double(place))
      return abs(scaled - scaled.rounded()) <= 1e-6 * scaled
    }
    return ticks.map { NumberText.grouped(String(format: "%.\(decimals ?? 9)f", $0 == 0 ? 0 : $0)) }
  }

  /// `2.5e-5`, without zeros that say nothing.
  private static func scientific(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    let parts = String(format: "%.3e", value).split(separator: "e")
    var mantissa = parts[0]
    while mantissa.hasSuffix("0") { mantissa.removeLast() }
    if mantissa.hasSuffix(".") { mantissa.removeLast() }
    return "\(mantissa)e\(Int(parts[1]) ?? 0)"
  }
}
