/// One text of a prompt set: its file, what it must have places for, and the words that the project ships.
struct PromptTemplate: Sendable {
  /// A place in a template, written `{name}`.
  enum Place: String, CaseIterable {
    case prompt, method, format, first, second
  }

  /// The names of the templates; the files are called so with `.txt` behind.
  enum Name: String, CaseIterable {
    case inDepth = "in_depth"
    case addConstraints = "add_constraints"
    case deepening
    case concretizing
    case increaseReasoning = "increase_reasoning"
    case complicateInput = "complicate_input"
    case breadth
    case judge
    case answer
    case rate

    /// The places that a template must have.
    var places: Set<Place> {
      switch self {
      case .inDepth: [.method, .prompt]
      case .addConstraints, .deepening, .concretizing, .increaseReasoning: []
      case .complicateInput: [.format, .prompt]
      case .breadth, .answer, .rate: [.prompt]
      case .judge: [.first, .second]
      }
    }
  }

  let text: String

  /// The text with its places filled, in one pass: a prompt that itself says `{method}` keeps it.
  func filled(_ values: [Place: String]) -> String {
    var result = ""
    var rest = Substring(text)
    while let brace = rest.firstIndex(of: "{") {
      result += rest[..<brace]
      rest = rest[brace...]
      if let end = rest.firstIndex(of: "}"), let place = Place(rawValue: String(rest[rest.index(after: brace)..<end])),
        let value = values[place]
      {
        result += value
        rest = rest[rest.index(after: end)...]
      } else {
        result += "{"
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  /// The places that the text has.
  var places: Set<Place> { Set(Place.allCases.filter { text.contains("{\($0.rawValue)}") }) }
}
