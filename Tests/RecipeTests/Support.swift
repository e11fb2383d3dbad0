import Foundation
import Recipe
import Testing

/// The repository's folders.
enum House {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let recipes = root.appending(path: "Tools/recipes")
  static let fixtures = root.appending(path: "Tests/RecipeTests/Fixtures")
}

/// The least that a recipe must say.
let least = "model: m\ndata: {train: [a.jsonl]}\noutput: o\n"

/// The recipe of `yaml` behind the least, which begins in line 4.
func recipe(_ yaml: String = "", settings: [String] = []) throws -> Recipe {
  try Recipe(yaml: least + yaml, name: "r.yaml", settings: settings)
}

/// The error for `yaml` as a whole recipe, which must come within a second and name a place.
func refusal(
  whole yaml: String, settings: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) throws -> RecipeError {
  let clock = ContinuousClock()
  let start = clock.now
  let error = try #require(
    throws: RecipeError.self, sourceLocation: sourceLocation,
    performing: { _ = try Recipe(yaml: yaml, name: "r.yaml", settings: settings) })
  #expect(clock.now - start < .seconds(1), sourceLocation: sourceLocation)
  return error
}

/// The error for `yaml` behind the least of a recipe.
func refusal(
  _ yaml: String = "", settings: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) throws -> RecipeError {
  try refusal(whole: least + yaml, settings: settings, sourceLocation: sourceLocation)
}
