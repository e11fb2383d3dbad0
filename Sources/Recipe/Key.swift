/// A key of a recipe or of one of its sections: its name, how it is read and how it is written. All that is done with
/// recipes – reading, naming unknown keys, writing, comparing – walks these tables.
struct Key<Owner>: Sendable {
  let name: String
  /// Whether another value makes another run of the same steps.
  let shapesTrajectory: Bool
  /// The keys of a section, with the paths of those within.
  let children: [String]
  let read: @Sendable (_ field: RecipeField, _ owner: inout Owner) throws(RecipeError) -> Void
  /// The value as it stands in the canonical recipe; nil where it does not stand there.
  let write: @Sendable (_ owner: Owner, _ trajectoryOnly: Bool) -> CanonicalValue?

  /// A key that is read and written in its own way.
  init(
    _ name: String, shapesTrajectory: Bool = true, children: [String] = [],
    read: @escaping @Sendable (_ field: RecipeField, _ owner: inout Owner) throws(RecipeError) -> Void,
    write: @escaping @Sendable (_ owner: Owner, _ trajectoryOnly: Bool) -> CanonicalValue?
  ) {
    self.name = name
    self.shapesTrajectory = shapesTrajectory
    self.children = children
    self.read = read
    self.write = write
  }

  /// The paths of this key and of those within its section.
  var places: [String] { [name] + children.map { name + "." + $0 } }

  /// A key for a property.
  init<Value>(
    _ name: String, _ property: any WritableKeyPath<Owner, Value> & Sendable, _ kind: ValueKind<Value>,
    shapesTrajectory: Bool = true
  ) {
    self.init(name, shapesTrajectory: shapesTrajectory) { (field, owner) throws(RecipeError) in
      owner[keyPath: property] = try kind.read(field)
    } write: { owner, _ in
      kind.write(owner[keyPath: property])
    }
  }

  /// A key for a section with keys of its own.
  init<Section>(
    _ name: String, _ property: any WritableKeyPath<Owner, Section> & Sendable, section keys: [Key<Section>],
    shapesTrajectory: Bool = true
  ) {
    self.init(name, shapesTrajectory: shapesTrajectory, children: keys.flatMap(\.places)) {
      (field, owner) throws(RecipeError) in
      try field.read(keys, into: &owner[keyPath: property])
    } write: { owner, trajectoryOnly in
      keys.canonical(owner[keyPath: property], trajectoryOnly: trajectoryOnly)
    }
  }
}

extension RecipeField {
  /// Reads the members of this mapping into `owner`.
  func read<Owner>(_ keys: [Key<Owner>], into owner: inout Owner) throws(RecipeError) {
    for (member, field) in try members() {
      guard let key = keys.first(where: { $0.name == member.key }) else {
        let hint = hint(for: member.key, known: keys.map(\.name))
        throw RecipeError(.unknownKey, at: member.place, field: field.path, "unknown key; \(hint)")
      }
      try key.read(field, &owner)
    }
  }
}

extension Array {
  /// The owner's values in the order of the keys.
  func canonical<Owner>(_ owner: Owner, trajectoryOnly: Bool = false) -> CanonicalValue where Element == Key<Owner> {
    .mapping(
      compactMap { key in
        guard key.shapesTrajectory || !trajectoryOnly else { return nil }
        return key.write(owner, trajectoryOnly).map { (key.name, $0) }
      })
  }
}

extension RecipeField {
  /// What may have been meant by a key that is not one of `known`: the nearest of them, or else the place where there is
  /// such a key.
  private func hint(for key: String, known: [String]) -> String {
    if let near = nearest(to: key, among: known) { return "did you mean \(near)?" }
    let names = places.map { place in place.split(separator: ".").last.map(String.init) ?? place }
    if let near = nearest(to: key, among: Set(names).sorted()) {
      // Of several places the one that lies highest, of those the first.
      let here = zip(names, places).filter { $0.0 == near }.map(\.1)
      let place = here.min { $0.split(separator: ".").count < $1.split(separator: ".").count }
      return "did you mean \(place ?? near)?"
    }
    return "known here are \(known.joined(separator: ", "))"
  }
}
