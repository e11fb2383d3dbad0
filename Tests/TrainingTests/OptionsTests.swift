import Kernels
import LanguageModel
import Recipe
import Testing

@testable import Training

/// What a recipe means to a session.
@Suite struct OptionsTests {
  @Test func recipeDecides() {
    var recipe = Recipe(model: .path("model"), train: ["data.jsonl"], output: "out")
    recipe.method = .qlora
    recipe.lora.rank = 8
    recipe.lora.alpha = 12
    recipe.lora.dropout = 0.25
    recipe.lora.targets = .modules([.query, .down])
    recipe.lora.base = .q8_0
    recipe.precision = .f16
    recipe.batch.micro = 3
    recipe.data.length = 96
    recipe.optimizer.beta2 = 0.95
    recipe.optimizer.epsilon = 1e-6
    recipe.optimizer.weightDecay = 0.1
    recipe.clipGradNorm = 0.5
    recipe.activationCheckpointing = false
    recipe.seed = 7
    let options = TrainingOptions(recipe)
    var lora = LoRA(rank: 8, alpha: 12, targets: ["q_proj", "down_proj"])
    lora.dropout = 0.25
    #expect(options.method == .quantizedLoRA(lora, base: .q8_0))
    #expect(options.precision == .f16 && options.micro == 3 && options.length == 96 && options.rows == 288)
    #expect(options.beta1 == 0.9 && options.beta2 == 0.95 && options.epsilon == 1e-6)
    #expect(options.maximumNorm == 0.5 && !options.checkpointed && options.seed == 7)
    recipe.method = .full
    #expect(TrainingOptions(recipe).method == .full)
  }

  /// As transformers' `Trainer`: neither biases nor the weights of norms decay.
  @Test func decayIsForMatrices() {
    var options = TrainingOptions(method: .full, micro: 1, length: 1)
    options.weightDecay = 0.5
    for name in ["model.embed_tokens.weight", "lm_head.weight", "model.layers.0.mlp.up_proj.lora_A.weight"] {
      #expect(options.weightDecay(of: name) == 0.5)
    }
    for name in [
      "model.norm.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.self_attn.q_norm.weight",
      "model.layers.0.self_attn.q_proj.bias",
    ] {
      #expect(options.weightDecay(of: name) == 0)
    }
  }
}
