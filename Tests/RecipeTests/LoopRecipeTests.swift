import Foundation
import Recipe
import Testing

/// The least that the recipe of a loop must say.
private let leastLoop = "train: {model: m}\noutput: o\n"

/// The recipe of `yaml` behind the least, which begins in line 3.
private func loop(_ yaml: String = "", settings: [String] = []) throws -> LoopRecipe {
  try LoopRecipe(yaml: leastLoop + yaml, name: "l.yaml", settings: settings)
}

private func loopRefusal(
  whole yaml: String, settings: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) throws -> RecipeError {
  try #require(
    throws: RecipeError.self, sourceLocation: sourceLocation,
    performing: { _ = try LoopRecipe(yaml: yaml, name: "l.yaml", settings: settings) })
}

@Suite struct LoopRecipeTests {
  @Test func theLeastThatItMustSay() throws {
    #expect(try loop() == LoopRecipe(model: .path("m"), output: "o"))
    #expect(try loop().evolve.isBuiltin && loop().train.data.validation == 0 && loop().evaluate.tasks == 900)
  }

  @Test func everyFieldIsRead() throws {
    let found = try LoopRecipe(
      yaml: """
        evolve: {teacher: [http://a/v1, http://b/v1], teacher_model: q, teacher_adapter: d, teacher_template: chatml,
          quantize: q4_k, context: 512, seeds: s.json, rounds: 3, seed: 9, prompts: p, decontaminate: [t.jsonl],
          temperature: 0.5, top_p: 1, max_tokens: 99, similarity: null, strict_length: true, rate_difficulty: 7,
          budget: calls=100, price_in: 1.5, price_out: 0, concurrency: 3, sample: 50}
        train:
          random: {hidden: 64, layers: 2, heads: 4, kv_heads: 2, ffn: 128, vocabulary: 500, length: 96,
            initializer_range: 0.05}
          data: {template: chatml, validation: 0.1, length: 64}
          tokens: 1e5
        evaluate: {held_out: 0.25, test: [x.json], max_tokens: 9, batch: 5}
        output: /runs/l
        """, name: "l.yaml")
    var wanted = LoopRecipe(model: .random(Recipe.RandomModel()), output: "/runs/l")
    wanted.evolve.teacher = ["http://a/v1", "http://b/v1"]
    (wanted.evolve.teacherModel, wanted.evolve.teacherAdapter, wanted.evolve.teacherTemplate) = ("q", "d", "chatml")
    (wanted.evolve.quantize, wanted.evolve.context, wanted.evolve.seeds) = (.q4_K, 512, "s.json")
    (wanted.evolve.rounds, wanted.evolve.seed, wanted.evolve.prompts) = (3, 9, "p")
    (wanted.evolve.decontaminate, wanted.evolve.temperature, wanted.evolve.topP) = (["t.jsonl"], 0.5, 1)
    (wanted.evolve.maxTokens, wanted.evolve.similarity, wanted.evolve.strictLength) = (99, nil, true)
    (wanted.evolve.rateDifficulty, wanted.evolve.budget) = (7, ["calls=100"])
    (wanted.evolve.priceIn, wanted.evolve.priceOut, wanted.evolve.concurrency) = (1.5, 0, 3)
    wanted.evolve.sample = 50
    var shape = Recipe.RandomModel()
    (shape.hidden, shape.layers, shape.heads, shape.kvHeads) = (64, 2, 4, 2)
    (shape.ffn, shape.vocabulary, shape.length, shape.initializerRange) = (128, 500, 96, 0.05)
    wanted.train.model = .random(shape)
    (wanted.train.data.template, wanted.train.data.validation, wanted.train.data.length) = (.chatml, 0.1, 64)
    wanted.train.duration = .tokens(100_000)
    (wanted.evaluate.heldOut, wanted.evaluate.test, wanted.evaluate.maxTokens) = (0.25, ["x.json"], 9)
    wanted.evaluate.batch = 5
    #expect(found == wanted && !found.evolve.isBuiltin)
    let builtin = try loop("evolve: {teacher: builtin, seed_count: 9, world: small}\nevaluate: {tasks: 7}")
    #expect(builtin.evolve.seedCount == 9 && builtin.evolve.world == .small && builtin.evaluate.tasks == 7)
  }

