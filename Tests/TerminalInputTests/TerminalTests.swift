import Glibc
import Testing

@testable import TerminalInput

/// A process has one set of signal handlers, so one terminal at a time.
@Suite(.serialized) struct TerminalTests {
  private static let prompt = Prompt("> ", continuation: "  ")
  private static let normal = tcflag_t(ECHO | ICANON | ISIG)

  @Test func linesAreEdited() throws {
    let pseudo = try PseudoTerminal()
    #expect(Terminal.isPresent(input: pseudo.program, output: pseudo.program, kind: "xterm"))
    #expect(!Terminal.isPresent(input: pseudo.program, output: pseudo.program, kind: "dumb"))
    let terminal = try Terminal(input: pseudo.program, output: pseudo.program)
    // Typed at once, what follows the first line is kept for the next calls.
    let keys = "hllo\u{1B}[D\u{1B}[D\u{1B}[De\rsecond\r\u{1B}[200~a\rb\u{1B}[201~\r\u{04}"
    #expect(try pseudo.withTyping(keys) { try terminal.readLine(Self.prompt) } == .text("hello"))
    #expect(try terminal.readLine(Self.prompt) == .text("second"))
    #expect(try terminal.readLine(Self.prompt) == .text("a\nb"))
    #expect(try terminal.readLine(Self.prompt) == .endOfInput)
    // The terminal itself writes CR LF for each LF.
    #expect(pseudo.output(until: "second\r\r\n\u{1B}[?2004l").contains("hello\r\r\n\u{1B}[?2004l"))
  }

  /// What was typed before the program was there: whole lines, as the terminal itself reads them.
  @Test func whatWasTypedBeforeIsTaken() throws {
    let pseudo = try PseudoTerminal()
    pseudo.type("early\r")
    let terminal = try Terminal(input: pseudo.program, output: pseudo.program)
    #expect(try terminal.readLine(Self.prompt) == .text("early"))
  }

  @Test func theTerminalIsLeftAsItWas() throws {
    let pseudo = try PseudoTerminal()
    #expect(pseudo.localFlags == Self.normal)
    do {
      let terminal = try Terminal(input: pseudo.program, output: pseudo.program)
      pseudo.type("x\r")
      #expect(try terminal.readLine(Self.prompt) == .text("x"))
      // While an answer is written keys are not shown, and Ctrl-C is a signal.
      #expect(pseudo.localFlags == tcflag_t(ISIG))
      #expect(throws: TerminalError.self) { try Terminal(input: pseudo.program, output: pseudo.program) }
    }
    #expect(pseudo.localFlags == Self.normal)
  }

  @Test func interruptsAreCounted() throws {
    let pseudo = try PseudoTerminal()
    let terminal = try Terminal(input: pseudo.program, output: pseudo.program)
    try terminal.beginWork()
    #expect(terminal.interruptCount == 0)
    // To the process, as a terminal does: threads of tests may keep signals from themselves.
    for count in 1...2 {
      kill(getpid(), SIGINT)
      let start = ContinuousClock.now
      while terminal.interruptCount < count, ContinuousClock.now - start < .seconds(5) { usleep(1000) }
    }
    #expect(terminal.interruptCount == 2)
    try terminal.beginWork()
    #expect(terminal.interruptCount == 0)
    #expect(try pseudo.withTyping("x\u{03}\u{03}") { try terminal.readLine(Self.prompt) } == .interrupted)
    let line = try pseudo.withTyping("\u{03}") { try terminal.readLine(Self.prompt, afterInterrupt: true) }
    #expect(line == .interrupted)
  }

  @Test func aResizeIsDrawnAnew() throws {
    let pseudo = try PseudoTerminal(columns: 40)
    let terminal = try Terminal(input: pseudo.program, output: pseudo.program, isStyled: false)
    let line = try pseudo.withPerson(
      {
        pseudo.type("abcdefghijklmnopqrstuvwxyz")
        #expect(pseudo.output(until: "xyz").contains("xyz"))
        pseudo.resize(columns: 10, rows: 10)
        kill(getpid(), SIGWINCH)
        // In ten columns the cursor is in the third row.
        #expect(pseudo.output(until: "xyz").contains("\r\u{1B}[2A\u{1B}[J> abc"))
        pseudo.type("\r")
      }, body: { try terminal.readLine(Self.prompt) })
    #expect(line == .text("abcdefghijklmnopqrstuvwxyz"))
  }

  @Test func aTerminalThatIsGoneEndsTheInput() throws {
    let pseudo = try PseudoTerminal()
    let terminal = try Terminal(input: pseudo.program, output: pseudo.program)
    let line = pseudo.withPerson(
      {
        _ = pseudo.output(until: "> ")
        pseudo.hangUp()
      }, body: { Result { try terminal.readLine(Self.prompt) } })
    // Either the end is read, or what stands there cannot be drawn any more.
    #expect((try? line.get()) ?? .endOfInput == .endOfInput)
  }

  @Test func pipesGiveLines() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let bytes: [UInt8] = Array("one\r\n\ntwo ".utf8) + [0xFF] + Array("\nlast".utf8)
    #expect(write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    let reader = LineReader(descriptor: ends[0])
    #expect(try reader.next() == "one")
    #expect(try reader.next() == "")
    #expect(try reader.next() == "two \u{FFFD}")
    #expect(try reader.next() == "last")
    #expect(try reader.next() == nil)
    close(ends[0])
  }

  @Test func aLineWithoutEndIsRefused() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let bytes = [UInt8](repeating: 0x61, count: 5000)
    #expect(write(ends[1], bytes, bytes.count) == bytes.count)
    #expect(throws: TerminalError.self) { try LineReader(descriptor: ends[0], byteLimit: 4000).next() }
    close(ends[0])
    close(ends[1])
  }
}
