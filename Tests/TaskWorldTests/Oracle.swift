import Foundation

/// The world's meaning once more, slowly and from the stored form of a task: it knows names and numbers, no types of
/// the module it checks.
struct Oracle {
  /// A thing on the way to the answer: all lists are lists of text.
  private struct State {
    var kind: String
    var items: [String] = []
    /// Of sets: the second one.
    var others: [String] = []
    /// Of tables: the prices.
    var prices: [Int] = []
    /// The unit of an amount, or the thing that numbers count.
    var unit = ""
  }

  private let task: [String: Any]

  init(_ encoded: String) throws {
    guard let task = try JSONSerialization.jsonObject(with: Data(encoded.utf8)) as? [String: Any] else {
      throw CocoaError(.coderInvalidValue)
    }
    self.task = task
  }

  private func list(_ key: String) -> [[String: Any]] { task[key] as? [[String: Any]] ?? [] }

  /// The answer, by the sentences of the specification taken one by one.
  var answer: String {
    var state = input
    for step in list("steps") { state = after(step["kind"] as! String, step["amount"] as! Int, state) }
    let constraints = Dictionary(
      uniqueKeysWithValues: list("constraints").map { ($0["kind"] as! String, $0["amount"] as! Int) })
    var shown = state
    if let most = constraints["atMost"] {
      while shown.items.count > most { shown.items.removeLast() }
    }
    var reply = layout(texts(shown), constraints)
    for probe in task["probes"] as? [String] ?? [] { reply += "; " + self.probe(probe, shown) }
    if let word = constraints["prefix"] { reply = ["Answer: ", "Result: ", "So: "][word] + reply }
    if let word = constraints["ending"] { reply += [" done", " end", " thanks"][word] }
    return reply
  }

  private var input: State {
    let input = task["input"] as! [String: Any]
    if let words = input["words"] as? [String] { return State(kind: "words", items: words) }
    if let numbers = input["numbers"] as? [Int] {
      return State(kind: "numbers", items: numbers.map(String.init), unit: input["of"] as? String ?? "")
    }
    if let day = input["date"] as? Int { return State(kind: "date", items: [String(day)]) }
    if let amount = input["amount"] as? [String: Any] {
      return State(kind: "amount", items: [String(amount["count"] as! Int)], unit: amount["unit"] as! String)
    }
    if let sets = input["sets"] as? [[String]] { return State(kind: "sets", items: sets[0], others: sets[1]) }
    let rows = input["table"] as! [[String: Any]]
    return State(
      kind: "table", items: rows.map { $0["item"] as! String }, prices: rows.map { $0["price"] as! Int })
  }

  // MARK: Steps

  private func after(_ step: String, _ n: Int, _ state: State) -> State {
    switch state.kind {
    case "sets": State(kind: "words", items: combined(step, state.items, state.others))
    case "table": table(step, n, state)
    case "date": date(step, n, Int(state.items[0])!)
    case "amount" where step == "convert":
      smaller(Int(state.items[0])!, state.unit)
    default: listed(step, n, state)
    }
  }

  private func combined(_ step: String, _ a: [String], _ b: [String]) -> [String] {
    var all = a
    for word in b where !a.contains(word) { all.append(word) }
    return all.filter { word in
      switch (step, a.contains(word), b.contains(word)) {
      case ("union", _, _), ("intersection", true, true), ("difference", true, false): true
      case ("symmetricDifference", let inA, let inB): inA != inB
      default: false
      }
    }
  }

  private func table(_ step: String, _ n: Int, _ state: State) -> State {
    let rising = state.prices.sorted().map { price in state.items[state.prices.firstIndex(of: price)!] }
    switch step {
    case "items": return State(kind: "words", items: state.items)
    case "prices": return State(kind: "numbers", items: state.prices.map(String.init))
    case "byPrice": return State(kind: "words", items: rising)
    case "dearest": return State(kind: "words", items: [rising.last!])
    case "cheapest": return State(kind: "words", items: [rising.first!])
    default:
      return State(kind: "words", items: state.items.indices.filter { state.prices[$0] > n }.map { state.items[$0] })
    }
  }

