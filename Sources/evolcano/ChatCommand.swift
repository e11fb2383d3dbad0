import ArgumentParser
import Conversation
import Foundation
import Generation
import LanguageModel
import TerminalInput
import Text
import VulkanRuntime
import Workflow

/// `evolcano chat`
struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk with a model.",
    discussion: """
      Ctrl-C stops an answer; with nothing being answered it leaves. Piped, every line is a question and only answers go \
      to standard output.
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    help: ArgumentHelp(
      "How the model was taught to see a conversation: "
        + ChatTemplate.families.map(\.name).joined(separator: ", ") + ". The model's own is recognised without it.",
      valueName: "name"))
  var template: String?
  @Option(help: "What the model is told before everything else.") var system: String?
  @Option(help: "Tokens of an answer at the most.") var maxTokens = 1024
  @OptionGroup var sampling: SamplingArguments
  @Option(help: "Positions of the conversation; the model's length, up to 4096, if not given.") var context: Int?
  @Option(help: "Type of the cache of keys and values.") var cache: CacheType?
  @OptionGroup var options: DeviceOptions

  func validate() throws {
    if let template, ChatTemplate.named(template) == nil {
      throw ValidationError(
        "--template \(template): there are \(ChatTemplate.families.map(\.name).joined(separator: ", "))")
    }
    guard maxTokens > 0 else { throw ValidationError("--max-tokens \(maxTokens): expected 1 or more") }
  }

  func run() throws {
    let device = try options.open()
    let (loaded, tokenizer) = try model.load(on: device)
    let chosen = try chooseTemplate(tokenizer)
    let engine = try GenerationEngine(
      loaded, tokenizer: tokenizer,
      options: .init(context: context ?? min(loaded.configuration.length, 4096), cacheType: cache?.dtype))
    if options.verbose { complain("memory: \(engine.memory)") }
    let chat = LocalChatModel(
      engine, tokenizer: tokenizer, template: chosen, sampling: SamplingOptions(sampling))
    let environment = ProcessInfo.processInfo.environment
    var settings = ChatLoop.Options(environment: environment)
    settings.isVerbose = options.verbose
    settings.greeting =
      "\(URL(filePath: model.model).lastPathComponent) · \(chosen.name) · \(engine.context) tokens of context"
    let loop = try ChatLoop(
      model: chat, session: ChatSession(system: system, maxTokens: maxTokens), environment: environment,
      options: settings)
    switch try loop.run() {
    case .finished(let failures):
      // A person has been told and could do something about it; a script can not.
      if failures > 0, !Terminal.isPresent(kind: environment["TERM"]) { throw ExitCode(1) }
    case .interrupted: throw ExitCode(130)
    }
  }

  /// The template that was asked for, else the adapter's, else the one that the model's own describes.
  private func chooseTemplate(_ tokenizer: Tokenizer) throws -> ChatTemplate {
    if let template { return ChatTemplate.named(template)! }  // validated
    let names = ChatTemplate.families.map(\.name).joined(separator: ", ")
    let adapter = try model.adapter.flatMap { try ChatTemplate.text(in: $0) }
    guard let own = adapter ?? tokenizer.chatTemplate else {
      throw ChatTemplateUnknown("the model has no chat template of its own; name one with --template: \(names)")
    }
    guard let recognised = ChatTemplate.recognized(in: own) else {
      throw ChatTemplateUnknown(
        "the model's own chat template is none that is known; name one with --template: \(names)")
    }
    if let system = recognised.defaultSystem, self.system == nil, !system.isEmpty {
      complain("template: \(recognised.name), with its own system text: \(system)")
    }
    return recognised
  }
}

/// No template can be told from the model.
struct ChatTemplateUnknown: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
