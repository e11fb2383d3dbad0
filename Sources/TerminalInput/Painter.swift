/// How text is set off on a terminal.
public enum TextStyle: Sendable {
  case bold, dim

  /// `text` in this style: ECMA-48's "select graphic rendition".
  public func applied(to text: String) -> String {
    text.isEmpty ? "" : "\u{1B}[\(self == .bold ? 1 : 2)m\(text)\u{1B}[0m"
  }
}

/// Draws a line that is being edited over what it drew before, and knows where it left the terminal's cursor.
struct Painter {
  /// Whether the terminal is to show styles.
  let isStyled: Bool
  /// The row of the terminal's cursor, counted from the first row drawn.
  private var cursorRow = 0

  init(isStyled: Bool) { self.isStyled = isStyled }

  /// Bytes that replace what was drawn.
  ///
  /// - Parameters:
  ///   - placeholder: Shown after the text, and after the cursor.
  ///   - height: Rows of the terminal. Where the text has more, those around the cursor are shown.
  mutating func paint(_ layout: Layout, placeholder: String = "", height: Int) -> String {
    let height = max(height, 1)
    let first = max(0, min(layout.cursorRow - height / 2, layout.rows.count - height))
    let shown = layout.rows[first..<min(first + height, layout.rows.count)]
    var output = erase()
    output += text(of: shown, columns: layout.columns)
    if shown.count == 1, let row = shown.first, !placeholder.isEmpty {
      output += styled(clipped(placeholder, to: layout.columns - row.width - 1), .dim)
    }
    cursorRow = layout.cursorRow - first
    output += up(shown.count - 1 - cursorRow) + "\r"
    if layout.cursorColumn > 0 { output += "\u{1B}[\(layout.cursorColumn)C" }
    return output
  }

  /// Bytes that show the whole text and leave the cursor below it, with nothing left to replace.
  mutating func finish(_ layout: Layout) -> String {
    defer { cursorRow = 0 }
    var rows = layout.rows[...]
    // The row that only the cursor stood in.
    if rows.count > 1, let last = rows.last, last.isWrapped, last.text.isEmpty { rows.removeLast() }
    return erase() + text(of: rows, columns: layout.columns) + "\r\n"
  }

  /// Says that the terminal was laid out anew, with the cursor in this row of the text: what it does itself when its
  /// width changes.
  mutating func assume(cursorRow row: Int) { cursorRow = row }

  /// Back to where drawing began, all below it gone.
  private mutating func erase() -> String { "\r" + up(cursorRow) + "\u{1B}[J" }

  private func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }

  private func text(of rows: ArraySlice<Layout.Row>, columns: Int) -> String {
    var output = ""
    var filled = 0
    for (place, row) in rows.enumerated() {
      // A full row flows into the next one by itself, so that the terminal knows both for one line and copies it as one.
      let flows = row.isWrapped && filled == columns && !row.text.isEmpty
      if place > 0 && !flows { output += "\r\n" }
      output += styled(row.lead, .bold) + row.text
      filled = row.width
    }
    return output
  }

  private func styled(_ text: String, _ style: TextStyle) -> String { isStyled ? style.applied(to: text) : text }

  private func clipped(_ text: String, to columns: Int) -> String {
    var (result, width) = ("", 0)
    for character in text {
      width += DisplayWidth.of(character)
      if width > columns { break }
      result.append(character)
    }
    return result
  }
}
