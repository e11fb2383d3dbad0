import Formats

/// A value of a recipe with its whole path: reading it gives the value or an error that names place and path.
struct RecipeField {
  let path: String
  let value: SourceValue
  /// The paths of all keys that the document knows, for hints.
  var places: [String] = []

  func error(_ kind: RecipeError.Kind, _ problem: String) -> RecipeError {
    RecipeError(kind, at: value.place, field: path, problem)
  }

  private func mismatch(_ wanted: String) -> RecipeError {
    error(.wrongType, "expected \(wanted), found \(value.description)")
  }

  /// The members of a mapping, each with its whole path; none where nothing stands behind the key.
  func members() throws(RecipeError) -> [(member: SourceValue.Member, field: RecipeField)] {
    if value.isNull { return [] }
    guard case .mapping(let members) = value.content else { throw mismatch("a mapping (key: value)") }
    return members.map { member in
      let name = printable(member.key)
      return (
        member, RecipeField(path: path.isEmpty ? name : path + "." + name, value: member.value, places: places)
      )
    }
  }

  func list() throws(RecipeError) -> [RecipeField] {
    guard case .list(let elements) = value.content else { throw mismatch("a list, such as [a, b]") }
    return elements.enumerated().map { RecipeField(path: "\(path)[\($0.offset)]", value: $0.element) }
  }

  /// A text that is neither a number nor `true`, `false` or `null`, unless it is quoted.
  func text() throws(RecipeError) -> String {
    guard case .scalar(let text, _) = value.content else { throw mismatch("a text") }
    guard !value.isNull else { throw mismatch("a text") }
    guard value.flag == nil, value.number == nil else {
      throw error(.wrongType, "expected a text, found \(value.description); put it in quotes if it is meant as a text")
    }
    return text
  }

  func flag() throws(RecipeError) -> Bool {
    guard let flag = value.flag else { throw mismatch("true or false") }
    return flag
  }

  func number() throws(RecipeError) -> Double {
    guard let number = value.number else { throw mismatch("a number") }
    return number
  }

  /// An integer, also one written `1e3` or `500.0`.
  func integer<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(RecipeError) -> Number {
    guard case .scalar(let text, _) = value.content, let number = value.number else { throw mismatch("an integer") }
    if let exact = Number(text) ?? Number(exactly: number) { return exact }
    guard number.rounded() == number else { throw mismatch("an integer") }
    throw error(.invalid, "is \(text); allowed are \(Number.min) to \(Number.max)")
  }

  /// One of the words of `Choice`.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ type: Choice.Type = Choice.self
  ) throws(RecipeError) -> Choice {
    let words = Choice.allCases.map(\.rawValue)
    let wanted = words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
    guard case .scalar(let text, _) = value.content, !value.isNull else { throw mismatch(wanted) }
    guard let choice = Choice(rawValue: text) else {
      let hint = nearest(to: text, among: words).map { "; did you mean \($0)?" } ?? ""
      throw error(.invalid, "expected \(wanted), found \(value.description)\(hint)")
    }
    return choice
  }
}
