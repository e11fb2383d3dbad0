import Glibc
import Synchronization

/// A terminal that lines are typed at: a line editor when it is asked for a line, and otherwise a place to write to,
/// where Ctrl-C is counted instead of ending the program.
///
/// The terminal's own mode is restored when this value goes, at `exit`, when the program is stopped, and when a signal
/// ends it, a crash included. One terminal can be open at a time.
///
/// ```swift
/// let terminal = try Terminal()
/// while case .text(let line) = try terminal.readLine(Prompt("> ", continuation: "… "), history: history) { … }
/// ```
public final class Terminal {
  /// What a person answered to a prompt.
  public enum Line: Equatable, Sendable {
    case text(String)
    /// Ctrl-D, or the terminal is gone.
    case endOfInput
    /// Ctrl-C, twice.
    case interrupted
  }

  private let input: Int32
  private let output: Int32
  private let isStyled: Bool
  private let original: termios
  private let wakePipe: (readEnd: Int32, writeEnd: Int32)
  private let board: UnsafeMutablePointer<SignalBoard>
  private var parser = KeyParser()
  /// Keys that came together with the end of a line.
  private var typedAhead: [Key] = []

  /// How long what follows an ESC may take; then it was the Escape key.
  private static let escapeDelay: Int32 = 50

  /// Whether both are terminals that can move a cursor.
  public static func isPresent(input: Int32 = 0, output: Int32 = 1, kind: String?) -> Bool {
    isatty(input) != 0 && isatty(output) != 0 && kind != "dumb" && kind != ""
  }

  /// - Parameters:
  ///   - input: A descriptor of a terminal, which stays the caller's.
  ///   - output: A descriptor of the same terminal.
  ///   - isStyled: Whether bold and dim text is shown.
  public init(input: Int32 = 0, output: Int32 = 1, isStyled: Bool = true) throws(TerminalError) {
    let original = try SystemCalls.attributes(of: input)
    let pipe = try SystemCalls.makePipe()
    let board = UnsafeMutablePointer<SignalBoard>.allocate(capacity: 1)
    board.initialize(to: SignalBoard(terminal: input, original: original, wakeEnd: pipe.writeEnd))
    guard SignalHandlers.set(board) else {
      board.deinitialize(count: 1)
      board.deallocate()
      SystemCalls.close(pipe.readEnd)
      SystemCalls.close(pipe.writeEnd)
      throw TerminalError(action: "open the terminal twice", code: EBUSY)
    }
    self.input = input
    self.output = output
    self.isStyled = isStyled
    self.original = original
    self.board = board
    wakePipe = pipe
  }

  deinit {
    SignalHandlers.remove(board)
    board.deinitialize(count: 1)
    board.deallocate()
    SystemCalls.close(wakePipe.readEnd)
    SystemCalls.close(wakePipe.writeEnd)
  }

  /// Columns and rows at this moment.
  public var size: (columns: Int, rows: Int) { SystemCalls.size(of: output) }

  public func write(_ text: String) throws(TerminalError) { try SystemCalls.write(text, to: output) }

  /// Writes text that is set off, where styles are shown.
  public func write(_ text: String, _ style: TextStyle) throws(TerminalError) {
    try write(isStyled ? style.applied(to: text) : text)
  }

  // MARK: Working

  /// How often Ctrl-C was pressed since `beginWork()`. At the third time the program ends.
  public var interruptCount: Int { board.pointee.interrupts.load(ordering: .relaxed) }

  /// Begins a stretch in which the program writes: keys are not shown but kept for the next line, Ctrl-C is counted.
  public func beginWork() throws(TerminalError) {
    board.pointee.interrupts.store(0, ordering: .relaxed)
    try setWorkingMode()
  }

  /// Keeps the terminal in the mode of `beginWork()`, in case that the program was stopped and goes on.
  public func keepWorking() throws(TerminalError) {
    if board.pointee.isRestored.load(ordering: .relaxed) { try setWorkingMode() }
  }

