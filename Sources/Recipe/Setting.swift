import Formats

/// A value that the command line puts in place of the recipe's: `optimizer.learning_rate=1e-4`.
struct Setting {
  /// The keys from the top down.
  let path: [String]
  let value: SourceValue
  private let place: RecipeError.Place

  /// - Parameter text: Keys with dots between them, `=`, and a value in YAML.
  init(_ text: String) throws(RecipeError) {
    let place = RecipeError.Place.setting(printable(text))
    guard let equals = text.firstIndex(of: "=") else {
      throw RecipeError(.syntax, at: place, "expected key=value, for example optimizer.learning_rate=1e-4")
    }
    path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !path.contains(""), path.count <= YAMLText.depthLimit else {
      throw RecipeError(.syntax, at: place, "the key before `=` must be words with dots between them")
    }
    self.place = place
    value = try YAMLText(String(text[text.index(after: equals)...])) { _ in place }.value()
  }

  /// Keys of which a recipe has one: setting it takes the other's place.
  private static let alternatives = [["model", "random"], ["epochs", "steps", "tokens"]]

  /// Puts the value into a recipe, in place of what is there.
  ///
  /// - Parameter section: Where the keys of a training recipe stand.
  func apply(to recipe: inout SourceValue, section: [String] = []) {
    if path.starts(with: section), path.count > section.count, !value.isNull {
      let key = path[section.count]
      for keys in Self.alternatives where keys.contains(key) {
        recipe.remove(keys.filter { $0 != key }, in: section[...])
      }
    }
    recipe.set(value, at: path[...], place: place)
  }
}

extension SourceValue {
  /// Removes members of the mapping at `path`, if there is one.
  fileprivate mutating func remove(_ keys: [String], in path: ArraySlice<String>) {
    guard case .mapping(var members) = content else { return }
    if let section = path.first {
      guard let index = members.firstIndex(where: { $0.key == section }) else { return }
      members[index].value.remove(keys, in: path.dropFirst())
    } else {
      members.removeAll { keys.contains($0.key) }
    }
    content = .mapping(members)
  }

  /// Sets the value at `path`, making mappings on the way there.
  fileprivate mutating func set(_ value: SourceValue, at path: ArraySlice<String>, place: RecipeError.Place) {
    guard let key = path.first else {
      self = value
      return
    }
    var members: [Member] = []
    if case .mapping(let present) = content { members = present }
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].value.set(value, at: path.dropFirst(), place: place)
    } else {
      var new = SourceValue(content: .mapping([]), place: place)
      new.set(value, at: path.dropFirst(), place: place)
      members.append(Member(key: key, place: place, value: new))
    }
    content = .mapping(members)
  }
}
