/// Dates and amounts in general terms that still have one meaning: what `Operation.concretize` replaces.
enum Vague {
  /// The days of a month that have a name.
  static let days = [1, 15]
  /// The counts that have a name.
  static let counts = [2, 6, 12]

  /// `the start of March`; `nil` for days without a name.
  static func text(_ day: CalendarDay) -> String? {
    switch day.parts.day {
    case 1: "the start of \(day.monthName)"
    case 15: "the middle of \(day.monthName)"
    default: nil
    }
  }

  /// `a dozen`; `nil` for counts without a name.
  static func count(_ count: Int) -> String? {
    switch count {
    case 2: "a couple of"
    case 6: "half a dozen"
    case 12: "a dozen"
    default: nil
    }
  }

  /// Whether `value` has a name.
  static func covers(_ value: Value) -> Bool {
    switch value {
    case .date(let day): text(day) != nil
    case .amount(let count, _): Self.count(count) != nil
    default: false
    }
  }
}
