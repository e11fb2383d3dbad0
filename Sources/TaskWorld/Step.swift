/// What a step does. Its name in a stored task is its raw value.
public enum StepKind: String, CaseIterable, Codable, Sendable {
  // Lists of words or numbers
  case reverse, sort, first, last, drop, count, alternate, rotate, swapEnds
  // Words
  case plurals, lengths, initials, kinds, longer, vowels
  // Numbers
  case sum, largest, smallest, range, above, evens
  // Numbers and amounts
  case add, double, triple
  // Dates
  case later, earlier, month, dayNumber, season, daysLeft
  // Amounts
  case convert
  // Sets
  case union, intersection, difference, symmetricDifference
  // Tables
  case items, prices, dearest, cheapest, dearer, byPrice

  /// What `Step.amount` may be; `0...0` where the step has none.
  var amounts: ClosedRange<Int> {
    switch self {
    case .first, .last: 1...3
    case .drop: 1...4
    case .longer: 3...5
    case .above, .dearer: 2...19
    case .add: 1...9
    case .later, .earlier: 1...14
    default: 0...0
    }
  }
}

/// One step from a value to the next.
public struct Step: Hashable, Codable, Sendable {
  /// What it does.
  public let kind: StepKind
  /// How many, where the kind asks for it: items, days, letters, what is added.
  public let amount: Int

  /// - Parameter amount: Where it is not in `kind.amounts`, no task takes the step.
  public init(_ kind: StepKind, _ amount: Int = 0) {
    self.kind = kind
    self.amount = amount
  }

  /// The value after the step; `nil` where the step cannot be done on such a value or leaves nothing.
  func apply(to value: Value) -> Value? {
    guard kind.amounts.contains(amount) else { return nil }
    let result: Value? =
      switch value {
      case .words(let words):
        (listStep(words) { $0 < $1 }).map { .words($0) } ?? wordStep(words)
      case .numbers(let numbers, let thing):
        (listStep(numbers) { $0 < $1 }).map { .numbers($0, of: thing) } ?? numberStep(numbers, thing)
      case .date(let day): dateStep(day)
      case .amount(let count, let unit): amountStep(count, unit)
      case .sets(let first, let second): setStep(first, second)
      case .table(let rows): tableStep(rows)
      }
    return result.flatMap { $0.isPresentable ? $0 : nil }
  }

  /// What any list can undergo; `nil` also where fewer than two items leave nothing to do.
  private func listStep<Item>(_ items: [Item], _ precedes: (Item, Item) -> Bool) -> [Item]? {
    guard items.count >= 2 else { return nil }
    return switch kind {
    case .reverse: items.reversed()
    case .sort: items.sorted(by: precedes)
    case .first: amount < items.count ? Array(items.prefix(amount)) : nil
    case .last: amount < items.count ? Array(items.suffix(amount)) : nil
    case .drop: amount <= items.count ? Array(items[..<(amount - 1)] + items[amount...]) : nil
    case .alternate: items.count >= 3 ? stride(from: 0, to: items.count, by: 2).map { items[$0] } : nil
    case .rotate: Array(items[1...]) + [items[0]]
    case .swapEnds: [items[items.count - 1]] + items[1..<(items.count - 1)] + [items[0]]
    default: nil
    }
  }

  private func wordStep(_ words: [String]) -> Value? {
    switch kind {
    case .count: words.count >= 2 ? .numbers([words.count], of: nil) : nil
    case .plurals: mapped(words) { Lexicon.plural($0) }
    case .kinds: mapped(words) { Lexicon.kind(of: $0) }
    case .lengths: .numbers(words.map(\.count), of: nil)
    case .initials: words.contains { $0.count == 1 } ? nil : .words(words.map { String($0.prefix(1)) })
    case .longer: .words(words.filter { $0.count > amount })
    case .vowels: .words(words.filter { "aeiou".contains($0.prefix(1)) })
    default: nil
    }
  }

  /// The words, each looked up; `nil` where one is not found.
  private func mapped(_ words: [String], _ look: (String) -> String?) -> Value? {
    let found = words.compactMap(look)
    return found.count == words.count ? .words(found) : nil
  }

  private func numberStep(_ numbers: [Int], _ thing: String?) -> Value? {
    func one(_ number: Int?) -> Value? {
      numbers.count >= 2 ? number.map { .numbers([$0], of: thing) } : nil
    }
    return switch kind {
    case .count: numbers.count >= 2 ? .numbers([numbers.count], of: nil) : nil
    case .sum: one(numbers.reduce(0, +))
    case .largest: one(numbers.max())
    case .smallest: one(numbers.min())
    case .range: one((numbers.max() ?? 0) - (numbers.min() ?? 0))
    case .add: .numbers(numbers.map { $0 + amount }, of: thing)
    case .double: .numbers(numbers.map { $0 * 2 }, of: thing)
    case .triple: .numbers(numbers.map { $0 * 3 }, of: thing)
    case .above: .numbers(numbers.filter { $0 > amount }, of: thing)
    case .evens: .numbers(numbers.filter { $0.isMultiple(of: 2) }, of: thing)
    default: nil
    }
  }

  private func dateStep(_ day: CalendarDay) -> Value? {
    switch kind {
    case .later: .date(day.advanced(by: amount))
    case .earlier: .date(day.advanced(by: -amount))
    case .month: .words([day.monthName])
    case .dayNumber: .numbers([day.parts.day], of: nil)
    case .season: .words([day.season])
    case .daysLeft: .numbers([day.daysLeft], of: nil)
    default: nil
    }
  }

  private func amountStep(_ count: Int, _ unit: Measure) -> Value? {
    switch kind {
    case .convert: unit.smaller.map { .amount(count * $0.factor, $0.unit) }
    case .add: .amount(count + amount, unit)
    case .double: .amount(count * 2, unit)
    case .triple: .amount(count * 3, unit)
    default: nil
    }
  }

  private func setStep(_ first: [String], _ second: [String]) -> Value? {
    switch kind {
    case .union: .words(first + second.filter { !first.contains($0) })
    case .intersection: .words(first.filter { second.contains($0) })
    case .difference: .words(first.filter { !second.contains($0) })
    case .symmetricDifference:
      .words(first.filter { !second.contains($0) } + second.filter { !first.contains($0) })
    default: nil
    }
  }

  private func tableStep(_ rows: [Value.Row]) -> Value? {
    switch kind {
    case .items: .words(rows.map(\.item))
    case .prices: .numbers(rows.map(\.price), of: nil)
    case .dearest: rows.max { $0.price < $1.price }.map { .words([$0.item]) }
    case .cheapest: rows.min { $0.price < $1.price }.map { .words([$0.item]) }
    case .dearer: .words(rows.filter { $0.price > amount }.map(\.item))
    case .byPrice: .words(rows.sorted { $0.price < $1.price }.map(\.item))
    default: nil
    }
  }
}
