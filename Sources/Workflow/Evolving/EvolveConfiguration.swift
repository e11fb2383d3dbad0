public import EvolInstruct

/// Everything that a run of Evol-Instruct is told.
public struct EvolveConfiguration: Sendable {
  /// What is evolved.
  public enum Seeds: Sendable, Equatable {
    /// Rows of a JSON or JSON-lines file: Alpaca's, Self-Instruct's or Dolly's.
    case file(String)
    /// So many plain tasks of the teacher's built-in world, which that teacher alone can evolve.
    case builtin(count: Int)
  }

  public var seeds: Seeds
  public var teacher: TeacherChoice
  /// The folder of the pool and of what is exported; made when absent.
  public var output: String
  /// A folder of prompts in place of the project's own; nil for those.
  public var prompts: String?
  /// Files that no instruction may share 13 words in a row with.
  public var testSets: [String]
  public var options: EvolutionOptions
  /// Rows of the training file at most, drawn from seeds and all rounds with equal probability; nil for all.
  public var sample: Int?
  /// Whether a training file is written at the end.
  public var isExporting = true
  /// Sent to servers as a bearer token; kept nowhere.
  public var key: String?

  public init(
    seeds: Seeds, teacher: TeacherChoice, output: String, prompts: String? = nil, testSets: [String] = [],
    options: EvolutionOptions = EvolutionOptions(), sample: Int? = nil, key: String? = nil
  ) {
    self.seeds = seeds
    self.teacher = teacher
    self.output = output
    self.prompts = prompts
    self.testSets = testSets
    self.options = options
    self.sample = sample
    self.key = key
  }

  /// The pool in an output folder.
  public static func pool(in output: String) -> String { output + "/pool.sqlite" }

  /// The training file in an output folder.
  public static func training(in output: String) -> String { output + "/evolved.jsonl" }

  /// What makes no sense, before any file is read; nil where all does.
  public var problem: String? {
    if options.rounds < 1 { return "\(options.rounds) rounds; expected 1 or more" }
    if options.concurrency < 1 { return "a concurrency of \(options.concurrency); expected 1 or more" }
    if let sample, sample < 1 { return "a sample of \(sample) rows; expected 1 or more" }
    if options.budget.money != nil, options.budget.price == nil {
      return "a budget of money needs the price of a million tokens: --price-in and --price-out"
    }
    switch (seeds, teacher) {
    case (.file(let path), .builtin):
      return "the built-in teacher evolves tasks of its own world alone and cannot read \(path); leave --seeds out, "
        + "or name a model or a server as the teacher"
    case (.builtin, .model), (.builtin, .endpoints):
      return "seeds are missing: a file of instructions to start from"
    case (.builtin(let count), .builtin): return count < 1 ? "\(count) seeds; expected 1 or more" : nil
    default: return nil
    }
  }
}
