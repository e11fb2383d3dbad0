/// How the values of one type are read from a field, checked and written back.
struct ValueKind<Value>: Sendable {
  let read: @Sendable (RecipeField) throws(RecipeError) -> Value
  let write: @Sendable (Value) -> CanonicalValue
}

extension ValueKind where Value == String {
  /// The path of a file or folder.
  static let path = ValueKind { (field) throws(RecipeError) in
    let path = try field.text()
    guard !path.isEmpty, !path.contains("\0") else { throw field.error(.invalid, "is no path") }
    return path
  } write: {
    .text($0)
  }

  /// A text that says something.
  static let sentence = ValueKind { (field) throws(RecipeError) in
    let text = try field.text()
    guard text.contains(where: { !$0.isWhitespace }) else { throw field.error(.invalid, "is empty") }
    return text
  } write: {
    .text($0)
  }
}

extension ValueKind where Value == Bool {
  static let flag = ValueKind { (field) throws(RecipeError) in
    try field.flag()
  } write: {
    .literal("\($0)")
  }
}

extension ValueKind where Value: FixedWidthInteger & Sendable {
  static func integer(_ range: ClosedRange<Value>) -> ValueKind {
    ValueKind { (field) throws(RecipeError) in
      let value = try field.integer(Value.self)
      guard range.contains(value) else {
        throw field.error(.invalid, "is \(value); allowed are \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    } write: {
      .literal("\($0)")
    }
  }
}

extension ValueKind where Value == Int {
  /// How often, how many: at least 1.
  static let count = integer(1...1_000_000_000)
  /// At least 0.
  static let countOrZero = integer(0...1_000_000_000)
  /// A dimension of a model.
  static let dimension = integer(1...1_048_576)
}

extension ValueKind where Value == Double {
  /// A finite number that satisfies `isAllowed`, which `rule` says in words.
  private static func number(_ rule: String, _ isAllowed: @escaping @Sendable (Double) -> Bool) -> ValueKind {
    ValueKind { (field) throws(RecipeError) in
      let value = try field.number()
      guard value.isFinite, isAllowed(value) else { throw field.error(.invalid, "is \(value); must be \(rule)") }
      return value
    } write: {
      .number($0)
    }
  }

  static let positive = number("a finite number above 0") { $0 > 0 }
  static let positiveOrZero = number("a finite number, 0 or above") { $0 >= 0 }
  /// A part of a whole that is never all of it.
  static let share = number("at least 0 and below 1") { $0 >= 0 && $0 < 1 }
  /// A part of a whole, up to all of it.
  static let part = number("more than 0 and at most 1") { $0 > 0 && $0 <= 1 }
}

extension ValueKind where Value: RawRepresentable<String> & CaseIterable & Sendable {
  static var choice: ValueKind {
    ValueKind { (field) throws(RecipeError) in
      try field.choice()
    } write: {
      .text($0.rawValue)
    }
  }
}

extension ValueKind {
  /// The same, or `null` for nil.
  static func optional<Wrapped: Sendable>(_ kind: ValueKind<Wrapped>) -> ValueKind where Value == Wrapped? {
    ValueKind { (field) throws(RecipeError) in
      field.value.isNull ? nil : try kind.read(field)
    } write: { value in
      value.map(kind.write) ?? .literal("null")
    }
  }

  /// A list of such.
  static func list<Element: Sendable>(
    _ kind: ValueKind<Element>, atLeast least: Int = 0
  ) -> ValueKind where Value == [Element] {
    ValueKind { (field) throws(RecipeError) in
      var elements: [Element] = []
      for inner in try field.list() { elements.append(try kind.read(inner)) }
      guard elements.count >= least else { throw field.error(.invalid, "is empty; at least \(least) must be named") }
      return elements
    } write: {
      .list($0.map(kind.write))
    }
  }
}

extension ValueKind where Value == [String] {
  /// A text, or a list of them.
  static func texts(atLeast least: Int = 0) -> ValueKind {
    ValueKind { (field) throws(RecipeError) in
      if case .scalar = field.value.content { return [try ValueKind<String>.sentence.read(field)] }
      return try ValueKind.list(.sentence, atLeast: least).read(field)
    } write: { texts in
      texts.count == 1 ? .text(texts[0]) : .list(texts.map { .text($0) })
    }
  }
}

extension ValueKind where Value == Recipe.Targets {
  static let targets = ValueKind { (field) throws(RecipeError) in
    let modules = ValueKind<[Recipe.Module]>.list(.choice, atLeast: 1)
    if case .list = field.value.content {
      let chosen = try modules.read(field)
      guard Set(chosen).count == chosen.count else { throw field.error(.invalid, "names a module twice") }
      return .modules(chosen)
    }
    guard case .scalar("all", _) = field.value.content else {
      let names = Recipe.Module.allCases.map(\.rawValue).joined(separator: ", ")
      throw field.error(.wrongType, "expected `all` or a list of \(names); found \(field.value.description)")
    }
    return .all
  } write: { targets in
    switch targets {
    case .all: .text("all")
    case .modules(let modules): .list(modules.map { .text($0.rawValue) })
    }
  }
}
