import Conversation
import Foundation
import TerminalInput
import Testing

/// A person who types what is written down, and a screen.
private final class ScriptedConsole: ChatConsole {
  let isInteractive = true
  var lines: [Terminal.Line]
  var stopCount = 0
  private(set) var transcript: [String] = []
  private(set) var wereAfterStop: [Bool] = []
  private(set) var history = InputHistory()

  init(_ lines: String...) { self.lines = lines.map { .text($0) } }

  func nextLine(hint: String, history: InputHistory, afterStop: Bool) -> Terminal.Line {
    wereAfterStop.append(afterStop)
    self.history = history
    return lines.isEmpty ? .endOfInput : lines.removeFirst()
  }

  func beginAnswer() {
    stopCount = 0
    transcript.append("answer: ")
  }

  func write(answer text: String) { transcript[transcript.count - 1] += text }
  func endAnswer() {}
  func note(_ text: String) { transcript.append("note: " + text) }
  func show(_ text: String) { transcript.append("show: " + text) }
}

@Suite struct ChatLoopTests {
  private func run(
    _ console: ScriptedConsole, _ model: ScriptedModel = ScriptedModel(), session: ChatSession = ChatSession(),
    options: ChatLoop.Options = ChatLoop.Options()
  ) throws -> (loop: ChatLoop, end: ChatLoop.End) {
    let loop = ChatLoop(model: model, session: session, console: console, options: options)
    return (loop, try loop.run())
  }

  @Test func questionsAreAnswered() throws {
    let console = ScriptedConsole("hello", "", "//x", "/quit", "never")
    let (loop, end) = try run(console)
    #expect(console.transcript == ["answer: hello", "answer: /x"])
    #expect(end == .finished(failures: 0))
    #expect(loop.session.turns.count == 2)
    #expect(console.lines == [.text("never")])
  }

  @Test func commandsAreObeyed() throws {
    let folder = try ScratchFolder()
    let console = ScriptedConsole(
      "/system", "/undo", "/retry", "/system be kind", "/system", "hi", "/retry", "/undo", "again", "/save ~/chat.json",
      "/reset", "/save ~/absent/chat.json", "/hepl")
    var options = ChatLoop.Options()
    options.homeFolder = folder.path
    let (loop, end) = try run(console, options: options)
    #expect(
      console.transcript.dropLast(2) == [
        "show: (no system text but that of the template)", "note: there is no answer yet",
        "note: there is no answer yet",
        "note: (the system text is set, and the conversation starts anew)", "show: be kind", "answer: hi", "answer: hi",
        "note: (taken back: hi)", "answer: again", "note: (1 turn written to \(folder.file("chat.json")))",
        "note: (the conversation starts anew)",
      ])
    #expect(console.transcript.last == "note: there is no /hepl; did you mean /help?")
    #expect(end == .finished(failures: 4) && loop.session == ChatSession(system: "be kind"))
    #expect(try folder.text("chat.json").contains(#"{"role":"assistant","content":"again"}"#))
  }

  @Test func aFullContextIsSaid() throws {
    let console = ScriptedConsole("a 2 3 4 5", "b 2 3 4 5", "c 2 3 4 5", String(repeating: "x ", count: 50), "d")
    let (loop, _) = try run(console, ScriptedModel(contextLength: 32))
    #expect(
      console.transcript == [
        "answer: a 2 3 4 5", "answer: b 2 3 4 5",
        "note: (the context is full: the model no longer sees the oldest 1 turn)", "answer: c 2 3 4 5",
        "note: the question has 50 tokens and 23 fit; ask something shorter",
        "note: (the context is full: the model no longer sees the oldest 1 turn)", "answer: d",
      ])
    #expect(loop.session.turns.count == 4)
  }

  @Test func anInterruptStopsTheAnswerAndNotTheChat() throws {
    let console = ScriptedConsole("one two three", "next")
    let model = ScriptedModel()
    model.onWord = { if $0 == 2 && model.prompts.count == 1 { console.stopCount = 1 } }
    let (loop, end) = try run(console, model)
    #expect(console.transcript == ["answer: one two", "note: (stopped)", "answer: next"])
    #expect(loop.session.turns.map(\.answer) == ["one two", "next"])
    // One more Ctrl-C after the stopped answer would have left.
    #expect(console.wereAfterStop == [false, true, false])
    #expect(end == .finished(failures: 0))
  }

  @Test func aPromptCanBeStopped() throws {
    let console = ScriptedConsole("one two", "next")
    let model = ScriptedModel()
    model.onWord = { if $0 == 0 && model.prompts.count == 1 { console.stopCount = 1 } }
    let (loop, _) = try run(console, model)
    #expect(console.transcript == ["answer: ", "note: (stopped; the question is taken back)", "answer: next"])
    #expect(loop.session.turns.count == 1)
  }

  @Test func twoInterruptsLeave() throws {
    let console = ScriptedConsole("one two three", "next")
    let model = ScriptedModel()
    model.onWord = { if $0 == 1 { console.stopCount = 2 } }
    #expect(try run(console, model).end == .interrupted)
    #expect(console.transcript == ["answer: one", "note: (stopped)"])
    let idle = ScriptedConsole()
    idle.lines = [.interrupted]
    #expect(try run(idle).end == .interrupted)
  }

  @Test func anErrorOfTheModelDoesNotCostTheConversation() throws {
    let console = ScriptedConsole("first", "second")
    let model = ScriptedModel()
    model.onWord = { if $0 == 1 { model.failure = ScriptError(description: "the device is lost") } }
    let (loop, end) = try run(console, model)
    #expect(console.transcript == ["answer: first", "answer: ", "note: the device is lost"])
    #expect(loop.session.turns.count == 1 && end == .finished(failures: 1))
  }

  @Test func figuresAreShownWhenAsked() throws {
    let console = ScriptedConsole("one two three")
    var options = ChatLoop.Options()
    options.isVerbose = true
    options.greeting = "scripted"
    _ = try run(console, options: options)
    #expect(
      console.transcript == [
        "note: scripted", "answer: one two three", "note: 4 + 3 tokens, prompt 0.5 s, 1.0 tokens/s",
      ])
  }

  @Test func questionsAreKeptForTheNextChat() throws {
    let folder = try ScratchFolder()
    let options = ChatLoop.Options(environment: ["HOME": folder.path])
    _ = try run(ScriptedConsole("one", "/reset", "two"), options: options)
    let console = ScriptedConsole("three")
    _ = try run(console, options: options)
    #expect(console.history.entries == ["one", "/reset", "two", "three"])
    // A history that cannot be read is no reason not to chat.
    try FileManager.default.removeItem(atPath: folder.file(".local/share/evolcano/chat_history"))
    try FileManager.default.createDirectory(
      atPath: folder.file(".local/share/evolcano/chat_history"), withIntermediateDirectories: false)
    let other = ScriptedConsole("four")
    _ = try run(other, options: options)
    #expect(other.transcript.contains("answer: four") && other.transcript[0].contains("not at hand"))
  }
}

