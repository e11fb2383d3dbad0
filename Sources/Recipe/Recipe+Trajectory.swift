extension Recipe {
  /// The path of the first field in which the recipes differ and that would make a run that resumes with this recipe go
  /// another way than one under `other` would have gone; nil when there is none.
  ///
  /// Not in the way are: what is saved and looked at and where to, activation checkpointing (what is computed again is the
  /// same), fields that the method does not read, and the run's length where the learning rate does not depend on it.
  public func firstTrajectoryDifference(from other: Recipe) -> String? {
    Self.firstDifference(
      Self.keys.canonical(trajectoryForm, trajectoryOnly: true),
      Self.keys.canonical(other.trajectoryForm, trajectoryOnly: true), path: "")
  }

  /// What decides where training goes, as text: recipes that differ in nothing else have the same. The length of a run is
  /// not part of it where the learning rate does not depend on it.
  public var trajectoryYAML: String { Self.keys.canonical(trajectoryForm, trajectoryOnly: true).encoded }

  /// The recipe with everything that it does not read at its default.
  private var trajectoryForm: Recipe {
    var form = self
    if method == .full { form.lora = LoRA() }
    if method != .qlora { form.lora.base = LoRA().base }
    if case .modules = lora.targets, lora.targets.modules == Targets.all.modules { form.lora.targets = .all }
    if schedule.kind == .constant { form.duration = .steps(1) }
    if data.format == .text { form.data.template = DataSet(train: []).template }
    return form
  }

  private static func firstDifference(_ first: CanonicalValue, _ second: CanonicalValue, path: String) -> String? {
    guard first != second else { return nil }
    guard case .mapping(let left) = first, case .mapping(let right) = second else { return path }
    for key in keysInOrder(left, right) {
      let inner = path.isEmpty ? key : path + "." + key
      guard let a = left.first(where: { $0.key == key }), let b = right.first(where: { $0.key == key }) else {
        return inner
      }
      if let difference = firstDifference(a.value, b.value, path: inner) { return difference }
    }
    return path
  }

  /// The keys of both mappings, those of the first one first.
  private static func keysInOrder(
    _ first: [(key: String, value: CanonicalValue)], _ second: [(key: String, value: CanonicalValue)]
  ) -> [String] {
    let keys = first.map(\.key)
    return keys + second.map(\.key).filter { !keys.contains($0) }
  }
}
