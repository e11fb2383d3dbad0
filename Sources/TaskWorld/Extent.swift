/// What the tasks of a world are drawn from.
struct Extent: Sendable {
  let domains: [Domain]
  /// The general nouns, each with the specific ones under it.
  let concepts: [Lexicon.Concept]
  /// How many ways to say each thing, of the three that there are.
  let wordings: Int
  let steps: Set<StepKind>
  let constraints: [Constraint.Kind]
  let probes: [Probe]
  /// How many items the lists of `Domain.lists` have; those of `Domain.words` have one fewer.
  let listLengths: ClosedRange<Int>
  /// How many things an input has at most, once `Operation.complicateInput` has added to it.
  let longestInput: Int
  /// The most parts of a task: steps, constraints, probes and a format.
  let parts: Int

  /// Of a task whose parts are bounded by kind alone.
  private static let unbounded = WorldTask.most.steps + WorldTask.most.constraints + WorldTask.most.probes + 1

  static let wide = Extent(
    domains: Domain.allCases, concepts: Lexicon.concepts, wordings: 3, steps: Set(StepKind.allCases),
    constraints: Constraint.Kind.allCases, probes: Probe.allCases, listLengths: 3...4, longestInput: 6,
    parts: unbounded)

  /// Capitals and JSON are left out, since a vocabulary of a few hundred pieces has other ones for their letters and
  /// quotes; what looks into words is, since such pieces hide the letters.
  static let small = Extent(
    domains: [.words, .lists],
    concepts: Lexicon.concepts.prefix(2).map {
      Lexicon.Concept(name: $0.name, members: Array($0.members.prefix(3)))
    },
    wordings: 2,
    steps: [.reverse, .first, .last, .drop, .count, .alternate, .rotate, .swapEnds, .plurals, .kinds],
    constraints: [.atMost, .numbered, .separator, .brackets, .prefix, .ending], probes: [.count, .first, .last, .kind],
    listLengths: 2...3, longestInput: 3, parts: 3)

  /// General and specific ones.
  var nouns: [String] { concepts.flatMap { [$0.name] + $0.members } }

  /// The specific nouns under a general one; none for other words.
  func members(of noun: String) -> [String] { concepts.first { $0.name == noun }?.members ?? [] }

  /// The step kinds that tasks of the domain start with, and those that only `Operation.breadth` starts with.
  func common(of domain: Domain) -> [StepKind] { domain.common.filter(steps.contains) }
  func rare(of domain: Domain) -> [StepKind] { domain.rare.filter(steps.contains) }

  /// The step kinds that `Operation.increaseReasoning` adds: rare steps are left to breadth.
  var added: [StepKind] {
    let kinds = Set(domains.flatMap(common))
    return StepKind.allCases.filter(kinds.contains)
  }

  /// Whether a task of these parts is of this world; its nouns aside.
  func contains(
    domain: Domain, steps: [Step], constraints: [Constraint], probes: [Probe], format: InputFormat
  ) -> Bool {
    domains.contains(domain) && steps.allSatisfy { self.steps.contains($0.kind) }
      && constraints.allSatisfy { self.constraints.contains($0.kind) } && probes.allSatisfy(self.probes.contains)
      && steps.count + constraints.count + probes.count + (format == .plain ? 0 : 1) <= parts
  }
}
