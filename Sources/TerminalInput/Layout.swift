/// What stands before a line that is being typed.
public struct Prompt: Equatable, Sendable {
  public var text: String
  /// What stands before each further line of the same text.
  public var continuation: String
  /// Shown while nothing is typed.
  public var placeholder: String

  public init(_ text: String, continuation: String, placeholder: String = "") {
    self.text = text
    self.continuation = continuation
    self.placeholder = placeholder
  }
}

/// Text in rows of a terminal: what is on each row, and where the cursor is.
struct Layout: Equatable {
  struct Row: Equatable {
    /// The prompt of this row; empty where it goes on with a line that the row above was too short for.
    var lead = ""
    var text = ""
    /// Columns of both.
    var width = 0
    /// Whether the row above was too short.
    var isWrapped = false
  }

  private(set) var rows: [Row]
  private(set) var cursorRow = 0
  private(set) var cursorColumn = 0
  let columns: Int

  /// - Parameters:
  ///   - cursor: How many of `characters` stand before the cursor.
  ///   - columns: Width of the terminal.
  init(prompt: String, continuation: String, characters: [Character], cursor: Int, columns: Int) {
    // Narrower than this nothing sensible can be shown, and a wide character must find its place.
    self.columns = max(columns, 4)
    rows = []
    begin(lead: prompt)
    for (place, character) in characters.enumerated() {
      if place == cursor { markCursor(for: character == "\n" ? 0 : DisplayWidth.of(character)) }
      if character == "\n" {
        begin(lead: continuation)
      } else {
        append(character == "\t" ? DisplayWidth.tab : String(character), width: DisplayWidth.of(character))
      }
    }
    if cursor >= characters.count { markCursor(for: 1) }
  }

  /// Starts a line. A prompt that leaves no room is cut to what fits half the row.
  private mutating func begin(lead: String) {
    var row = Row()
    for character in lead where row.width + DisplayWidth.of(character) <= columns - 2 {
      row.lead.append(character)
      row.width += DisplayWidth.of(character)
    }
    rows.append(row)
  }

  private mutating func append(_ text: String, width: Int) {
    if rows[rows.count - 1].width + width > columns { rows.append(Row(isWrapped: true)) }
    rows[rows.count - 1].text += text
    rows[rows.count - 1].width += width
  }

  /// The cursor stands where a character of `width` would be written next.
  private mutating func markCursor(for width: Int) {
    if rows[rows.count - 1].width + max(width, 1) > columns {
      // A row of its own is there already or is about to come; at the end of the text it has to be made.
      cursorRow = rows.count
      cursorColumn = 0
      if width <= 1 { rows.append(Row(isWrapped: true)) }
    } else {
      cursorRow = rows.count - 1
      cursorColumn = rows[rows.count - 1].width
    }
  }
}
