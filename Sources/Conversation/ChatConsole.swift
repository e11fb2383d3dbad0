public import TerminalInput

/// Where a chat's lines come from, and where what is said goes.
public protocol ChatConsole: AnyObject {
  /// Whether a person is there to read notes and to go on after an error.
  var isInteractive: Bool { get }

  /// How often a person asked to stop since `beginAnswer()`.
  var stopCount: Int { get }

  /// - Parameters:
  ///   - hint: What an empty line may show.
  ///   - afterStop: Whether the last answer was stopped by Ctrl-C, so that one more leaves.
  func nextLine(hint: String, history: InputHistory, afterStop: Bool) throws(TerminalError) -> Terminal.Line

  func beginAnswer() throws(TerminalError)
  /// The next piece of an answer; empty while there is only work.
  func write(answer text: String) throws(TerminalError)
  func endAnswer() throws(TerminalError)

  /// Says something about the conversation that is no part of it.
  func note(_ text: String) throws(TerminalError)
  /// Shows what was asked of the program.
  func show(_ text: String) throws(TerminalError)
}

/// A person at a terminal: line editing, notes in dim letters, and nothing that a model says can reach the terminal as a
/// command.
public final class TerminalConsole: ChatConsole {
  /// What was written last; different things are set apart by an empty line, notes stand together.
  private enum Last { case nothing, line, note, answer }

  private let terminal: Terminal
  private var last = Last.nothing
  private var isAtLineStart = true
  /// Whether the sign that work is going on stands where the answer is about to begin.
  private var showsWaiting = false
  private static let waiting = "…"

  public init(_ terminal: Terminal) { self.terminal = terminal }

  public var isInteractive: Bool { true }
  public var stopCount: Int { terminal.interruptCount }

  private func begin(_ next: Last) throws(TerminalError) {
    if last != .nothing, last != next || next != .note { try terminal.write("\n") }
    last = next
  }

  public func nextLine(
    hint: String, history: InputHistory, afterStop: Bool
  ) throws(TerminalError) -> Terminal.Line {
    try begin(.line)
    let prompt = Prompt("> ", continuation: "  ", placeholder: hint)
    return try terminal.readLine(prompt, history: history, afterInterrupt: afterStop)
  }

  public func beginAnswer() throws(TerminalError) {
    try terminal.beginWork()
    try begin(.answer)
    try terminal.write(Self.waiting, .dim)
    showsWaiting = true
    isAtLineStart = true
  }

  public func write(answer text: String) throws(TerminalError) {
    try terminal.keepWorking()
    guard !text.isEmpty else { return }
    try eraseWaiting()
    try terminal.write(text.printable)
    isAtLineStart = text.last == "\n"
  }

  public func endAnswer() throws(TerminalError) {
    // An answer without a word leaves no row.
    if showsWaiting { last = .nothing }
    try eraseWaiting()
    if !isAtLineStart { try terminal.write("\n") }
    isAtLineStart = true
  }

  /// Back to the start of the row, and the row empty.
  private func eraseWaiting() throws(TerminalError) {
    if showsWaiting { try terminal.write("\r\u{1B}[K") }
    showsWaiting = false
  }

  public func note(_ text: String) throws(TerminalError) {
    try begin(.note)
    for line in text.printable.split(separator: "\n", omittingEmptySubsequences: false) {
      try terminal.write(String(line), .dim)
      try terminal.write("\n")
    }
  }

  public func show(_ text: String) throws(TerminalError) {
    try begin(.answer)
    try terminal.write(text.printable + "\n")
  }
}

/// A pipe or a file: a line is a question, answers alone go to the output, each on lines of its own.
public final class PlainConsole: ChatConsole {
  private let input: LineReader
  private let output: TextWriter
  private let messages: TextWriter
  private var isAtLineStart = true

  /// - Parameters: Descriptors, which stay the caller's.
  public init(input: Int32 = 0, output: Int32 = 1, messages: Int32 = 2) {
    self.input = LineReader(descriptor: input)
    self.output = TextWriter(descriptor: output)
    self.messages = TextWriter(descriptor: messages)
  }

  public var isInteractive: Bool { false }
  public var stopCount: Int { 0 }

  public func nextLine(
    hint: String, history: InputHistory, afterStop: Bool
  ) throws(TerminalError) -> Terminal.Line {
    var text: String?
    while let line = try input.next() {
      let joined = text.map { $0 + "\n" + line } ?? line
      guard LineContinuation.isAsked(by: line) else { return .text(joined) }
      text = String(joined.dropLast())
    }
    return text.map { .text($0) } ?? .endOfInput
  }

  public func beginAnswer() { isAtLineStart = true }

  public func write(answer text: String) throws(TerminalError) {
    guard !text.isEmpty else { return }
    try output.write(text)
    isAtLineStart = text.last == "\n"
  }

  public func endAnswer() throws(TerminalError) {
    if !isAtLineStart { try output.write("\n") }
  }

  public func note(_ text: String) throws(TerminalError) { try messages.write(text + "\n") }
  public func show(_ text: String) throws(TerminalError) { try note(text) }
}
