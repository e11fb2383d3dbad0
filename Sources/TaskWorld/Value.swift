/// What steps work on: an input, or what becomes of it on the way to the answer.
public enum Value: Hashable, Sendable {
  case words([String])
  /// Numbers, of things where the things are named (in the singular).
  case numbers([Int], of: String?)
  case date(CalendarDay)
  case amount(Int, Measure)
  case sets([String], [String])
  case table([Row])

  /// A thing and its price.
  public struct Row: Hashable, Codable, Sendable {
    /// In the singular.
    public let item: String
    /// In no currency.
    public let price: Int

    public init(item: String, price: Int) {
      self.item = item
      self.price = price
    }
  }

  /// The parts an answer lists. Sets and tables are inputs alone, never answers: they have none.
  var items: [String] {
    switch self {
    case .words(let words): words
    case .numbers(let numbers, nil): numbers.map(String.init)
    case .numbers(let numbers, let thing?): numbers.map { Self.count($0, of: thing) }
    case .date(let day): [day.text]
    case .amount(let count, let unit): [unit.text(count)]
    case .sets, .table: []
    }
  }

  private static func count(_ number: Int, of thing: String) -> String {
    "\(number) \(number == 1 ? thing : Lexicon.plural(thing) ?? thing)"
  }

  /// Whether an answer may hold it: nothing empty, nothing negative, nothing with more than 5 digits.
  var isPresentable: Bool {
    switch self {
    case .words(let words): !words.isEmpty
    case .numbers(let numbers, _): !numbers.isEmpty && numbers.allSatisfy { (0...99_999).contains($0) }
    case .date: true
    case .amount(let count, _): (0...99_999).contains(count)
    case .sets(let first, let second): !first.isEmpty && !second.isEmpty
    case .table(let rows): !rows.isEmpty
    }
  }

  /// Whether a task may start from it: words of the lexicon, none twice where order or membership counts, at most 6 of
  /// anything, numbers from 1 to 60.
  var isInput: Bool {
    func areNouns(_ words: [String]) -> Bool {
      (1...6).contains(words.count) && Set(words).count == words.count && words.allSatisfy { Lexicon.plural($0) != nil }
    }
    return switch self {
    case .words(let words): areNouns(words)
    case .numbers(let numbers, let thing):
      (1...6).contains(numbers.count) && numbers.allSatisfy { (1...60).contains($0) }
        && thing.map { Lexicon.plural($0) != nil } ?? true
    case .date: true
    case .amount(let count, _): (1...60).contains(count)
    case .sets(let first, let second): areNouns(first) && areNouns(second)
    case .table(let rows):
      areNouns(rows.map(\.item)) && rows.allSatisfy { (1...60).contains($0.price) }
        && Set(rows.map(\.price)).count == rows.count
    }
  }
}
