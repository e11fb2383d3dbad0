/// Line editing without a terminal: keys in, a text with a cursor out.
///
/// Keys are those of Emacs and readline; `Terminal` feeds and draws it.
public struct LineEditor: Sendable {
  /// What a key led to.
  public enum Outcome: Equatable, Sendable {
    /// The text or the cursor may have changed.
    case edited
    /// Nothing could be done.
    case refused
    case entered(String)
    /// Ctrl-D on an empty line, or the terminal is gone.
    case endOfInput
    /// Ctrl-C for the second time, on an empty line.
    case interrupted
    /// Ctrl-Z.
    case suspend
    /// Ctrl-L.
    case clearScreen
  }

  var buffer = EditBuffer()
  let history: InputHistory
  /// Set while older entries are shown.
  private var browsing: Browsing?
  var search: HistorySearch?
  /// What was cut last.
  private var cut = ""
  private var lastWasCut = false
  /// Whether the last key was Ctrl-C.
  public private(set) var wasInterrupted: Bool

  /// - Parameter wasInterrupted: Whether Ctrl-C was pressed just before, so that one more leaves.
  public init(history: InputHistory = InputHistory(), wasInterrupted: Bool = false) {
    self.history = history
    self.wasInterrupted = wasInterrupted
  }

  /// What stands in the line.
  public var text: String { buffer.text }
  /// How many characters stand before the cursor.
  public var cursor: Int { buffer.cursor }

  public mutating func handle(_ key: Key) -> Outcome {
    let (wasInterrupted, wasCut) = (wasInterrupted, lastWasCut)
    self.wasInterrupted = false
    lastWasCut = false
    if search != nil, let outcome = handleSearch(key) { return outcome }
    if key == .control("c") { return interrupt(again: wasInterrupted) }
    switch key {
    case .enter: return enter()
    case .up, .control("p"): return buffer.moveUp() ? .edited : browse(forward: false)
    case .down, .control("n"): return buffer.moveDown() ? .edited : browse(forward: true)
    case .control("r"):
      search = HistorySearch(draft: buffer)
      return .edited
    case .control("d") where buffer.isEmpty, .hangUp: return .endOfInput
    case .control("z"): return .suspend
    case .control("l"): return .clearScreen
    default: break
    }
    if move(key) { return .edited }
    if change(key) || cutOrYank(key, wasCut: wasCut) {
      browsing = nil
      return .edited
    }
    return .refused
  }

  /// Empties the line; a second time, with nothing to empty, leaves.
  private mutating func interrupt(again: Bool) -> Outcome {
    if buffer.isEmpty && again { return .interrupted }
    buffer = EditBuffer()
    browsing = nil
    wasInterrupted = true
    return .edited
  }

  /// A backslash at the end asks for another line; one that is itself escaped does not.
  private mutating func enter() -> Outcome {
    guard LineContinuation.isAsked(by: text) else { return .entered(text) }
    buffer.moveToEnd()
    buffer.deleteBackward()
    buffer.insert("\n")
    return .edited
  }

  private mutating func move(_ key: Key) -> Bool {
    switch key {
    case .left, .control("b"): buffer.moveLeft()
    case .right, .control("f"): buffer.moveRight()
    case .home, .control("a"): buffer.moveToLineStart()
    case .end, .control("e"): buffer.moveToLineEnd()
    case .wordLeft, .alt("b"): buffer.moveWordLeft()
    case .wordRight, .alt("f"): buffer.moveWordRight()
    default: return false
    }
    return true
  }

  private mutating func change(_ key: Key) -> Bool {
    switch key {
    case .text(let text), .paste(let text): buffer.insert(text)
    case .newline: buffer.insert("\n")
    case .backspace: buffer.deleteBackward()
    case .delete, .control("d"): buffer.deleteForward()
    default: return false
    }
    return true
  }

  /// Cuts that follow one another are one, as in Emacs.
  private mutating func cutOrYank(_ key: Key, wasCut: Bool) -> Bool {
    switch key {
    case .control("k"): keep(buffer.cutToLineEnd(), joining: wasCut)
    case .alt("d"): keep(buffer.cutWordForward(), joining: wasCut)
    case .control("u"): keep(before: buffer.cutToLineStart(), joining: wasCut)
    case .control("w"): keep(before: buffer.cutWordBackward(toSpace: true), joining: wasCut)
    case .alt("\u{7F}"): keep(before: buffer.cutWordBackward(toSpace: false), joining: wasCut)
    case .control("y"): buffer.insert(cut)
    default: return false
    }
    return true
  }

  private mutating func keep(_ text: String, joining: Bool) {
    lastWasCut = true
    cut = joining ? cut + text : text.isEmpty ? cut : text
  }

  private mutating func keep(before text: String, joining: Bool) {
    lastWasCut = true
    cut = joining ? text + cut : text.isEmpty ? cut : text
  }

  // MARK: History

  /// The entry that is shown, and what was typed before.
  private struct Browsing: Sendable {
    var place: Int
    let draft: EditBuffer
    /// What an entry has to start with: the text that stood before the cursor.
    let prefix: String
  }

  /// Shows the next older entry (newer when `forward`) that starts as the line did; after the newest the line itself.
  private mutating func browse(forward: Bool) -> Outcome {
    if browsing == nil && forward { return .refused }
    var state =
      browsing ?? Browsing(place: history.entries.count, draft: buffer, prefix: buffer.beforeCursor)
    let shown = text
    let place = history.place(from: state.place, forward: forward) { $0.hasPrefix(state.prefix) && $0 != shown }
    guard let place else {
      guard forward else { return .refused }
      buffer = state.draft
      browsing = nil
      return .edited
    }
    state.place = place
    buffer = EditBuffer(history.entries[place])
    browsing = state
    return .edited
  }

  /// Leaves the search with `buffer` in the line.
  mutating func endSearch(with buffer: EditBuffer) {
    search = nil
    browsing = nil
    self.buffer = buffer
  }
}

/// The rule by which a line asks for another one: it ends in a backslash that no other backslash escapes.
public enum LineContinuation {
  public static func isAsked(by line: some StringProtocol) -> Bool {
    line.reversed().prefix { $0 == "\\" }.count % 2 == 1
  }
}
