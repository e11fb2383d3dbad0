/// A text with a cursor in it, in characters as a person sees them. It may have several lines.
struct EditBuffer: Equatable, Sendable {
  private(set) var characters: [Character]
  /// How many characters stand before the cursor.
  private(set) var cursor: Int

  /// The cursor stands at the end.
  init(_ text: String = "") {
    characters = Array(text)
    cursor = characters.count
  }

  var text: String { String(characters) }
  var beforeCursor: String { String(characters[..<cursor]) }
  var isEmpty: Bool { characters.isEmpty }

  /// The characters of the line that the cursor is in, without the newlines around it.
  private var lineBounds: Range<Int> {
    let start = characters[..<cursor].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    return start..<(characters[cursor...].firstIndex(of: "\n") ?? characters.count)
  }

  // MARK: Moving

  mutating func moveLeft() { cursor = max(cursor - 1, 0) }
  mutating func moveRight() { cursor = min(cursor + 1, characters.count) }
  mutating func moveToLineStart() { cursor = lineBounds.lowerBound }
  mutating func moveToLineEnd() { cursor = lineBounds.upperBound }
  mutating func moveToEnd() { cursor = characters.count }
  mutating func moveWordLeft() { cursor = wordStart(Self.isWord) }
  mutating func moveWordRight() { cursor = wordEnd }

  /// To the same place of the line above; false where there is none.
  mutating func moveUp() -> Bool {
    let line = lineBounds
    guard line.lowerBound > 0 else { return false }
    let column = cursor - line.lowerBound
    cursor = line.lowerBound - 1
    let above = lineBounds
    cursor = min(above.lowerBound + column, above.upperBound)
    return true
  }

  /// To the same place of the line below; false where there is none.
  mutating func moveDown() -> Bool {
    let line = lineBounds
    guard line.upperBound < characters.count else { return false }
    let column = cursor - line.lowerBound
    cursor = line.upperBound + 1
    cursor = min(cursor + column, lineBounds.upperBound)
    return true
  }

  private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  private func wordStart(_ isWord: (Character) -> Bool) -> Int {
    var place = cursor
    while place > 0, !isWord(characters[place - 1]) { place -= 1 }
    while place > 0, isWord(characters[place - 1]) { place -= 1 }
    return place
  }

  private var wordEnd: Int {
    var place = cursor
    while place < characters.count, !Self.isWord(characters[place]) { place += 1 }
    while place < characters.count, Self.isWord(characters[place]) { place += 1 }
    return place
  }

  // MARK: Changing

  /// Puts `text` before the cursor. It may melt into the characters beside it, as an accent does.
  mutating func insert(_ text: String) {
    let head = String(characters[..<cursor]) + text
    let byteCount = head.utf8.count
    characters = Array(head + String(characters[cursor...]))
    var passed = 0
    cursor = 0
    while cursor < characters.count, passed < byteCount {
      passed += characters[cursor].utf8.count
      cursor += 1
    }
  }

  /// Removes the characters between the cursor and `place` and returns them.
  private mutating func remove(to place: Int) -> String {
    let range = min(cursor, place)..<max(cursor, place)
    let removed = String(characters[range])
    let rest = String(characters[..<range.lowerBound])
    let tail = String(characters[range.upperBound...])
    // What is left may melt together.
    self = EditBuffer()
    insert(tail)
    cursor = 0
    insert(rest)
    return removed
  }

  mutating func deleteBackward() { _ = remove(to: max(cursor - 1, 0)) }
  mutating func deleteForward() { _ = remove(to: min(cursor + 1, characters.count)) }
  mutating func cutToLineStart() -> String { remove(to: lineBounds.lowerBound) }
  mutating func cutWordForward() -> String { remove(to: wordEnd) }

  /// To the end of the line; at the end of a line its newline.
  mutating func cutToLineEnd() -> String {
    let end = lineBounds.upperBound
    return remove(to: end == cursor ? min(end + 1, characters.count) : end)
  }

  /// - Parameter toSpace: Whether white space ends a word, and nothing else.
  mutating func cutWordBackward(toSpace: Bool) -> String {
    remove(to: wordStart(toSpace ? { !$0.isWhitespace } : Self.isWord))
  }
}
