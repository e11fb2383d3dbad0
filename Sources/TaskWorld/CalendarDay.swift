/// A day of a year of 365 days.
public struct CalendarDay: Hashable, Sendable {
  /// 0 is 1 January, 364 is 31 December.
  public let ordinal: Int

  static let months: [(name: String, days: Int)] = [
    ("January", 31), ("February", 28), ("March", 31), ("April", 30), ("May", 31), ("June", 30), ("July", 31),
    ("August", 31), ("September", 30), ("October", 31), ("November", 30), ("December", 31),
  ]

  init(ordinal: Int) { self.ordinal = (ordinal % 365 + 365) % 365 }

  /// - Parameters:
  ///   - month: From 0.
  ///   - day: From 1, in the month.
  init(month: Int, day: Int) {
    self.init(ordinal: Self.months[..<month].reduce(0) { $0 + $1.days } + day - 1)
  }

  /// The month, from 0, and the day in it, from 1.
  var parts: (month: Int, day: Int) {
    var rest = ordinal
    var month = 0
    while rest >= Self.months[month].days {
      rest -= Self.months[month].days
      month += 1
    }
    return (month, rest + 1)
  }

  var monthName: String { Self.months[parts.month].name }
  /// Days after this one in its month.
  var daysLeft: Int { Self.months[parts.month].days - parts.day }

  /// The season by whole months of the northern half of the earth: December begins the winter.
  var season: String { ["winter", "spring", "summer", "autumn"][(parts.month + 1) % 12 / 3] }

  func advanced(by days: Int) -> CalendarDay { CalendarDay(ordinal: ordinal + days) }

  /// `5 March`.
  var text: String { "\(parts.day) \(monthName)" }
}