  /// What is written in line 3, and the whole message.
  @Test(arguments: [
    ("evolv: {}", "evolv: unknown key; did you mean evolve?"),
    ("rounds: 3", "rounds: unknown key; did you mean evolve.rounds?"),
    ("learning_rate: 1", "learning_rate: unknown key; did you mean train.optimizer.learning_rate?"),
    ("evolve: {round: 3}", "evolve.round: unknown key; did you mean rounds?"),
    ("evolve: {rounds: x}", "evolve.rounds: expected an integer, found the text `x`"),
    ("evolve: {rounds: 0}", "evolve.rounds: is 0; allowed are 1 to 1000"),
    ("evolve: {world: tiny}", "evolve.world: expected small or wide, found the text `tiny`"),
    ("evolve: {similarity: 0}", "evolve.similarity: is 0.0; must be more than 0 and at most 1"),
    ("evolve: {teacher: []}", "evolve.teacher: is empty; at least 1 must be named"),
    ("evaluate: {batch: 0}", "evaluate.batch: is 0; allowed are 1 to 4096"),
    ("evaluate: {held_out: 1}", "evaluate.held_out: is 1.0; must be at least 0 and below 1"),
    (
      "evolve: {seeds: a.json}",
      "evolve.seeds: has no meaning for the built-in teacher, which brings seeds and tests of its own; leave it out, or "
        + "name a model or a server as evolve.teacher"
    ),
    (
      "evolve: {teacher: m, seeds: a, world: small}",
      "evolve.world: is of the built-in teacher alone; leave it out, or say evolve.teacher: builtin"
    ),
  ])
  func messages(yaml: String, problem: String) throws {
    #expect("\(try loopRefusal(whole: leastLoop + yaml + "\n"))" == "l.yaml:3: \(problem)")
  }

  @Test func theTrainingSectionIsATrainingRecipe() throws {
    func message(_ yaml: String) throws -> String { "\(try loopRefusal(whole: yaml + "\noutput: o\n"))" }
    #expect(
      try message("train:\n  model: m\n  optimizer: {learning_rat: 1}")
        == "l.yaml:3: train.optimizer.learning_rat: unknown key; did you mean learning_rate?")
    #expect(try message("train: {model: m, data: {train: [a]}}").contains("train.data.train: unknown key"))
    #expect(try message("train: {model: m, output: x}") == "l.yaml:1: train.output: unknown key; did you mean output?")
    #expect(try message("evolve: {}").contains("l.yaml: train.model: is missing"))
    #expect(
      try message("train: {model: m, random: {}}").contains("train.random: train.model (l.yaml:1) is given as well"))
    #expect(
      try message("train: {model: m, steps: 3, tokens: 4}").contains(
        "train.tokens: train.steps (l.yaml:1) is given as well"))
    #expect(
      try message("train: {random: {length: 64}, data: {length: 65}}").contains(
        "train.data.length: is 65, but the model takes 64 (train.random.length)"))
    #expect(try loopRefusal(whole: "train: {model: m}").field == "output")
    #expect(try loopRefusal(whole: leastLoop + "evolve: {teacher: m}").field == "evolve.seeds")
  }

  @Test func settingsTakeThePlaceOfKeys() throws {
    let changed = try loop(
      "evolve: {rounds: 2}\n",
      settings: ["train.tokens=500", "train.steps=7", "train.random.hidden=96", "evolve.rounds=1", "output=x"])
    #expect(changed.train.duration == .steps(7) && changed.evolve.rounds == 1 && changed.output == "x")
    guard case .random(let shape) = changed.train.model else { throw RecipeTestError() }
    #expect(shape.hidden == 96)
    #expect(try loopRefusal(whole: leastLoop, settings: ["tokens=5"]).problem.contains("did you mean train.tokens?"))
  }

  @Test func whatIsWrittenIsReadBackTheSame() throws {
    for name in ["quickstart", "loop"] {
      let recipe = try LoopRecipe(path: House.recipes.appending(path: "\(name).yaml").path)
      // Keys of the other sort of teacher are written with their defaults, which they may have.
      #expect(try LoopRecipe(yaml: recipe.canonicalYAML, name: "again") == recipe)
    }
  }
}

private struct RecipeTestError: Error {}
