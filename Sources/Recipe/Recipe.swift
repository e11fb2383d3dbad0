/// A training recipe: everything that decides how a model is trained, and nothing about the machine that does it.
///
/// It is read from YAML, where all keys but `model` (or `random`), `data.train` and `output` may be left out. What is
/// left out is as in the paper (WizardLM, ICLR 2024, and its code: AdamW at 2e-5, 64 examples a step, 2048 tokens, 3
/// epochs, cosine after 50 steps of warm-up) or, where the paper says nothing, as Evolcano's design has it.
///
/// ```swift
/// let recipe = try Recipe(path: "lora.yaml", settings: ["optimizer.learning_rate=1e-4"])
/// ```
///
/// Paths are as written, relative to the current directory.
public struct Recipe: Sendable, Equatable {
  /// `model` or `random`: what is trained.
  public var model: Model
  /// `data`: what it is trained on.
  public var data: DataSet
  /// `method`: which parameters are trained.
  public var method = Method.full
  /// `lora`: the adapters; read by the methods `lora` and `qlora` alone.
  public var lora = LoRA()
  /// `precision`: how activations, and weights while they are computed with, are stored. Sums are always f32.
  public var precision = Precision.bf16
  /// `batch`: how many sequences one step of the optimizer sees.
  public var batch = Batch()
  /// `epochs`, `steps` or `tokens`: when the training ends.
  public var duration = Duration.epochs(3)
  /// `optimizer`: AdamW.
  public var optimizer = Optimizer()
  /// `schedule`: the learning rate over the steps.
  public var schedule = Schedule()
  /// `clip_grad_norm`: the norm that the gradient of a step is scaled down to; nil (`null`) leaves it as it is.
  public var clipGradNorm: Double? = 1
  /// `activation_checkpointing`: whether a layer's activations are computed again in the backward pass, to save memory.
  public var activationCheckpointing = true
  /// `seed`: of the shuffling, of dropout and of fresh weights.
  public var seed: UInt64 = 42
  /// `evaluate`: what is looked at while training goes on.
  public var evaluate = Evaluation()
  /// `save`: the checkpoints.
  public var save = Saving()
  /// `output`: the folder that checkpoints, logs, the report and the trained model go to.
  public var output: String

  /// A recipe in which everything else has its default.
  public init(model: Model, train: [String], output: String) {
    self.model = model
    self.output = output
    data = DataSet(train: train)
    if case .random(let shape) = model { data.length = min(data.length, shape.length) }
  }

  /// The learning rate of step `step`, counted from 0, of `total` steps.
  public func learningRate(step: Int, total: Int) -> Double {
    schedule.learningRate(peak: optimizer.learningRate, step: step, total: total)
  }
}

extension Recipe {
  /// What is trained.
  public enum Model: Sendable, Equatable {
    /// A Hugging Face folder or a `.gguf` file.
    case path(String)
    /// A new model with random weights.
    case random(RandomModel)
  }

  /// The shape of a LLaMA-family model whose weights start at random.
  public struct RandomModel: Sendable, Equatable {
    /// Numbers that stand for a token between the layers. A multiple of twice `heads`, since RoPE turns pairs.
    public var hidden = 288
    public var layers = 6
    /// Query heads, each `hidden / heads` numbers wide.
    public var heads = 6
    /// Key and value heads; a divisor of `heads`.
    public var kvHeads = 6
    /// Numbers between the two halves of the feed-forward network.
    public var ffn = 768
    public var vocabulary = 4096
    /// The longest sequence, in tokens.
    public var length = 512
    /// The standard deviation of fresh matrices, as transformers calls it. Small models want more: Nguyen & Salazar 2019
    /// have √(2 / 5·hidden).
    public var initializerRange = 0.02
    /// A model (Hugging Face folder or `.gguf` file, which may hold a vocabulary only) whose tokenizer is used; nil makes
    /// one of the data, of at most `vocabulary` pieces.
    public var tokenizer: String?

    public init() {}
  }

  /// Which parameters are trained.
  public enum Method: String, Sendable, CaseIterable {
    /// All of them.
    case full
    /// Adapters of low rank beside the frozen weights (Hu et al. 2021).
    case lora
    /// As `lora`, with the frozen weights quantised (Dettmers et al. 2023).
    case qlora
  }

  /// How numbers are stored.
  public enum Precision: String, Sendable, CaseIterable { case f32, f16, bf16 }

  /// When the training ends.
  public enum Duration: Sendable, Equatable {
    /// After the data has been seen so many times.
    case epochs(Int)
    /// After so many steps of the optimizer.
    case steps(Int)
    /// With the step at which so many tokens have been seen, those of prompts included, padding not.
    case tokens(Int)
  }

  /// How many sequences one step of the optimizer sees: `micro` at once on the device, `accumulate` times.
  public struct Batch: Sendable, Equatable {
    public var micro = 1
    public var accumulate = 64

    public init() {}

    /// Sequences a step.
    public var sequences: Int { micro * accumulate }
  }

  /// AdamW (Loshchilov & Hutter 2019) in the notation of PyTorch.
  public struct Optimizer: Sendable, Equatable {
    /// The highest learning rate that the schedule reaches.
    public var learningRate = 2e-5
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    public var weightDecay = 0.0

    public init() {}
  }

  /// What is looked at while training goes on.
  public struct Evaluation: Sendable, Equatable {
    /// Steps from one evaluation to the next; nil (`null`) evaluates at the start and at the end alone.
    public var every: Int? = 100
    /// Instructions that the model answers before and after training, for people to compare.
    public var prompts: [String] = []
    /// The longest answer to a prompt, in tokens.
    public var maxTokens = 128

    public init() {}
  }

  /// The checkpoints.
  public struct Saving: Sendable, Equatable {
    /// Steps from one checkpoint to the next.
    public var every = 500
    /// How many checkpoints stay; older ones are removed.
    public var keep = 3

    public init() {}
  }
}
