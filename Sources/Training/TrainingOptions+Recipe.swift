import Kernels
import LanguageModel
public import Recipe

extension TrainingOptions {
  /// What a recipe says of the training itself.
  public init(_ recipe: Recipe) {
    var lora = LoRA(
      rank: recipe.lora.rank, alpha: recipe.lora.alpha, targets: Set(recipe.lora.targets.modules.map(\.rawValue)))
    lora.dropout = Float(recipe.lora.dropout)
    let method: Method =
      switch recipe.method {
      case .full: .full
      case .lora: .lora(lora)
      case .qlora: .quantizedLoRA(lora, base: Self.type(recipe.lora.base))
      }
    let precision: DType =
      switch recipe.precision {
      case .f32: .f32
      case .f16: .f16
      case .bf16: .bf16
      }
    self.init(method: method, precision: precision, micro: recipe.batch.micro, length: recipe.data.length)
    checkpointed = recipe.activationCheckpointing
    beta1 = recipe.optimizer.beta1
    beta2 = recipe.optimizer.beta2
    epsilon = recipe.optimizer.epsilon
    weightDecay = recipe.optimizer.weightDecay
    maximumNorm = recipe.clipGradNorm
    if case .random(let shape) = recipe.model { initializerRange = shape.initializerRange }
    seed = recipe.seed
  }

  private static func type(_ base: Recipe.Base) -> DType {
    switch base {
    case .q8_0: .q8_0
    case .q4_0: .q4_0
    case .q4_K: .q4_K
    }
  }
}
