// The tables of keys, as for a training recipe.

extension LoopRecipe {
  /// The keys at the top, in canonical order.
  static let keys: [Key<LoopRecipe>] = [
    Key("evolve", \.evolve, section: Evolving.keys),
    Key("train", \.train, section: Recipe.loopKeys),
    Key("evaluate", \.evaluate, section: Evaluation.keys),
    Key("output", \.output, .path),
  ]
}

extension LoopRecipe.Evolving {
  /// Those that shape the trajectory make another pool; with the others one goes on.
  static let keys: [Key<Self>] = [
    Key("teacher", \.teacher, .texts(atLeast: 1)),
    Key("teacher_model", \.teacherModel, .optional(.sentence)),
    Key("teacher_adapter", \.teacherAdapter, .optional(.path)),
    Key("teacher_template", \.teacherTemplate, .optional(.sentence)),
    Key("quantize", \.quantize, .optional(.choice)),
    Key("context", \.context, .optional(.dimension), shapesTrajectory: false),
    Key("seeds", \.seeds, .optional(.path)),
    Key("seed_count", \.seedCount, .count),
    Key("world", \.world, .choice),
    Key("rounds", \.rounds, .integer(1...1000), shapesTrajectory: false),
    Key("seed", \.seed, .integer(0...UInt64.max)),
    Key("prompts", \.prompts, .optional(.path)),
    Key("decontaminate", \.decontaminate, .list(.path)),
    Key("temperature", \.temperature, .positiveOrZero),
    Key("top_p", \.topP, .part),
    Key("max_tokens", \.maxTokens, .dimension),
    Key("similarity", \.similarity, .optional(.part)),
    Key("strict_length", \.strictLength, .flag),
    Key("rate_difficulty", \.rateDifficulty, .optional(.count), shapesTrajectory: false),
    Key("budget", \.budget, .texts(), shapesTrajectory: false),
    Key("price_in", \.priceIn, .optional(.positiveOrZero), shapesTrajectory: false),
    Key("price_out", \.priceOut, .optional(.positiveOrZero), shapesTrajectory: false),
    Key("concurrency", \.concurrency, .integer(1...65536), shapesTrajectory: false),
    Key("sample", \.sample, .optional(.count), shapesTrajectory: false),
  ]

  /// What decides which rows a pool has, as text: evolving goes on with a pool of the same.
  public var trajectoryYAML: String { Self.keys.canonical(self, trajectoryOnly: true).encoded }
}

extension LoopRecipe.Evaluation {
  static let keys: [Key<Self>] = [
    Key("tasks", \.tasks, .integer(1...1_000_000)),
    Key("held_out", \.heldOut, .share),
    Key("test", \.test, .list(.path)),
    Key("max_tokens", \.maxTokens, .dimension),
    Key("batch", \.batch, .integer(1...4096)),
  ]
}
