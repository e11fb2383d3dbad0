public import ArgumentParser
import EvolInstruct
import Formats
import Foundation
import Pool
public import TaskWorld
import Workflow

/// `evolcano evolve`
struct EvolveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evolve",
    abstract: "Evolve instructions into harder and different ones, round by round (Evol-Instruct).",
    discussion: """
      Every call to the teacher is written down before it is used, in OUTPUT/pool.sqlite: stopped anywhere, the same \
      command goes on from there. At the end all that was kept is drawn into OUTPUT/evolved.jsonl. A teacher is the \
      built-in world of computed tasks (its own seeds, no model), a model on this machine, or servers that speak \
      OpenAI's protocol, whose key is read from OPENAI_API_KEY.
      """)

  @OptionGroup(title: "What and by whom") var sources: EvolveSources
  @OptionGroup(title: "How") var method: EvolveMethod
  @OptionGroup(title: "How much") var limits: EvolveLimits
  @OptionGroup(title: "A teacher on this machine") var local: EvolveLocalTeacher
  @Flag(help: "Print the estimate and stop; nothing is written and nobody is asked.") var dryRun = false
  @Flag(name: .shortAndLong, help: "Do not ask before calls to servers.") var yes = false
  @Flag(help: "Print the summary as JSON.") var json = false

  func validate() throws {
    do { _ = try configuration() } catch let error as EvolveError { throw ValidationError(error.description) }
  }

  private func configuration() throws -> EvolveConfiguration {
    let model = LocalTeacherModel(
      path: "", adapter: local.teacherAdapter, quantize: local.quantize?.dtype, template: local.teacherTemplate,
      context: local.context, device: local.device, isValidating: local.validate)
    let configuration = EvolveConfiguration(
      seeds: sources.seeds.map { .file($0) } ?? .builtin(count: sources.seedCount),
      teacher: try TeacherChoice(
        sources.teacher.isEmpty ? ["builtin"] : sources.teacher, served: sources.teacherModel, world: sources.world,
        local: model),
      output: sources.output,
      prompts: method.prompts, testSets: method.decontaminate, options: try options(), sample: limits.sample,
      key: ProcessInfo.processInfo.environment["OPENAI_API_KEY"].flatMap { $0.isEmpty ? nil : $0 })
    if let problem = configuration.problem { throw EvolveError.usage(problem) }
    return configuration
  }

  private func options() throws(EvolveError) -> EvolutionOptions {
    guard let shard = Shard(method.shard) else {
      throw .usage("--shard \(method.shard): expected i/n with i from 0 to n − 1, such as 0/4")
    }
    var price: Price?
    if limits.priceIn != nil || limits.priceOut != nil {
      price = Price(promptMillion: limits.priceIn ?? 0, completionMillion: limits.priceOut ?? 0)
    }
    var budget = Budget(price: price)
    for text in limits.budget {
      do { try budget.limit(text) } catch { throw .usage("--budget: \(error)") }
    }
    return EvolutionOptions(
      rounds: method.rounds, seed: method.seed, shard: shard,
      sampling: Sampling(temperature: method.temperature, topP: method.topP, maxTokens: method.maxTokens),
      concurrency: limits.concurrency, budget: budget, ratesDifficulty: method.rateDifficulty != nil,
      difficultySample: method.rateDifficulty,
      removesOutsideWordRange: method.strictLength, similarityLimit: method.similarity, allowsMixing: method.allowMixed)
  }

  func run() async throws {
    let run = try await EvolveRun(configuration())
    let view = EvolveView(run: run)
    if dryRun {
      print(json ? run.estimate.json.encoded(indent: 2) : view.estimate)
      return
    }
    complain(view.estimate)
    guard yes || !asks || confirmed() else { throw ExitCode(1) }
    let progress = EvolutionProgress()
    let interruption = Interruption()
    defer { progress.clear() }
    let summary = try await interruption.guarding("stopping: what is under way is written down …") {
      try await run.start { progress.take($0) }
    }
    progress.clear()
    print(json ? summary.json.encoded(indent: 2) : YieldView(yields: summary.yields, isColored: isColorTerminal).text)
    complain(view.end(summary))
    if summary.ending == .interrupted { throw ExitCode(130) }
  }

  /// Servers may cost money; a person is asked before they do.
  private var asks: Bool { sources.teacher.contains { $0.hasPrefix("http") } && isatty(STDIN_FILENO) != 0 }
}

extension WorldSize: ExpressibleByArgument {}

