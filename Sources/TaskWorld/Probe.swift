/// A further question about the result; its answer follows the result after a semicolon.
public enum Probe: String, CaseIterable, Codable, Sendable {
  /// How many items the result has.
  case count
  /// The first of several items.
  case first
  /// The last of several items.
  case last
  /// The kind of the first thing.
  case kind
  /// The sum of several numbers.
  case total
  /// Whether a number or an amount is even or odd.
  case parity
  /// The month after the date's.
  case nextMonth
  /// The season of the date.
  case season

  /// What is to be answered; `nil` where the question makes no sense for `result`.
  ///
  /// - Parameter result: What the steps gave, of which the answer shows the first `shown` items.
  func answer(about result: Value, shown: Int) -> String? {
    let items = Array(result.items.prefix(shown))
    switch (self, result) {
    case (.count, .words), (.count, .numbers): return items.count >= 2 ? String(items.count) : nil
    case (.first, .words), (.first, .numbers): return items.count >= 2 ? items[0] : nil
    case (.last, .words), (.last, .numbers): return items.count >= 2 ? items[items.count - 1] : nil
    case (.kind, .words(let words)): return words.first.flatMap { Lexicon.kind(of: $0) }
    case (.total, .numbers(let numbers, _)):
      return items.count >= 2 ? String(numbers.prefix(shown).reduce(0, +)) : nil
    case (.parity, .numbers(let numbers, _)):
      return numbers.count == 1 ? (numbers[0].isMultiple(of: 2) ? "even" : "odd") : nil
    case (.parity, .amount(let count, _)): return count.isMultiple(of: 2) ? "even" : "odd"
    case (.nextMonth, .date(let day)): return CalendarDay.months[(day.parts.month + 1) % 12].name
    case (.season, .date(let day)): return day.season
    default: return nil
    }
  }

  /// Ways to ask it, as imperatives in lower case without a full stop.
  var phrases: [String] {
    switch self {
    case .count:
      ["also say how many items that makes", "add how many items you gave", "tell how many items there are as well"]
    case .first: ["also repeat the first item", "add which item comes first", "tell which item is in front as well"]
    case .last: ["also repeat the last item", "add which item comes last", "tell which item is at the end as well"]
    case .kind:
      [
        "also name the kind of the first thing", "add what sort of thing comes first",
        "tell the group of the first one as well",
      ]
    case .total: ["also give the total of the numbers", "add what the numbers sum up to", "tell the sum as well"]
    case .parity:
      ["also say whether it is even or odd", "add if that is odd or even", "tell if it is an even number as well"]
    case .nextMonth: ["also name the month after it", "add which month comes next", "tell the following month as well"]
    case .season: ["also name the season of that day", "add which season that is", "tell the season as well"]
    }
  }
}
