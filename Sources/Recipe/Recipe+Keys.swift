// The tables of keys: a field of a recipe is one line here and one property.

extension Recipe {
  /// The keys at the top, in canonical order.
  static let keys: [Key<Recipe>] =
    modelKeys + [
      Key("data", \.data, section: DataSet.keys),
      Key("method", \.method, .choice),
      Key("lora", \.lora, section: LoRA.keys),
      Key("precision", \.precision, .choice),
      Key("batch", \.batch, section: Batch.keys),
    ] + durationKeys + [
      Key("optimizer", \.optimizer, section: Optimizer.keys),
      Key("schedule", \.schedule, section: Schedule.keys),
      Key("clip_grad_norm", \.clipGradNorm, .optional(.positive)),
      // What is computed again is the same.
      Key("activation_checkpointing", \.activationCheckpointing, .flag, shapesTrajectory: false),
      Key("seed", \.seed, .integer(0...UInt64.max)),
      Key("evaluate", \.evaluate, section: Evaluation.keys, shapesTrajectory: false),
      Key("save", \.save, section: Saving.keys, shapesTrajectory: false),
      Key("output", \.output, .path, shapesTrajectory: false),
    ]

  /// `model` or `random`, two keys for one property.
  private static let modelKeys: [Key<Recipe>] = [
    Key("model") { (field, recipe) throws(RecipeError) in
      if field.value.isNull { return }
      recipe.model = .path(try ValueKind.path.read(field))
    } write: { recipe, _ in
      guard case .path(let path) = recipe.model else { return nil }
      return .text(path)
    },
    Key("random", children: RandomModel.keys.map(\.name)) { (field, recipe) throws(RecipeError) in
      if field.value.isNull { return }
      var model = RandomModel()
      try field.read(RandomModel.keys, into: &model)
      try model.check(field)
      recipe.model = .random(model)
    } write: { recipe, trajectoryOnly in
      guard case .random(let model) = recipe.model else { return nil }
      return RandomModel.keys.canonical(model, trajectoryOnly: trajectoryOnly)
    },
  ]

  /// The paper's 70,000 rows have 10⁸ tokens.
  private static let tokens = ValueKind<Int>.integer(1...1_000_000_000_000)

  /// `epochs`, `steps` or `tokens`, three keys for one property.
  private static let durationKeys: [Key<Recipe>] = [
    Key("epochs") { (field, recipe) throws(RecipeError) in
      if field.value.isNull { return }
      recipe.duration = .epochs(try ValueKind.count.read(field))
    } write: { recipe, _ in
      guard case .epochs(let count) = recipe.duration else { return nil }
      return ValueKind.count.write(count)
    },
    Key("steps") { (field, recipe) throws(RecipeError) in
      if field.value.isNull { return }
      recipe.duration = .steps(try ValueKind.count.read(field))
    } write: { recipe, _ in
      guard case .steps(let count) = recipe.duration else { return nil }
      return ValueKind.count.write(count)
    },
    Key("tokens") { (field, recipe) throws(RecipeError) in
      if field.value.isNull { return }
      recipe.duration = .tokens(try tokens.read(field))
    } write: { recipe, _ in
      guard case .tokens(let count) = recipe.duration else { return nil }
      return tokens.write(count)
    },
  ]
}

extension Recipe {
  /// The keys of the `train` section of a loop's recipe: those of a training recipe without the data and the output
  /// folder, which are the loop's own.
  static let loopKeys: [Key<Recipe>] = keys.compactMap { key in
    switch key.name {
    case "output": nil
    case "data": Key("data", \.data, section: DataSet.keys.filter { $0.name != "train" })
    default: key
    }
  }
}

extension Recipe.RandomModel {
  static let keys: [Key<Self>] = [
    Key("hidden", \.hidden, .dimension),
    Key("layers", \.layers, .integer(1...1024)),
    Key("heads", \.heads, .dimension),
    Key("kv_heads", \.kvHeads, .dimension),
    Key("ffn", \.ffn, .dimension),
    Key("vocabulary", \.vocabulary, .dimension),
    Key("length", \.length, .dimension),
    Key("initializer_range", \.initializerRange, .positive),
    Key("tokenizer", \.tokenizer, .optional(.path)),
  ]

  /// Checks what the numbers must be to one another.
  func check(_ field: RecipeField) throws(RecipeError) {
    guard hidden % (2 * heads) == 0 else {
      throw field.error(
        .invalid, "hidden (\(hidden)) must be a multiple of twice heads (\(heads)): a head turns pairs of numbers")
    }
    guard heads % kvHeads == 0 else {
      throw field.error(.invalid, "heads (\(heads)) must be a multiple of kv_heads (\(kvHeads))")
    }
  }
}

extension Recipe.DataSet {
  static let keys: [Key<Self>] = [
    Key("train", \.train, .list(.path, atLeast: 1)),
    Key("format", \.format, .choice),
    Key("template", \.template, .choice),
    Key("validation", \.validation, .share),
    Key("shuffle", \.shuffle, .flag),
    Key("packing", \.packing, .flag),
    Key("length", \.length, .dimension),
    Key("allow_bad", \.allowBad, .flag),
  ]
}

extension Recipe.LoRA {
  static let keys: [Key<Self>] = [
    Key("rank", \.rank, .integer(1...65536)),
    Key("alpha", \.alpha, .positive),
    Key("dropout", \.dropout, .share),
    Key("targets", \.targets, .targets),
    Key("base", \.base, .choice),
  ]
}

extension Recipe.Batch {
  static let keys: [Key<Self>] = [
    Key("micro", \.micro, .integer(1...65536)),
    Key("accumulate", \.accumulate, .integer(1...1_048_576)),
  ]
}

extension Recipe.Optimizer {
  static let keys: [Key<Self>] = [
    Key("learning_rate", \.learningRate, .positive),
    Key("beta1", \.beta1, .share),
    Key("beta2", \.beta2, .share),
    Key("epsilon", \.epsilon, .positive),
    Key("weight_decay", \.weightDecay, .positiveOrZero),
  ]
}

extension Recipe.Schedule {
  static let keys: [Key<Self>] = [
    Key("kind", \.kind, .choice),
    Key("warmup_steps", \.warmupSteps, .countOrZero),
  ]
}

extension Recipe.Evaluation {
  static let keys: [Key<Self>] = [
    Key("every", \.every, .optional(.count)),
    Key("prompts", \.prompts, .list(.sentence)),
    Key("max_tokens", \.maxTokens, .dimension),
  ]
}

extension Recipe.Saving {
  static let keys: [Key<Self>] = [
    Key("every", \.every, .count),
    Key("keep", \.keep, .count),
  ]
}
