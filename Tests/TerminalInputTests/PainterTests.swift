import Testing

@testable import TerminalInput

@Suite struct PainterTests {
  private static let prompt = Prompt("> ", continuation: ". ")

  private func layout(_ text: String, cursor: Int? = nil, columns: Int) -> Layout {
    let characters = Array(text)
    return Layout(
      prompt: "> ", continuation: ". ", characters: characters, cursor: cursor ?? characters.count, columns: columns)
  }

  @Test(arguments: [
    ("abc", 3, ["> abc"], 0, 5),
    ("abcdefgh", 8, ["> abcdefgh"], 1, 0),  // a full row: the cursor stands in the next one
    ("abcdefghi", 9, ["> abcdefgh", "i"], 1, 1),
    ("abcdefghi", 8, ["> abcdefgh", "i"], 1, 0),
    ("abcdefg日", 7, ["> abcdefg", "日"], 1, 0),  // a wide character does not fit into the last column
    ("日本語日本", 5, ["> 日本語日", "本"], 1, 2),
    ("a\nb", 1, ["> a", ". b"], 0, 3),
    ("a\n", 2, ["> a", "."], 1, 2),
    ("a\tb", 3, ["> a    b"], 0, 8),
    ("abcdefgh\nx", 8, ["> abcdefgh", "", ". x"], 1, 0),
  ])
  func rowsAreWhatTheTerminalShows(text: String, cursor: Int, lines: [String], row: Int, column: Int) {
    var painter = Painter(isStyled: true)
    var screen = Screen(columns: 10, height: 6)
    screen.show(painter.paint(layout(text, cursor: cursor, columns: 10), height: 6))
    #expect(screen.lines == lines)
    #expect(screen.row == row && screen.column == column)
    #expect(screen.strange.isEmpty)
  }

  /// Random editing: after each key the screen shows the text and the cursor, whatever it showed before, and what was
  /// above the line is untouched.
  @Test(arguments: [(80, 24), (20, 10), (7, 30), (4, 40)])
  func editingIsDrawnRight(columns: Int, height: Int) throws {
    let keys: [Key] = [
      .text("a"), .text("bc "), .text("日"), .text("😀"), .text("\u{301}"), .newline, .paste("x\n\ty"), .left, .left,
      .right,
      .home, .end, .wordLeft, .backspace, .delete, .control("w"), .control("k"), .control("y"), .up, .down,
    ]
    var state: UInt64 = UInt64(columns)
    var session = EditingSession(Self.prompt, InputHistory(["earlier"]), afterInterrupt: false, isStyled: true)
    var screen = Screen(columns: columns, height: height)
    screen.show("top\r\n")
    for step in 0..<600 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if session.layout(columns: columns).rows.count > height - 3 {
        session.editor.endSearch(with: EditBuffer())
      } else {
        _ = session.editor.handle(keys[Int(state >> 33) % keys.count])
      }
      let wanted = session.layout(columns: columns)
      screen.show(session.painter.paint(wanted, height: height))
      guard wanted.rows.count < height else { continue }
      var lines = ["top"] + wanted.rows.map { ($0.lead + $0.text).replacing(/\ +$/, with: "") }
      while lines.last == "" { lines.removeLast() }
      try #require(screen.lines == lines, "step \(step)")
      try #require(screen.row == wanted.cursorRow + 1 && screen.column == wanted.cursorColumn, "step \(step)")
    }
    #expect(screen.strange.isEmpty)
  }

  @Test func aTextHigherThanTheScreenIsShownAroundTheCursor() {
    let text = (1...20).map(String.init).joined(separator: "\n")
    var painter = Painter(isStyled: false)
    var screen = Screen(columns: 10, height: 5)
    screen.show(painter.paint(layout(text, columns: 10), height: 5))
    #expect(screen.lines == [". 16", ". 17", ". 18", ". 19", ". 20"])
    screen.show(painter.paint(layout(text, cursor: 0, columns: 10), height: 5))
    #expect(screen.lines == ["> 1", ". 2", ". 3", ". 4", ". 5"])
    #expect(screen.row == 0 && screen.column == 2)
    // When it is entered all of it goes by.
    screen.show(painter.finish(layout(text, cursor: 0, columns: 10)))
    #expect(screen.lines == [". 17", ". 18", ". 19", ". 20"])
    #expect(screen.row == 4 && screen.column == 0)
  }

  @Test func aPlaceholderGoesWithTheFirstKey() {
    var painter = Painter(isStyled: true)
    var screen = Screen(columns: 10, height: 5)
    screen.show(painter.paint(layout("", columns: 10), placeholder: "ask something", height: 5))
    #expect(screen.lines == ["> ask som"])
    #expect(screen.column == 2)
    screen.show(painter.paint(layout("x", columns: 10), height: 5))
    #expect(screen.lines == ["> x"])
  }

  @Test func withoutStylesThereAreNone() {
    var painter = Painter(isStyled: false)
    #expect(!painter.paint(layout("x", columns: 10), placeholder: "y", height: 5).contains("m"))
  }
}
