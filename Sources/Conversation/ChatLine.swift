/// What a person typed: a question to the model, or a command to the program.
public enum ChatLine: Equatable, Sendable {
  case question(String)
  case command(ChatDirective)
  /// A command that there is not, or that lacks something: what to say about it.
  case invalid(String)
  /// Nothing but white space.
  case blank

  /// A line that starts with `/` is a command; one that starts with `//` is a question that starts with `/`.
  public init(_ line: String) {
    let text = line.trimmed
    if text.isEmpty {
      self = .blank
    } else if text.hasPrefix("//") {
      self = .question(String(text.dropFirst()))
    } else if text.hasPrefix("/") {
      self = Self.command(text.dropFirst())
    } else {
      // As it was typed: white space at its start may belong to code.
      self = .question(line)
    }
  }

  private static func command(_ text: Substring) -> ChatLine {
    let name = text.prefix { !$0.isWhitespace }
    let argument = String(text.dropFirst(name.count)).trimmed
    guard let form = ChatDirective.Form.all.first(where: { $0.name == name.lowercased() }) else {
      return .invalid(unknown(String(name)))
    }
    guard let directive = form.directive(argument) else {
      return .invalid(
        argument.isEmpty ? "/\(form.name) needs \(form.argument)" : "/\(form.name) takes nothing after it")
    }
    return .command(directive)
  }

  private static func unknown(_ name: String) -> String {
    let nearest = ChatDirective.Form.all.map { ($0.name, name.lowercased().editDistance(to: $0.name)) }
      .min { $0.1 < $1.1 }
    let advice = nearest.flatMap { $0.1 <= 2 && $0.1 < $0.0.count ? "did you mean /\($0.0)?" : nil }
    return "there is no /\(name.printable); \(advice ?? "/help lists the commands; // starts a question with /")"
  }
}

/// A command to the program that chats.
public enum ChatDirective: Equatable, Sendable {
  case help
  case showSystem
  /// Sets the system text and starts anew.
  case setSystem(String)
  case reset
  /// Takes back the last question and its answer.
  case undo
  /// Has the last question answered once more.
  case retry
  case save(path: String)
  case quit

  /// How a command is written.
  struct Form: Sendable {
    let name: String
    /// What follows the name, as the help shows it.
    let argument: String
    let purpose: String
    /// The command with what followed the name; nil where that does not fit.
    let directive: @Sendable (String) -> ChatDirective?

    static let all = [
      Form("help", "", "this list") { $0.isEmpty ? .help : nil },
      Form("system", "[TEXT]", "show the system text, or set it and start anew") {
        $0.isEmpty ? .showSystem : .setSystem($0)
      },
      Form("reset", "", "start anew") { $0.isEmpty ? .reset : nil },
      Form("undo", "", "take back the last question and its answer") { $0.isEmpty ? .undo : nil },
      Form("retry", "", "have the last question answered once more") { $0.isEmpty ? .retry : nil },
      Form("save", "FILE", "write the conversation as JSON that trainers read") {
        $0.isEmpty ? nil : .save(path: $0)
      },
      Form("quit", "", "leave, as does Ctrl-D") { $0.isEmpty ? .quit : nil },
    ]

    private init(
      _ name: String, _ argument: String, _ purpose: String, directive: @escaping @Sendable (String) -> ChatDirective?
    ) {
      self.name = name
      self.argument = argument
      self.purpose = purpose
      self.directive = directive
    }
  }

  /// What `/help` says.
  public static var helpText: String {
    let forms = Form.all.map { form in
      let usage = "/\(form.name)\(form.argument.isEmpty ? "" : " ")\(form.argument)"
      return usage + String(repeating: " ", count: max(16 - usage.count, 1)) + form.purpose
    }
    let keys = [
      #"A line that ends in \ goes on in the next; // starts a question with a /."#,
      "Ctrl-C stops an answer, twice it leaves; Ctrl-R searches older questions.",
    ]
    return (forms + keys).joined(separator: "\n")
  }
}
