/// A unit of time, length or weight.
public enum Measure: String, CaseIterable, Codable, Sendable {
  case week, day, hour, minute
  case kilometre, metre, centimetre
  case kilogram, gram

  /// The next smaller unit, and how many of it make one.
  var smaller: (unit: Measure, factor: Int)? {
    switch self {
    case .week: (.day, 7)
    case .day: (.hour, 24)
    case .hour: (.minute, 60)
    case .kilometre: (.metre, 1000)
    case .metre: (.centimetre, 100)
    case .kilogram: (.gram, 1000)
    case .minute, .centimetre, .gram: nil
    }
  }

  var plural: String { rawValue + "s" }

  /// `1 hour`, `3 hours`.
  func text(_ count: Int) -> String { "\(count) \(count == 1 ? rawValue : plural)" }
}
