/// The recipe of the whole loop: what is evolved and by whom, how a model is trained on it, how that is measured.
///
/// It is read from YAML as a training recipe is. All keys but `train.model` (or `train.random`), `output` and, where a
/// model or a server teaches, `evolve.seeds` may be left out.
///
/// ```swift
/// let recipe = try LoopRecipe(path: "loop.yaml", settings: ["train.tokens=20000"])
/// ```
public struct LoopRecipe: Sendable, Equatable {
  /// `evolve`: the seeds, the teacher and how it works.
  public var evolve = Evolving()
  /// `train`: every key of a training recipe but `data.train` and `output`, which the loop fills in for each model that it
  /// trains. Both models see as many tokens: those of `tokens`, or as many as `epochs` or `steps` come to with the
  /// evolved data.
  public var train: Recipe
  /// `evaluate`: what the models are compared on.
  public var evaluate = Evaluation()
  /// `output`: the folder of everything that is made.
  public var output: String

  /// A recipe in which everything else has its default.
  public init(model: Recipe.Model, output: String) {
    self.output = output
    train = Recipe(model: model, train: [], output: "")
    // What is learned is measured afterwards, on what is held out.
    train.data.validation = 0
  }
}

extension LoopRecipe {
  /// How instructions are evolved; the defaults are the paper's.
  public struct Evolving: Sendable, Equatable {
    /// `builtin`, a model on this machine, or addresses of servers.
    public var teacher = ["builtin"]
    /// The name by which servers know their model.
    public var teacherModel: String?
    /// A PEFT adapter's folder for a model on this machine.
    public var teacherAdapter: String?
    /// The template that a model on this machine is asked in; nil for its own.
    public var teacherTemplate: String?
    /// What the matrices of a model on this machine are rounded to; nil leaves them as they are.
    public var quantize: Recipe.Base?
    /// Positions of a prompt and its reply, for a model on this machine; nil for its length, up to 4096.
    public var context: Int?
    /// The file of instructions to start from, with their answers; nil where the built-in teacher brings its own.
    public var seeds: String?
    /// How many seeds the built-in teacher brings.
    public var seedCount = 500
    /// What the built-in teacher's tasks are drawn from.
    public var world = World.wide
    public var rounds = 4
    /// Of every draw.
    public var seed: UInt64 = 0
    /// A folder of prompts in place of the project's own.
    public var prompts: String?
    /// Files that no instruction may share 13 words in a row with.
    public var decontaminate: [String] = []
    public var temperature = 1.0
    public var topP = 0.9
    /// Tokens of a reply at the most.
    public var maxTokens = 2048
    /// How alike two instructions of different seeds may be; nil removes only those that are the same word for word.
    public var similarity: Double? = 0.8
    /// Whether evolutions outside the paper's 10 to 20 words are removed rather than counted.
    public var strictLength = false
    /// About how many of a round the teacher rates; nil for none.
    public var rateDifficulty: Int?
    /// Limits such as `calls=10000`, `tokens=20M` or `money=5`.
    public var budget: [String] = []
    /// What a million tokens of prompts cost, and of replies.
    public var priceIn: Double?
    public var priceOut: Double?
    /// Calls under way at once, at each server.
    public var concurrency = 16
    /// Rows of the evolved data at most, each as likely; nil for all.
    public var sample: Int?

    public init() {}

    /// Whether the built-in teacher teaches.
    public var isBuiltin: Bool { teacher == ["builtin"] }
  }

  /// What the built-in teacher's tasks are drawn from.
  public enum World: String, Sendable, CaseIterable {
    /// Learnt from scratch within minutes.
    case small
    /// Everything there is.
    case wide
  }

  /// What the models are compared on.
  public struct Evaluation: Sendable, Equatable {
    /// Tasks of the built-in world that are asked; a third of them plain, the others complex.
    public var tasks = 900
    /// The share of the seeds that is held out with all that they were evolved into, where a model or a server teaches.
    public var heldOut = 0.1
    /// Files of instructions with answers to test on, in place of seeds that are held out.
    public var test: [String] = []
    /// Tokens of an answer at the most.
    public var maxTokens = 128
    /// Answers that are written at once; a device takes 32 at the most.
    public var batch = 32

    public init() {}
  }
}
