extension LoopRecipe {
  /// Reads the recipe of a loop from a file; otherwise as `Recipe.init(path:settings:)`.
  public init(path: String, settings: [String] = []) throws(RecipeError) {
    try self.init(YAMLText(path: path), settings: settings)
  }

  /// Reads the recipe of a loop from a text.
  ///
  /// - Parameter name: What errors call it.
  public init(yaml: String, name: String, settings: [String] = []) throws(RecipeError) {
    try self.init(YAMLText(yaml) { .file(name, line: $0) }, settings: settings)
  }

  private init(_ text: YAMLText, settings: [String]) throws(RecipeError) {
    var source = try text.value()
    _ = try RecipeField(path: "", value: source).members()
    for setting in settings { try Setting(setting).apply(to: &source, section: ["train"]) }

    let document = RecipeField(path: "", value: source, places: Self.keys.flatMap(\.places))
    var recipe = LoopRecipe(model: .path(""), output: "")
    try document.read(Self.keys, into: &recipe)
    let present = try Presence(document)
    try recipe.train.check(present, section: "train.", document)
    try recipe.check(present, document)
    try present.require("output", document)
    self = recipe
  }

  /// Holds the keys of the teacher to one another: what has no meaning beside it must not differ from its default.
  private func check(_ present: Presence, _ document: RecipeField) throws(RecipeError) {
    let builtin = ["seed_count", "world", "tasks"]
    let others = [
      "seeds", "teacher_model", "teacher_adapter", "teacher_template", "quantize", "context", "test", "held_out",
    ]
    let changed =
      Evolving.keys.changed(evolve, from: Evolving()).map { (name: $0, path: "evolve.\($0)") }
      + Evaluation.keys.changed(evaluate, from: Evaluation()).map { (name: $0, path: "evaluate.\($0)") }
    for (name, path) in changed where (evolve.isBuiltin ? others : builtin).contains(name) {
      guard let field = present[path] else { continue }
      throw field.error(
        .invalid,
        evolve.isBuiltin
          ? "has no meaning for the built-in teacher, which brings seeds and tests of its own; leave it out, or name a "
            + "model or a server as evolve.teacher"
          : "is of the built-in teacher alone; leave it out, or say evolve.teacher: builtin")
    }
    if !evolve.isBuiltin { try present.require("evolve.seeds", document) }
  }

  /// The whole recipe with every default, in a fixed order: the same bytes for the same recipe. Reading it gives the same
  /// recipe again.
  public var canonicalYAML: String { Self.keys.canonical(self).encoded }
}

extension Array {
  /// The names of the keys that have another value in `owner` than in `other`.
  fileprivate func changed<Owner>(_ owner: Owner, from other: Owner) -> [String] where Element == Key<Owner> {
    filter { $0.write(owner, false) != $0.write(other, false) }.map(\.name)
  }
}
