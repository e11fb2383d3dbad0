extension Recipe {
  /// Reads a recipe from a file.
  ///
  /// - Parameter settings: Values that take the place of the file's, such as `optimizer.learning_rate=1e-4`: keys with
  ///   dots between them, and a value in YAML. Later ones win. Setting one of `epochs` and `steps`, or of `model` and
  ///   `random`, removes the other.
  /// - Throws: `RecipeError` for what cannot be read, is not known, has the wrong type or is no value that the field can
  ///   have.
  public init(path: String, settings: [String] = []) throws(RecipeError) {
    try self.init(YAMLText(path: path), settings: settings)
  }

  /// Reads a recipe from a text.
  ///
  /// - Parameter name: What errors call it.
  public init(yaml: String, name: String, settings: [String] = []) throws(RecipeError) {
    try self.init(YAMLText(yaml) { .file(name, line: $0) }, settings: settings)
  }

  private init(_ text: YAMLText, settings: [String]) throws(RecipeError) {
    var source = try text.value()
    // Settings alone may make a recipe, but not out of a list.
    _ = try RecipeField(path: "", value: source).members()
    for setting in settings { try Setting(setting).apply(to: &source) }

    let document = RecipeField(path: "", value: source, places: Self.keys.flatMap(\.places))
    // What must be there is put in by reading, or refused below.
    var recipe = Recipe(model: .path(""), train: [], output: "")
    try document.read(Self.keys, into: &recipe)
    let present = try Presence(document)
    try recipe.check(present, section: "", document)
    try present.require("data.train", document)
    try present.require("output", document)
    self = recipe
  }

  /// Holds the keys to one another.
  ///
  /// - Parameter section: What comes before the keys' paths: nothing, or the section with its dot.
  mutating func check(_ present: Presence, section: String, _ document: RecipeField) throws(RecipeError) {
    try present.requireOne(of: section + "model", section + "random", document)
    let durations = ["epochs", "steps", "tokens"].map { section + $0 }
    for (place, duration) in durations.enumerated() {
      for other in durations[(place + 1)...] { try present.requireAtMostOne(of: duration, other) }
    }
    if case .random(let shape) = model {
      try data.fit(into: shape, given: present[section + "data.length"], model: section + "random.length")
    }
  }

  /// The whole recipe with every default, in a fixed order: the same bytes for the same recipe. Reading it gives the same
  /// recipe again.
  public var canonicalYAML: String { Self.keys.canonical(self).encoded }
}

extension Recipe.DataSet {
  /// Holds the length of the sequences to what the model takes; where the recipe says none, it is the model's.
  fileprivate mutating func fit(
    into shape: Recipe.RandomModel, given field: RecipeField?, model: String
  ) throws(RecipeError) {
    guard let field else {
      length = min(length, shape.length)
      return
    }
    guard length <= shape.length else {
      throw field.error(.invalid, "is \(length), but the model takes \(shape.length) (\(model))")
    }
  }
}

/// Which fields a recipe gives a value.
struct Presence {
  private var fields: [String: RecipeField] = [:]

  init(_ document: RecipeField) throws(RecipeError) { try add(document) }

  private mutating func add(_ section: RecipeField) throws(RecipeError) {
    for (member, field) in try section.members() {
      fields[field.path] = field
      if case .mapping = member.value.content { try add(field) }
    }
  }

  /// The field, unless it is absent or `null`. An empty `random` is a model; an empty section otherwise says nothing.
  subscript(path: String) -> RecipeField? { fields[path].flatMap { $0.value.isNull ? nil : $0 } }

  func require(_ path: String, _ document: RecipeField) throws(RecipeError) {
    guard self[path] == nil else { return }
    throw RecipeError(.missing, at: fields[path]?.value.place ?? document.place, field: path, "is missing")
  }

  func requireAtMostOne(of first: String, _ second: String) throws(RecipeError) {
    guard let one = self[first], let other = self[second] else { return }
    throw other.error(.invalid, "\(first) (\(one.value.place)) is given as well; a recipe has one of the two")
  }

  func requireOne(of first: String, _ second: String, _ document: RecipeField) throws(RecipeError) {
    try requireAtMostOne(of: first, second)
    guard self[first] == nil, self[second] == nil else { return }
    throw RecipeError(.missing, at: document.place, field: first, "is missing; a recipe has a \(first) or \(second)")
  }
}

extension RecipeField {
  /// The place of the whole document: its file, without the line that it happens to start on.
  fileprivate var place: RecipeError.Place {
    if case .file(let path, _) = value.place { .file(path, line: nil) } else { value.place }
  }
}
