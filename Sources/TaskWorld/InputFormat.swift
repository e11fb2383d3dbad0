/// How a task shows its input.
public enum InputFormat: String, CaseIterable, Codable, Sendable {
  case plain, json, xml, sql, python, html, shell

  /// The formats of `Operation.complicateInput`: those of the paper.
  static let complex = allCases.filter { $0 != .plain }

  /// What the format is called where a task names it.
  var name: String {
    switch self {
    case .plain: "text"
    case .json: "JSON object"
    case .xml: "XML document"
    case .sql: "SQL statement"
    case .python: "Python code"
    case .html: "HTML page"
    case .shell: "shell command"
    }
  }

  /// The input in this format.
  func text(_ fields: [Field]) -> String {
    switch self {
    case .plain: fields.map(\.plain).joined(separator: "; ")
    case .json:
      "{" + fields.map { "\"\($0.name)\": \($0.literal)" }.joined(separator: ", ") + "}"
    case .xml:
      "<data>"
        + fields.map { field in field.values.map { "<\(field.name)>\($0.text)</\(field.name)>" }.joined() }.joined()
        + "</data>"
    case .sql: fields.map { "INSERT INTO \($0.name) VALUES \($0.sqlRows);" }.joined(separator: " ")
    case .python: fields.map { "\($0.name) = \($0.literal)" }.joined(separator: "; ")
    case .html:
      fields.map { "<ul id=\"\($0.name)\">" + $0.values.map { "<li>\($0.text)</li>" }.joined() + "</ul>" }.joined()
    case .shell:
      fields.map { "\($0.name)=\"" + $0.values.map(\.text).joined(separator: ",") + "\"" }.joined(separator: "; ")
    }
  }
}

/// A named part of an input, as the formats show it.
struct Field {
  /// One thing in a field. Its text is letters, digits and blanks: no format needs to escape it.
  enum Entry {
    case word(String)
    case number(Int)
    /// A thing and its price.
    case row(Value.Row)

    var text: String {
      switch self {
      case .word(let word): word
      case .number(let number): String(number)
      case .row(let row): "\(row.item) \(row.price)"
      }
    }

    /// As JSON and Python write it; SQL has other quotes.
    func literal(quote: String = "\"", list: (open: String, close: String) = ("[", "]")) -> String {
      switch self {
      case .word(let word): quote + word + quote
      case .number(let number): String(number)
      case .row(let row): "\(list.open)\(quote)\(row.item)\(quote), \(row.price)\(list.close)"
      }
    }
  }

  let name: String
  let values: [Entry]
  /// Whether the field is one value and not a list of one.
  var isSingle = false

  var literal: String {
    isSingle ? values[0].literal() : "[" + values.map { $0.literal() }.joined(separator: ", ") + "]"
  }

  var plain: String { values.map(\.text).joined(separator: ", ") }

  var sqlRows: String {
    values.map { value in
      let literal = value.literal(quote: "'", list: ("(", ")"))
      if case .row = value { return literal }
      return "(\(literal))"
    }.joined(separator: ", ")
  }

  /// The parts of an input.
  ///
  /// - Parameter isVague: Whether a date or an amount is put in general terms (see `Vague`).
  static func fields(of value: Value, isVague: Bool) -> [Field] {
    switch value {
    case .words(let words): [Field(name: "items", values: words.map(Entry.word))]
    case .numbers(let numbers, let thing):
      [Field(name: thing.flatMap(Lexicon.plural) ?? "numbers", values: numbers.map(Entry.number))]
    case .date(let day):
      [Field(name: "date", values: [.word((isVague ? Vague.text(day) : nil) ?? day.text)], isSingle: true)]
    case .amount(let count, let unit):
      [
        Field(
          name: unit.plural,
          values: [(isVague ? Vague.count(count) : nil).map(Entry.word) ?? .number(count)], isSingle: true)
      ]
    case .sets(let first, let second):
      [Field(name: "first", values: first.map(Entry.word)), Field(name: "second", values: second.map(Entry.word))]
    case .table(let rows): [Field(name: "prices", values: rows.map(Entry.row))]
    }
  }
}
