extension Step {
  /// Ways to ask for the step, as imperatives in lower case without a full stop.
  ///
  /// - Parameter value: What the step is applied to.
  func phrases(on value: Value) -> [String] {
    switch value {
    case .words, .numbers: listPhrases ?? wordPhrases ?? numberPhrases(things: "each number")
    case .date: datePhrases
    case .amount(_, let unit):
      kind == .convert ? convertPhrases(from: unit) : numberPhrases(things: "the amount")
    case .sets: setPhrases
    case .table: tablePhrases
    }
  }

  /// `the first item`, `the first 2 items`.
  private func counted(_ place: String) -> String { amount == 1 ? "the \(place) item" : "the \(place) \(amount) items" }

  private var listPhrases: [String]? {
    switch kind {
    case .reverse: ["reverse the order", "put the items in reverse order", "turn the list around"]
    case .sort: ["sort the items", "put the items in order, smallest first", "arrange the items in rising order"]
    case .first: ["keep only \(counted("first"))", "take \(counted("first"))", "pick \(counted("first"))"]
    case .last: ["keep only \(counted("last"))", "take \(counted("last"))", "pick \(counted("last"))"]
    case .drop: ["leave out item \(amount)", "drop item \(amount)", "remove item \(amount)"]
    case .count: ["count the items", "say how many items there are", "find the number of items"]
    case .alternate:
      ["keep every second item, starting with the first", "take items 1, 3 and so on", "skip every other item"]
    case .rotate:
      ["move the first item to the end", "put the first item last", "send the item in front to the back"]
    case .swapEnds:
      ["swap the first and the last item", "exchange the two ends", "let the first and last item change places"]
    default: nil
    }
  }

  private var wordPhrases: [String]? {
    switch kind {
    case .plurals: ["write the plural of each word", "make each word plural", "turn each word into its plural"]
    case .lengths:
      ["count the letters of each word", "say how long each word is", "give the number of letters in each word"]
    case .initials:
      ["give the first letter of each word", "write only the first letters", "name each word's first letter"]
    case .kinds:
      ["name the kind of each thing", "say what sort of thing each is", "give the group each thing belongs to"]
    case .longer:
      [
        "keep the words with more than \(amount) letters", "pick the words longer than \(amount) letters",
        "leave out words with \(amount) letters or fewer",
      ]
    case .vowels:
      [
        "keep the words that start with a vowel", "pick the words whose first letter is a vowel",
        "leave out words that do not begin with a vowel",
      ]
    default: nil
    }
  }

  private func numberPhrases(things: String) -> [String] {
    switch kind {
    case .sum: ["add the numbers up", "find the sum", "work out the total"]
    case .largest: ["find the largest number", "pick the biggest number", "give the highest number"]
    case .smallest: ["find the smallest number", "pick the least number", "give the lowest number"]
    case .range:
      [
        "find the range from smallest to largest", "take the smallest from the largest",
        "say how far the largest is above the smallest",
      ]
    case .above:
      [
        "keep the numbers above \(amount)", "pick the numbers greater than \(amount)",
        "leave out numbers up to \(amount)",
      ]
    case .evens: ["keep the even numbers", "pick the even numbers", "leave out the odd numbers"]
    case .add: ["add \(amount) to \(things)", "raise \(things) by \(amount)", "increase \(things) by \(amount)"]
    case .double: ["double \(things)", "multiply \(things) by 2", "make \(things) twice as large"]
    case .triple: ["triple \(things)", "multiply \(things) by 3", "make \(things) three times as large"]
    default: []
    }
  }

  private var datePhrases: [String] {
    let days = amount == 1 ? "1 day" : "\(amount) days"
    return switch kind {
    case .later: ["go \(days) forward", "find the day \(days) later", "move \(days) ahead"]
    case .earlier: ["go \(days) back", "find the day \(days) earlier", "move back by \(days)"]
    case .month: ["name the month", "give only the month", "say which month it is in"]
    case .dayNumber: ["give the day of the month", "write only the day number", "say which day of the month it is"]
    case .season: ["name the season", "give the season of the year", "say which season it is in"]
    case .daysLeft:
      [
        "count the days left in the month", "say how many days of the month remain",
        "find the number of days until the month ends",
      ]
    default: []
    }
  }

  private func convertPhrases(from unit: Measure) -> [String] {
    guard let smaller = unit.smaller?.unit.plural else { return [] }
    return ["convert it to \(smaller)", "change it into \(smaller)", "express it in \(smaller)"]
  }

  private var setPhrases: [String] {
    switch kind {
    case .union: ["unite the two sets", "take all items of both sets", "join the sets without repeats"]
    case .intersection: ["take what both sets share", "find the items in both sets", "keep the common items"]
    case .difference:
      [
        "take what only the first set has", "remove the second set from the first",
        "keep items of the first set that the second lacks",
      ]
    case .symmetricDifference:
      [
        "take what is in just one of the sets", "find the items the sets do not share",
        "keep items of either set but not of both",
      ]
    default: []
    }
  }

  private var tablePhrases: [String] {
    switch kind {
    case .items: ["list the things", "name everything in the table", "write down the things alone"]
    case .prices: ["list the prices", "give the price column", "write down the prices alone"]
    case .dearest: ["name the dearest thing", "find what costs most", "pick the thing with the highest price"]
    case .cheapest: ["name the cheapest thing", "find what costs least", "pick the thing with the lowest price"]
    case .dearer:
      [
        "list things that cost more than \(amount)", "name what is dearer than \(amount)",
        "pick things with a price above \(amount)",
      ]
    case .byPrice:
      [
        "list the things from cheapest to dearest", "order the things by rising price",
        "name the things by price, lowest first",
      ]
    default: []
    }
  }
}
