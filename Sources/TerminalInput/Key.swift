/// One thing that a person did at the keyboard, whatever bytes the terminal made of it.
public enum Key: Hashable, Sendable {
  /// Typed characters; several where they came at once.
  case text(String)
  /// Text from the clipboard, told apart by bracketed paste: a newline in it ends no line.
  case paste(String)
  /// Ends the line.
  case enter
  /// Starts a new row inside the line (Alt-Enter or Shift-Enter).
  case newline
  case tab, backspace, delete, escape
  case up, down, left, right, home, end, wordLeft, wordRight
  /// Ctrl with a letter, given in lower case.
  case control(Character)
  /// Alt with a character; with backspace it is `alt("\u{7F}")`.
  case alt(Character)
  /// The terminal is gone.
  case hangUp
  /// A key or an answer of the terminal that means nothing here.
  case unknown
}
