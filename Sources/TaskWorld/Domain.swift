/// What a task is about.
public enum Domain: String, CaseIterable, Codable, Sendable {
  /// What is known of single words: their plural, their kind, their letters.
  case words
  /// Arithmetic on a few small numbers.
  case numbers
  /// Order and choice in a list of words.
  case lists
  /// Days of a year of 365 days.
  case dates
  /// Amounts of time, length and weight.
  case units
  /// Two sets of words.
  case sets
  /// Things and their prices.
  case tables

  /// The step kinds that a plain task of the domain consists of, each alone.
  var common: [StepKind] {
    switch self {
    case .words: [.plurals, .lengths, .initials, .kinds]
    case .numbers: [.sum, .largest, .smallest, .add, .double, .above, .sort]
    case .lists: [.reverse, .sort, .first, .last, .drop, .longer, .count]
    case .dates: [.later, .earlier, .month, .dayNumber]
    case .units: [.convert, .add, .double]
    case .sets: [.union, .intersection, .difference]
    case .tables: [.items, .prices, .dearest, .cheapest, .dearer]
    }
  }

  /// The step kinds that only `Operation.breadth` starts a task with.
  var rare: [StepKind] {
    switch self {
    case .words: [.vowels, .rotate]
    case .numbers: [.evens, .range]
    case .lists: [.alternate, .rotate, .swapEnds]
    case .dates: [.season, .daysLeft]
    case .units: [.triple]
    case .sets: [.symmetricDifference]
    case .tables: [.byPrice]
    }
  }
}
