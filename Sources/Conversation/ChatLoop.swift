import Formats
public import TerminalInput

/// A chat from its first question to its end: lines from a console go to a session and a model, and what the model says
/// goes back as it comes.
///
/// ```swift
/// let environment = ProcessInfo.processInfo.environment
/// var options = ChatLoop.Options(environment: environment)
/// options.greeting = "TinyLlama, template vicuna"
/// let session = ChatSession(system: system, maxTokens: 512)
/// let end = try ChatLoop(model: model, session: session, environment: environment, options: options).run()
/// ```
public final class ChatLoop {
  /// What a chat is like, besides its model.
  public struct Options: Sendable {
    /// Said at the start, to a person only: which model it is, for example.
    public var greeting = ""
    /// Whether tokens and speed are said after each answer.
    public var isVerbose = false
    /// Where questions are kept for the next chat; nil keeps none. Only a person's are.
    public var history: HistoryFile?
    /// What `~/` stands for in the name of a file; nil leaves it as it is.
    public var homeFolder: String?

    public init() {}

    /// What the environment of a process says: `EVOLCANO_HISTORY`, `XDG_DATA_HOME`, `HOME`.
    public init(environment: [String: String]) {
      history = HistoryFile.standard(environment: environment)
      homeFolder = environment["HOME"]
    }
  }

  /// How a chat ended.
  public enum End: Sendable, Equatable {
    /// The input ended, or `/quit`. Without a person, `failures` lines could not be obeyed, and messages say why.
    case finished(failures: Int)
    /// Ctrl-C.
    case interrupted
  }

  let model: any ChatModel
  let console: any ChatConsole
  let options: Options
  public internal(set) var session: ChatSession
  private var history = InputHistory()
  private var failures = 0
  /// Whether the last answer was stopped by Ctrl-C, and nothing was typed since.
  private var wasStopped = false
  private var isLeaving = false

  public init(model: any ChatModel, session: ChatSession, console: any ChatConsole, options: Options = Options()) {
    self.model = model
    self.session = session
    self.console = console
    self.options = options
  }

  /// Chats at the terminal, where standard input and output are one, and else through pipes.
  public convenience init(
    model: any ChatModel, session: ChatSession, environment: [String: String], options: Options
  ) throws(TerminalError) {
    let console: any ChatConsole
    if Terminal.isPresent(kind: environment["TERM"]) {
      // https://no-color.org: set and not empty.
      console = TerminalConsole(try Terminal(isStyled: environment["NO_COLOR", default: ""].isEmpty))
    } else {
      console = PlainConsole()
    }
    self.init(model: model, session: session, console: console, options: options)
  }

  /// Runs until the input ends or a person leaves.
  ///
  /// - Throws: What the console throws, and without a person what the model throws. A person is told instead, and can
  ///   save the conversation.
  public func run() throws -> End {
    try begin()
    var hint = "Ask something; /help lists the commands"
    while !isLeaving {
      let line = try console.nextLine(hint: hint, history: history, afterStop: wasStopped)
      wasStopped = false
      hint = ""
      switch line {
      case .endOfInput: return .finished(failures: failures)
      case .interrupted: return .interrupted
      case .text(let text):
        try remember(text)
        if try obey(ChatLine(text)) == .leave { return .finished(failures: failures) }
      }
    }
    return .interrupted
  }

  private func begin() throws {
    guard console.isInteractive else { return }
    if !options.greeting.isEmpty { try console.note(options.greeting) }
    guard let file = options.history else { return }
    do throws(FormatError) {
      history = try file.read()
    } catch {
      try console.note("what was asked before is not at hand: \(error)")
    }
  }

  /// Keeps a line for the next chat. That it cannot be kept is no reason to stop this one.
  private func remember(_ text: String) throws {
    guard console.isInteractive else { return }
    history.add(text)
    guard history.entries.last == text else { return }
    do throws(FormatError) { try options.history?.add(text) } catch {
      try console.note("this line is not kept for the next chat: \(error)")
    }
  }

  // MARK: Lines

  enum Next { case goOn, leave }

  private func obey(_ line: ChatLine) throws -> Next {
    switch line {
    case .blank: return .goOn
    case .question(let question): try ask { try session.prompt(asking: question, of: model) }
    case .invalid(let problem): try fail(problem)
    case .command(let directive): return try obey(directive)
    }
    return .goOn
  }

  /// Has the model answer the prompt that `prepare` makes, and shows what it says.
  func ask(_ prepare: () throws -> ChatPrompt) throws {
    do {
      let prompt = try prepare()
      try sayDropped(prompt.dropped.count)
      try show(try answer(prompt))
    } catch let error as TerminalError {
      throw error
    } catch let error as ChatSessionError {
      try fail("\(error)")
    } catch {
      guard console.isInteractive else { throw error }
      try fail("\(error)")
    }
  }

  private func answer(_ prompt: ChatPrompt) throws -> ChatAnswer {
    try console.beginAnswer()
    var failed: TerminalError?
    let result = Result {
      try session.answer(prompt, by: model) { text in
        do throws(TerminalError) { try console.write(answer: text) } catch { failed = error }
        return failed == nil && console.stopCount == 0
      }
    }
    if let failed { throw failed }
    try console.endAnswer()
    return try result.get()
  }

  private func show(_ answer: ChatAnswer) throws {
    wasStopped = console.stopCount > 0
    isLeaving = console.stopCount > 1
    switch answer.reason {
    case .end: break
    case .length: try console.note("(cut off after \(count(answer.generatedTokens, "token")))")
    case .stopped: try console.note(answer.text.isEmpty ? "(stopped; the question is taken back)" : "(stopped)")
    }
    if options.isVerbose { try console.note(Self.figures(of: answer)) }
  }

  private func sayDropped(_ turns: Int) throws {
    guard turns > 0 else { return }
    try console.note("(the context is full: the model no longer sees the oldest \(count(turns, "turn")))")
  }

  /// Says why a line was not obeyed.
  func fail(_ problem: String) throws {
    failures += 1
    try console.note(problem)
  }

  func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

  /// `12 + 40 tokens, prompt 0.4 s, 25.1 tokens/s`
  static func figures(of answer: ChatAnswer) -> String {
    let tokens = "\(answer.promptTokens) + \(answer.generatedTokens) tokens"
    let prompt = "prompt \(tenths(answer.promptSeconds)) s"
    // The first token comes with the prompt: its time is not the answer's.
    guard answer.generatedTokens > 1, answer.generationSeconds > 0 else { return "\(tokens), \(prompt)" }
    return "\(tokens), \(prompt), \(tenths(Double(answer.generatedTokens - 1) / answer.generationSeconds)) tokens/s"
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
