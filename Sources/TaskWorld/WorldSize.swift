/// How wide a world the tasks are drawn from.
///
/// A model of under a million parameters that sees a few hundred thousand tokens learns a small world well and a wide
/// one hardly at all; a larger model soon has nothing left to learn in a small one. `Tools/world_gain.py` measures it.
public enum WorldSize: String, CaseIterable, Codable, Sendable {
  /// Short lists of few nouns, two ways to say each thing, at most three parts.
  case small
  /// Everything there is, three ways to say each thing.
  case wide

  /// What it is, for a user to read.
  public var description: String {
    switch self {
    case .small:
      "Tasks about words and lists of at most \(extent.listLengths.upperBound) of \(extent.nouns.count) nouns, put "
        + "together from at most \(extent.parts) parts: small enough to be learnt from scratch within minutes."
    case .wide:
      "Tasks about words, numbers, lists, dates, units, sets and price tables: for models that are trained longer."
    }
  }

  /// What its tasks are about.
  public var domains: [Domain] { extent.domains }

  /// How many rounds of evolution it has room for: after so many, a task of the small world may have all the parts that
  /// it can have, and further rounds leave more and more tasks as they were.
  public var rounds: Int { self == .small ? extent.parts - 1 : 4 }

  /// What it consists of.
  var extent: Extent { self == .small ? .small : .wide }

  /// Those of the domains that this world has; at least one.
  func domains(of domains: [Domain]) -> [Domain] {
    let common = domains.filter(extent.domains.contains)
    precondition(!common.isEmpty, "none of the domains \(domains.map(\.rawValue)) is in the \(rawValue) world")
    return common
  }
}
