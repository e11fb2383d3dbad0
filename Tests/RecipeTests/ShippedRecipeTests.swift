import Foundation
import Recipe
import Testing

/// The recipes under Tools/recipes, which are the manual.
@Suite struct ShippedRecipeTests {
  private static func recipe(_ name: String, settings: [String] = []) throws -> Recipe {
    try Recipe(path: House.recipes.appending(path: "\(name).yaml").path, settings: settings)
  }

  @Test func theFullOneIsTheDefaults() throws {
    var expected = Recipe(model: .path("models/llama-7b"), train: ["evolved.jsonl"], output: "runs/wizardlm-full")
    expected.evaluate.prompts = try Self.recipe("wizardlm-full").evaluate.prompts
    #expect(expected.evaluate.prompts.count == 2)
    #expect(try Self.recipe("wizardlm-full") == expected)
    #expect(expected.batch.sequences == 64 && expected.optimizer.learningRate == 2e-5 && expected.method == .full)
  }

  /// What explains every key must have every key.
  @Test func theFullOneNamesEveryKey() throws {
    let text = try String(contentsOf: House.recipes.appending(path: "wizardlm-full.yaml"), encoding: .utf8)
    let canonical = try Self.recipe("wizardlm-full").canonicalYAML
    let keys = canonical.matches(of: /([a-z0-9_]+):/).map { String($0.1) }
    #expect(keys.count > 40)
    for key in keys where !["lora", "rank", "alpha", "dropout", "targets", "base"].contains(key) {
      #expect(text.contains("\(key): ") || text.contains("\(key):\n"), "\(key)")
    }
  }

  /// What explains every key of the loop's own sections must have every key.
  @Test func theLoopNamesEveryKeyOfItsOwn() throws {
    let text = try String(contentsOf: House.recipes.appending(path: "loop.yaml"), encoding: .utf8)
    let canonical = try LoopRecipe(path: House.recipes.appending(path: "loop.yaml").path).canonicalYAML
    let own = try #require(canonical.wholeMatch(of: /(evolve:.*\n)train:.*\n(evaluate:.*)/.dotMatchesNewlines()))
    let keys = "\(own.1)\(own.2)".matches(of: /([a-z0-9_]+):[ \n]/).map { String($0.1) }
    #expect(keys.count > 30)
    for key in keys { #expect(text.contains(key), "\(key)") }
  }

  @Test func quickstart() throws {
    let recipe = try LoopRecipe(path: House.recipes.appending(path: "quickstart.yaml").path)
    #expect(recipe.evolve.isBuiltin && recipe.evolve.world == .small && recipe.evolve.similarity == nil)
    #expect(recipe.train.duration == .tokens(400_000) && recipe.train.data.length == 128)
  }

  @Test func adapters() throws {
    let lora = try Self.recipe("lora")
    #expect(lora.method == .lora && lora.lora == Recipe.LoRA() && lora.optimizer.learningRate == 2e-4)
    let qlora = try Self.recipe("qlora")
    #expect(qlora.method == .qlora && qlora.lora.base == .q4_0 && qlora.data.length == 1024)
  }

  @Test func fromScratch() throws {
    let recipe = try Self.recipe("from-scratch")
    var shape = Recipe.RandomModel()
    shape.vocabulary = 4096
    #expect(recipe.model == .random(shape))
    #expect(recipe.duration == .steps(5000) && recipe.data.format == .text && recipe.data.length == 512)
  }

  @Test func continuedPretraining() throws {
    let recipe = try Self.recipe("continued-pretraining")
    #expect(recipe.data.format == .text && recipe.data.allowBad && recipe.duration == .epochs(1))
    #expect(recipe.data.train.count == 2)
  }

  @Test func everyOneIsTestedAndCanBeChanged() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: House.recipes.path).sorted()
    let loops = ["loop.yaml", "quickstart.yaml"]
    #expect(
      names.filter { !loops.contains($0) }
        == ["continued-pretraining.yaml", "from-scratch.yaml", "lora.yaml", "qlora.yaml", "wizardlm-full.yaml"])
    for name in loops {
      let path = House.recipes.appending(path: name).path
      let short = try LoopRecipe(path: path, settings: ["train.tokens=7", "train.model=other", "evolve.rounds=1"])
      #expect(short.train.duration == .tokens(7) && short.train.model == .path("other") && short.evolve.rounds == 1)
    }
    for name in names where !loops.contains(name) {
      let short = try Self.recipe(
        String(name.dropLast(5)), settings: ["steps=7", "model=other", "optimizer.learning_rate=1e-4"])
      #expect(short.duration == .steps(7) && short.model == .path("other") && short.optimizer.learningRate == 1e-4)
    }
  }
}
