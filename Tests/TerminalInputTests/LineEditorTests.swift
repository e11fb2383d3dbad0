import Testing

@testable import TerminalInput

/// An editor after some keys.
private func editor(
  _ keys: Key..., history: [String] = []
) -> LineEditor {
  var editor = LineEditor(history: InputHistory(history))
  for key in keys { _ = editor.handle(key) }
  return editor
}

/// The text with `|` where the cursor is.
private func shown(_ editor: LineEditor) -> String {
  let characters = Array(editor.text)
  return String(characters[..<editor.cursor]) + "|" + String(characters[editor.cursor...])
}

@Suite struct LineEditorTests {
  @Test(arguments: [
    ([Key.text("ac"), .left, .text("b")], "ab|c"),
    ([.text("日本"), .left, .backspace], "|本"),
    ([.text("abc"), .home, .delete], "|bc"),
    ([.text("abc"), .control("a"), .control("f"), .control("d")], "a|c"),
    ([.text("abc"), .left, .left, .left, .left, .text("x")], "x|abc"),
    ([.text("ab"), .home, .control("e"), .right, .text("x")], "abx|"),
    ([.text("one two"), .control("w")], "one |"),
    ([.text("a b-c"), .alt("\u{7F}")], "a b-|"),
    ([.text("one two"), .alt("b"), .alt("b"), .alt("f")], "one| two"),
    ([.text("one two"), .wordLeft, .control("k"), .control("y"), .control("y")], "one twotwo|"),
    ([.text("one two"), .left, .control("u"), .end, .control("y")], "oone tw|"),
    ([.text("a b c"), .control("w"), .control("w"), .control("y")], "a b c|"),
    ([.text("one two"), .home, .alt("d"), .alt("d"), .text("x"), .control("y")], "xone two|"),
    ([.text("e"), .text("\u{301}"), .left], "|e\u{301}"),
    ([.text("👩‍👩‍👧x"), .backspace, .backspace], "|"),
    ([.paste("a\nb"), .up, .text("x")], "ax|\nb"),
    ([.paste("long\nb\nlast"), .up, .up, .end, .down], "long\nb|\nlast"),
    ([.paste("a\nb"), .home, .backspace], "a|b"),
    ([.paste("a\nb"), .up, .control("k")], "a|b"),
    ([.text("a"), .newline, .text("b")], "a\nb|"),
    ([.text(#"a\"#), .enter, .text("b")], "a\nb|"),
    ([.text(#"ab\"#), .home, .enter], "ab\n|"),
    ([.text("a"), .control("c")], "|"),
  ])
  func keysEdit(keys: [Key], wanted: String) {
    var editor = LineEditor()
    for key in keys { _ = editor.handle(key) }
    #expect(shown(editor) == wanted)
  }

  /// A cut joins what stood on both sides of it, even into one character.
  @Test func aCutCanMeltCharacters() {
    let editor = editor(.text("ex\u{301}"), .home, .right, .delete)
    #expect(editor.text == "e")
    let melted = self.melted
    #expect(melted.text == "e\u{301}" && melted.cursor == 1)
  }

  private var melted: LineEditor {
    // U+0301 alone after a newline, then the newline goes.
    editor(.text("e"), .newline, .text("\u{301}"), .home, .backspace)
  }

  @Test func linesEnd() {
    var one = editor(.text("hello"))
    #expect(one.handle(.enter) == .entered("hello"))
    var escaped = editor(.text(#"a\\"#))
    #expect(escaped.handle(.enter) == .entered(#"a\\"#))
    var empty = editor()
    #expect(empty.handle(.control("d")) == .endOfInput)
    #expect(one.handle(.control("z")) == .suspend)
    #expect(one.handle(.control("l")) == .clearScreen)
    #expect(one.handle(.tab) == .refused)
  }

  @Test func theSecondInterruptLeaves() {
    var one = editor(.text("x"))
    #expect(one.handle(.control("c")) == .edited)
    #expect(one.text.isEmpty && one.wasInterrupted)
    #expect(one.handle(.control("c")) == .interrupted)
    // Something typed in between begins anew.
    var other = editor(.control("c"), .text("x"), .backspace)
    #expect(other.handle(.control("c")) == .edited)
    // The first one may have stopped an answer.
    var stopped = LineEditor(wasInterrupted: true)
    #expect(stopped.handle(.control("c")) == .interrupted)
  }

  @Test func historyKeepsWhatWasTyped() {
    let lines = ["one", "two", "only", "three"]
    #expect(editor(.up, history: lines).text == "three")
    #expect(editor(.up, .up, .up, history: lines).text == "two")
    #expect(editor(.up, .up, .down, history: lines).text == "three")
    #expect(editor(.text("x"), .home, .up, .down, history: lines).text == "x")
    // What stands before the cursor has to be how an entry starts.
    #expect(editor(.text("on"), .up, history: lines).text == "only")
    #expect(editor(.text("on"), .up, .up, history: lines).text == "one")
    #expect(editor(.text("on"), .up, .up, .up, history: lines).text == "one")
    #expect(editor(.text("on"), .up, .up, .down, .down, history: lines).text == "on")
    // An entry that is changed is a line of its own.
    #expect(editor(.up, .text("!"), .down, history: lines).text == "three!")
    var end = editor(.text("zzz"), history: lines)
    #expect(end.handle(.up) == .refused)
    #expect(end.handle(.down) == .refused)
  }

  @Test func searchFindsOlderEntries() {
    let lines = ["apple pie", "banana", "apple tart", "cherry"]
    var one = editor(.text("draft"), .control("r"), .text("app"), history: lines)
    #expect(one.text == "apple tart")
    #expect(one.search?.prompt == "(search: app) ")
    #expect(one.handle(.control("r")) == .edited)
    #expect(one.text == "apple pie")
    #expect(one.handle(.control("r")) == .refused)
    #expect(one.search?.prompt == "(no search: app) ")
    #expect(one.handle(.control("s")) == .edited)
    #expect(one.text == "apple tart")
    #expect(one.handle(.enter) == .entered("apple tart"))
    #expect(editor(.text("draft"), .control("r"), .text("app"), .control("c"), history: lines).text == "draft")
    #expect(editor(.text("draft"), .control("r"), .text("b"), .backspace, history: lines).text == "draft")
    #expect(shown(editor(.control("r"), .text("ban"), .left, .text("x"), history: lines)) == "bananx|a")
  }

  @Test func theHistoryIsBounded() {
    var history = InputHistory(capacity: 3)
    for line in ["a", "a", " ", "b", "c", "d"] { history.add(line) }
    #expect(history.entries == ["b", "c", "d"])
  }
}