/// What is evolved, by whom, and where to.
struct EvolveSources: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The instructions to start from: JSON or JSON lines of Alpaca's, Self-Instruct's or Dolly's rows. Left out with "
        + "the built-in teacher, which brings its own.", valueName: "file"))
  var seeds: String?
  @Option(help: ArgumentHelp("How many seeds the built-in teacher brings.", valueName: "n")) var seedCount = 500
  @Option(
    help: ArgumentHelp(
      "builtin, a model (a Hugging Face folder or a .gguf file), or a server's address such as "
        + "http://127.0.0.1:8080/v1, which may be given several times. (default: builtin)",
      valueName: "builtin|model|url"))
  var teacher: [String] = []
  @Option(help: ArgumentHelp("The name by which the servers know the model.", valueName: "name"))
  var teacherModel: String?
  @Option(
    help: ArgumentHelp(
      "The built-in teacher's world: small is learnt from scratch within minutes and has room for two rounds; wide is "
        + "for models that are trained longer. (default: wide)", valueName: "small|wide"))
  var world: WorldSize?
  @Option(help: ArgumentHelp("The folder for the pool and the training file.", valueName: "folder")) var output: String
}

/// How instructions are evolved.
struct EvolveMethod: ParsableArguments {
  @Option(help: "How often every instruction is evolved.") var rounds = 4
  @Option(help: "Same seed, same draws.") var seed: UInt64 = 0
  @Option(
    help: ArgumentHelp(
      "Only the i-th of n equal parts of the seeds, i from 0; `evolcano pool merge` joins the pools.", valueName: "i/n")
  )
  var shard = "0/1"
  @Option(
    help: ArgumentHelp("A folder of prompts in place of the project's own; missing ones stay.", valueName: "folder"))
  var prompts: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Test sets: what shares 13 words in a row with one is removed and listed.", valueName: "file"))
  var decontaminate: [String] = []
  @Option(help: "What logits are divided by.") var temperature = 1.0
  @Option(help: "Draw from the likeliest tokens whose probabilities sum to this.") var topP = 0.9
  @Option(help: "Tokens of a reply at the most.") var maxTokens = 2048
  @Option(help: "How alike two instructions may be: the share of three-word runs in common.") var similarity = 0.8
  @Flag(help: "Remove what is not 10 to 20 words longer where the paper asks for it, rather than count it.")
  var strictLength = false
  @Option(
    help: ArgumentHelp(
      "Have the teacher rate the difficulty of about so many of what a round kept, one more call each.",
      valueName: "n"))
  var rateDifficulty: Int?
  @Flag(help: "Go on with a pool that other prompts, settings or another teacher began.") var allowMixed = false

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds): expected 1 or more") }
    if let rateDifficulty, rateDifficulty < 1 {
      throw ValidationError("--rate-difficulty \(rateDifficulty): expected 1 or more")
    }
    guard maxTokens > 0 else { throw ValidationError("--max-tokens \(maxTokens): expected 1 or more") }
    guard temperature >= 0, temperature.isFinite else {
      throw ValidationError("--temperature \(temperature): expected 0 or more")
    }
    guard topP > 0, topP <= 1 else { throw ValidationError("--top-p \(topP): expected more than 0, at most 1") }
    guard similarity > 0, similarity <= 1 else {
      throw ValidationError("--similarity \(similarity): expected more than 0, at most 1")
    }
  }
}

/// What a run may take.
struct EvolveLimits: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A limit that is never passed: calls=N, tokens=N or money=N; may be given several times.", valueName: "limit"))
  var budget: [String] = []
  @Option(help: ArgumentHelp("What a million tokens of prompts cost.", valueName: "price")) var priceIn: Double?
  @Option(help: ArgumentHelp("What a million tokens of replies cost.", valueName: "price")) var priceOut: Double?
  @Option(help: "Calls under way at once, at each server.") var concurrency = 16
  @Option(
    help: ArgumentHelp("Rows of the training file at most, each as likely; all, if not given.", valueName: "n"))
  var sample: Int?

  func validate() throws {
    guard concurrency > 0 else { throw ValidationError("--concurrency \(concurrency): expected 1 or more") }
    if let sample, sample < 1 { throw ValidationError("--sample \(sample): expected 1 or more") }
    for (name, price) in [("in", priceIn), ("out", priceOut)] {
      if let price, !(price >= 0 && price.isFinite) {
        throw ValidationError("--price-\(name) \(price): expected 0 or more")
      }
    }
  }
}

/// How a model on this machine teaches.
struct EvolveLocalTeacher: ParsableArguments {
  @Option(help: ArgumentHelp("A PEFT adapter (LoRA) to apply to the model.", valueName: "folder"))
  var teacherAdapter: String?
  @Option(help: ArgumentHelp("How it was taught to see a conversation; its own, if not given.", valueName: "name"))
  var teacherTemplate: String?
  @Option(help: "Round its matrices while loading: less memory, a little less exact.") var quantize: Quantization?
  @Option(help: "Positions of a prompt and its reply; its length, up to 4096, if not given.") var context: Int?
  @Option(
    help: ArgumentHelp(
      "The device: its index in `evolcano devices`, or a part of its name; the best, if not given.",
      valueName: "index|name"))
  var device: String?
  @Flag(help: "Turn the Vulkan validation layer on; its messages go to standard error.") var validate = false
}