  private static let calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: "UTC")!
    return calendar
  }()

  /// Month (from 1) and day of the ordinal day in 2023, which has 365 days; days beyond it are taken round.
  private func parts(_ ordinal: Int) -> (month: Int, day: Int) {
    let first = DateComponents(year: 2023, month: 1, day: 1 + (ordinal + 730) % 365)
    let day = Self.calendar.dateComponents([.month, .day], from: Self.calendar.date(from: first)!)
    return (day.month!, day.day!)
  }

  private let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  private func season(_ month: Int) -> String {
    switch month {
    case 3, 4, 5: "spring"
    case 6, 7, 8: "summer"
    case 9, 10, 11: "autumn"
    default: "winter"
    }
  }

  private func date(_ step: String, _ n: Int, _ day: Int) -> State {
    let (month, number) = parts(day)
    switch step {
    case "later": return State(kind: "date", items: [String((day + n) % 365)])
    case "earlier": return State(kind: "date", items: [String((day + 365 - n) % 365)])
    case "month": return State(kind: "words", items: [months[month - 1]])
    case "season": return State(kind: "words", items: [season(month)])
    case "dayNumber": return State(kind: "numbers", items: [String(number)])
    default:
      var left = 0
      while parts(day + left + 1).month == month { left += 1 }
      return State(kind: "numbers", items: [String(left)])
    }
  }

  private func smaller(_ count: Int, _ unit: String) -> State {
    let rule: [String: (String, Int)] = [
      "week": ("day", 7), "day": ("hour", 24), "hour": ("minute", 60), "kilometre": ("metre", 1000),
      "metre": ("centimetre", 100), "kilogram": ("gram", 1000),
    ]
    let (name, factor) = rule[unit]!
    return State(kind: "amount", items: [String(count * factor)], unit: name)
  }

  private func listed(_ step: String, _ n: Int, _ state: State) -> State {
    var next = state
    let items = state.items
    let numbers = items.compactMap { Int($0) }
    func one(_ number: Int) -> [String] { [String(number)] }
    switch step {
    case "reverse": next.items = items.indices.map { items[items.count - 1 - $0] }
    case "sort": next.items = state.kind == "words" ? items.sorted() : numbers.sorted().map(String.init)
    case "first": next.items = items.indices.filter { $0 < n }.map { items[$0] }
    case "last": next.items = items.indices.filter { $0 >= items.count - n }.map { items[$0] }
    case "drop": next.items.remove(at: n - 1)
    case "alternate": next.items = items.indices.filter { $0 % 2 == 0 }.map { items[$0] }
    case "rotate": next.items.append(next.items.removeFirst())
    case "swapEnds": next.items.swapAt(0, items.count - 1)
    case "count": next = State(kind: "numbers", items: one(items.count))
    case "plurals": next.items = items.map(plural)
    case "kinds": next.items = items.map(group)
    case "lengths": next = State(kind: "numbers", items: items.map { String(Array($0).count) })
    case "initials": next.items = items.map { String(Array($0)[0]) }
    case "longer": next.items = items.filter { Array($0).count >= n + 1 }
    case "vowels": next.items = items.filter { ["a", "e", "i", "o", "u"].contains(String(Array($0)[0])) }
    case "sum": next.items = one(numbers.reduce(0) { $0 + $1 })
    case "largest": next.items = one(numbers.sorted().last!)
    case "smallest": next.items = one(numbers.sorted().first!)
    case "range": next.items = one(numbers.sorted().last! - numbers.sorted().first!)
    case "add": next.items = numbers.map { String($0 + n) }
    case "double": next.items = numbers.map { String($0 + $0) }
    case "triple": next.items = numbers.map { String($0 + $0 + $0) }
    case "above": next.items = numbers.filter { $0 >= n + 1 }.map(String.init)
    default: next.items = numbers.filter { $0 % 2 == 0 }.map(String.init)
    }
    return next
  }

  private func plural(_ word: String) -> String {
    if word.hasSuffix("s") { return word + "es" }
    return word.hasSuffix("vy") ? String(word.dropLast()) + "ies" : word + "s"
  }

  private func group(_ word: String) -> String {
    let groups = [
      "animal cat dog horse cow bird", "fruit apple pear plum lemon orange", "tool hammer saw rope nail ladder",
      "toy ball doll kite puzzle drum", "vehicle car boat train truck plane", "shape circle square star ring cube",
      "plant rose oak grass ivy tulip", "room kitchen hall attic office garage",
    ].map { $0.components(separatedBy: " ") }
    let found = groups.first { $0.contains { $0 == word || plural($0) == word } }
    return found?[0] ?? ""
  }

  // MARK: Writing

  private func texts(_ state: State) -> [String] {
    state.items.map { item in
      switch state.kind {
      case "date":
        let (month, day) = parts(Int(item)!)
        return "\(day) \(months[month - 1])"
      case "amount": return item + " " + state.unit + (item == "1" ? "" : "s")
      case "numbers" where !state.unit.isEmpty: return item + " " + (item == "1" ? state.unit : plural(state.unit))
      default: return item
      }
    }
  }

  private func layout(_ items: [String], _ constraints: [String: Int]) -> String {
    let items = constraints["capitals"] == nil ? items : items.map { $0.uppercased() }
    var text = ""
    for (place, item) in items.enumerated() {
      if constraints["json"] != nil {
        let isNumber = item.allSatisfy { "0123456789".contains($0) }
        text += (place == 0 ? "" : ", ") + (isNumber ? item : "\"" + item + "\"")
      } else if constraints["numbered"] != nil {
        text += (place == 0 ? "" : " ") + "\(place + 1)) " + item
      } else {
        let separator = constraints["separator"].map { [" and ", " / ", " - ", " then "][$0] } ?? ", "
        text += (place == 0 ? "" : separator) + item
      }
    }
    if constraints["json"] != nil { text = "[" + text + "]" }
    return constraints["brackets"] == nil ? text : "(" + text + ")"
  }

  private func probe(_ probe: String, _ shown: State) -> String {
    let items = texts(shown)
    switch probe {
    case "count": return String(items.count)
    case "first": return items.first!
    case "last": return items.last!
    case "kind": return group(shown.items[0])
    case "total": return String(shown.items.map { Int($0)! }.reduce(0, +))
    case "parity": return Int(shown.items[0])! % 2 == 0 ? "even" : "odd"
    case "nextMonth": return months[parts(Int(shown.items[0])!).month % 12]
    default: return season(parts(Int(shown.items[0])!).month)
    }
  }
}