@Suite struct PlainChatTests {
  /// Runs a chat over pipes.
  private func chat(
    _ input: String, _ model: ScriptedModel = ScriptedModel()
  ) throws -> (end: ChatLoop.End, output: String, messages: String) {
    let (typed, output, messages) = (Pipe(), Pipe(), Pipe())
    try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try typed.fileHandleForWriting.close()
    let console = PlainConsole(
      input: typed.fileHandleForReading.fileDescriptor, output: output.fileHandleForWriting.fileDescriptor,
      messages: messages.fileHandleForWriting.fileDescriptor)
    var options = ChatLoop.Options()
    options.greeting = "hello"
    let end = try ChatLoop(model: model, session: ChatSession(), console: console, options: options).run()
    for pipe in [output, messages] { try pipe.fileHandleForWriting.close() }
    return (
      end, String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
      String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    )
  }

  @Test func aLineIsAQuestionAndAnswersAreAllThereIs() throws {
    let run = try chat("one\r\n\ntwo \\\nlines\n//three\nlast")
    #expect(run.end == .finished(failures: 0))
    #expect(run.output == "one\ntwo \nlines\n/three\nlast\n")
    #expect(run.messages.isEmpty)
  }

  @Test func anAnswerThatEndsItsLineGetsNoOther() throws {
    #expect(try chat("x\ny\n", ScriptedModel(answers: ["a\n", "\u{1B}[1mb"])).output == "a\n\u{1B}[1mb\n")
  }

  @Test func commandsAndProblemsAreMessages() throws {
    let run = try chat("/system be kind\n/nonsens\n\(String(repeating: "x ", count: 3000))\nstill here\n/quit\nnever\n")
    #expect(run.output == "still here\n")
    #expect(run.messages.contains("no /nonsens") && run.messages.contains("3000 tokens"))
    #expect(run.end == .finished(failures: 2))
  }

  @Test func anErrorOfTheModelEndsTheChat() throws {
    let model = ScriptedModel()
    model.failure = ScriptError(description: "lost")
    #expect(throws: ScriptError.self) { try chat("one\ntwo\n", model) }
  }

  @Test func nothingIsNoQuestion() throws {
    #expect(try chat("").output.isEmpty)
    #expect(try chat("\\\n").end == .finished(failures: 0))
  }
}
