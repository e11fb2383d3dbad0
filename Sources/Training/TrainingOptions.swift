public import Kernels
public import LanguageModel

/// What decides how a model is trained on a device, the data and the learning rate of each step left out.
public struct TrainingOptions: Sendable {
  /// Which parameters are trained.
  public enum Method: Sendable, Hashable {
    /// All of them.
    case full
    /// Low-rank updates of projections beside the frozen weights (Hu et al. 2021).
    case lora(LoRA)
    /// The same with the projections of the layers rounded to a quantised type while they are loaded (Dettmers et al.
    /// 2023). Embedding and head stay as they are, as in their code.
    case quantizedLoRA(LoRA, base: DType)

    /// The updates; nil for `full`.
    public var lora: LoRA? {
      switch self {
      case .full: nil
      case .lora(let lora), .quantizedLoRA(let lora, _): lora
      }
    }

    /// The type of the frozen projections; nil where they are not quantised.
    public var base: DType? { if case .quantizedLoRA(_, let base) = self { base } else { nil } }
  }

  public var method: Method
  /// Type of what flows between the layers and of the weights that the kernels read; master weights, gradients, moments
  /// and sums are f32.
  public var precision: DType
  /// Sequences of a micro-batch.
  public var micro: Int
  /// Rows of a sequence.
  public var length: Int
  /// Compute each layer's activations again in the backward pass.
  public var checkpointed = false
  /// AdamW's decays of the moments.
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  /// λ of AdamW for the parameters that decay: all but biases and the weights of norms, as transformers' `Trainer` has it.
  public var weightDecay = 0.0
  /// Which parameters decay, by name.
  public var decays: @Sendable (_ name: String) -> Bool = { name in
    !name.hasSuffix(".bias") && !name.hasSuffix("norm.weight")
  }
  /// The norm to which a step's gradients are clipped; nil clips nothing.
  public var maximumNorm: Double?
  /// The standard deviation of fresh matrices.
  public var initializerRange = 0.02
  /// Of fresh weights and of dropout.
  public var seed: UInt64 = 42
  /// Of `f16` alone.
  public var lossScaling = LossScaling()

  /// The factor that keeps the gradients of f16 within its range (Micikevicius et al. 2018).
  public struct LossScaling: Sendable, Hashable {
    /// A power of two. 2¹⁶ in `torch.amp.GradScaler`.
    public var first = 65_536.0
    /// Good steps after which it doubles.
    public var growthInterval = 2000
    /// A scale below this ends the run: the model diverges, whatever its scale. About fairseq's `min-loss-scale`.
    public var floor = 0x1p-13

    public init() {}
  }

  /// - Precondition: the precision is f32, f16 or bf16, and there are rows.
  public init(method: Method, precision: DType = .f32, micro: Int, length: Int) {
    precondition(precision.isFloat, "training in \(precision.name)")
    precondition(micro > 0 && length > 0, "micro-batches of \(micro) × \(length) rows")
    self.method = method
    self.precision = precision
    self.micro = micro
    self.length = length
  }

  /// Rows of a micro-batch.
  public var rows: Int { micro * length }

  /// λ of a parameter.
  func weightDecay(of name: String) -> Float { decays(name) ? Float(weightDecay) : 0 }
}
