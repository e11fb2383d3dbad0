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

  /// Holds the keys of the teacher to one another.
  private func check(_ present: Presence, _ document: RecipeField) throws(RecipeError) {
    let builtin = ["evolve.seed_count", "evolve.world", "evaluate.tasks"]
    let others = [
      "evolve.seeds", "evolve.teacher_model", "evolve.teacher_adapter", "evolve.teacher_template", "evolve.quantize",
      "evolve.context", "evaluate.test", "evaluate.held_out",
    ]
    for path in evolve.isBuiltin ? others : builtin {
      guard let field = present[path], !field.isEmptyList else { continue }
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

extension RecipeField {
  /// Whether it is a list of nothing, which says as much as if it were left out.
  fileprivate var isEmptyList: Bool { if case .list(let elements) = value.content { elements.isEmpty } else { false } }
}