  private func setWorkingMode() throws(TerminalError) {
    var mode = original
    mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON)
    mode.c_lflag |= tcflag_t(ISIG)
    try set(mode)
  }

  private func set(_ mode: termios) throws(TerminalError) {
    board.pointee.isRestored.store(false, ordering: .relaxed)
    try SystemCalls.set(mode, of: input)
  }

  // MARK: Lines

  /// Lets a person type a line, which may have several rows.
  ///
  /// - Parameter afterInterrupt: Whether Ctrl-C was pressed just before, so that one more leaves.
  public func readLine(
    _ prompt: Prompt, history: InputHistory = InputHistory(), afterInterrupt: Bool = false
  ) throws(TerminalError) -> Line {
    board.pointee.interrupts.store(0, ordering: .relaxed)
    board.pointee.isChanged.store(false, ordering: .relaxed)
    var session = EditingSession(prompt, history, afterInterrupt: afterInterrupt, isStyled: isStyled)
    try beginEditing()
    var keys = typedAhead[...]
    typedAhead = []
    while true {
      while let key = keys.popFirst() {
        guard let line = try handle(key, &session) else { continue }
        typedAhead = Array(keys)
        try finish(&session)
        try setWorkingMode()
        return line
      }
      try draw(&session)
      keys = try nextKeys(&session)
    }
  }

  /// What the key ends the line with; nil while the line goes on.
  private func handle(_ key: Key, _ session: inout EditingSession) throws(TerminalError) -> Line? {
    switch session.editor.handle(key) {
    case .edited: break
    case .refused: try write("\u{07}")
    case .clearScreen:
      try write("\u{1B}[H\u{1B}[2J")
      session.painter.assume(cursorRow: 0)
    case .suspend:
      try finish(&session)
      // `nextKeys` sees that the terminal was restored when the program goes on.
      kill(getpid(), SIGTSTP)
    case .entered(let text): return .text(text)
    case .endOfInput: return .endOfInput
    case .interrupted: return .interrupted
    }
    return nil
  }

  /// Waits for keys; none where there is only something to draw anew.
  private func nextKeys(_ session: inout EditingSession) throws(TerminalError) -> ArraySlice<Key> {
    let delay = parser.isWaiting ? Self.escapeDelay : -1
    guard let ready = try SystemCalls.wait(for: input, or: wakePipe.readEnd, milliseconds: delay) else {
      return parser.flush()[...]
    }
    if ready.second { _ = try SystemCalls.read(from: wakePipe.readEnd) }
    if board.pointee.isChanged.exchange(false, ordering: .relaxed) { try adapt(&session) }
    if board.pointee.interrupts.exchange(0, ordering: .relaxed) > 0 { return [.control("c")] }
    guard ready.first, let bytes = try SystemCalls.read(from: input) else { return [] }
    return bytes.isEmpty ? [.hangUp] : parser.parse(bytes)[...]
  }

  /// Finds its place again in a terminal that has another size, or that others wrote to while the program was stopped.
  private func adapt(_ session: inout EditingSession) throws(TerminalError) {
    if board.pointee.isRestored.load(ordering: .relaxed) {
      try beginEditing()
      session.painter.assume(cursorRow: 0)
    } else {
      let (columns, rows) = size
      session.painter.assume(cursorRow: min(session.layout(columns: columns).cursorRow, rows - 1))
    }
  }

  private func beginEditing() throws(TerminalError) {
    var mode = original
    mode.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | ISTRIP | IXON)
    mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
    withUnsafeMutableBytes(of: &mode.c_cc) { bytes in
      bytes[Int(VMIN)] = 1
      bytes[Int(VTIME)] = 0
    }
    try set(mode)
    try write("\u{1B}[?2004h")
  }

  private func draw(_ session: inout EditingSession) throws(TerminalError) {
    let (columns, rows) = size
    let layout = session.layout(columns: columns)
    try write(session.painter.paint(layout, placeholder: session.placeholder, height: rows))
  }

  /// Shows the whole text and leaves the cursor below it.
  private func finish(_ session: inout EditingSession) throws(TerminalError) {
    try write(session.painter.finish(session.layout(columns: size.columns)) + "\(SignalBoard.editingEnd)")
  }
}
