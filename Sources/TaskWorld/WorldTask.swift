/// A task whose answer is computed: an input, what is done with it, and how the answer is to be written.
///
/// (Not called `Task`, which is Swift's own name for concurrent work.)
///
/// A task that exists can be answered: the initialiser refuses those that cannot.
///
/// How large the wide world is, over 1,400 seeds and four rounds of evolution:
///
/// | words | an instruction of a seed 12.7 on average, of all tasks 20.6, at most 50 |
/// | --- | --- |
/// | characters | an answer 12 on average, at most 80 |
/// | vocabulary | 377 different words, small letters and capitals taken as one |
public struct WorldTask: Hashable, Sendable {
  /// What it is about.
  public let domain: Domain
  /// What it starts from.
  public let input: Value
  /// Whether a date or an amount is put in general terms, such as "the start of March".
  public let isVague: Bool
  /// From the input to the result; 1 to 4.
  public let steps: [Step]
  /// At most 3, of different kinds.
  public let constraints: [Constraint]
  /// At most 2, different ones.
  public let probes: [Probe]
  /// How it shows its input.
  public let format: InputFormat
  /// Chooses among the ways to say the same.
  public let phrasing: UInt64
  /// What made the task out of a plain one, the first operation first; at most 64.
  public let operations: [Operation]
  /// What it was drawn from, and what evolution adds to it is drawn from.
  public let world: WorldSize

  /// What the steps make of the input.
  let result: Value
  /// The only right answer.
  public let answer: String

  /// The most steps, constraints and probes that a task has.
  static let most = (steps: 4, constraints: 3, probes: 2, operations: 64, characters: 80)

  /// The task, or `nil` where it has no answer, has one longer than 80 characters, says something twice, or has
  /// what its world does not have.
  public init?(
    domain: Domain, input: Value, isVague: Bool = false, steps: [Step], constraints: [Constraint] = [],
    probes: [Probe] = [], format: InputFormat = .plain, phrasing: UInt64, operations: [Operation] = [],
    world: WorldSize = .wide
  ) {
    guard input.isInput, !isVague || Vague.covers(input), (1...Self.most.steps).contains(steps.count),
      constraints.count <= Self.most.constraints, probes.count <= Self.most.probes,
      operations.count <= Self.most.operations, Set(constraints.map(\.kind)).count == constraints.count,
      constraints.count(where: { $0.kind.isLayout }) <= 1, Set(probes).count == probes.count,
      world.extent.contains(
        domain: domain, steps: steps, constraints: constraints, probes: probes, format: format)
    else { return nil }
    var values = [input]
    for step in steps {
      guard let next = step.apply(to: values[values.count - 1]) else { return nil }
      values.append(next)
    }
    result = values[values.count - 1]
    guard let answer = Self.written(result, constraints, probes), answer.count <= Self.most.characters else {
      return nil
    }
    self.answer = answer
    self.domain = domain
    self.input = input
    self.isVague = isVague
    self.steps = steps
    self.constraints = constraints
    self.probes = probes
    self.format = format
    self.phrasing = phrasing
    self.operations = operations
    self.world = world
  }

  /// The answer; `nil` where it would say nothing, or a constraint or a probe asks nothing of such a result.
  private static func written(_ result: Value, _ constraints: [Constraint], _ probes: [Probe]) -> String? {
    let all = result.items
    let shown = constraints.selected(all)
    guard Content.isIn(shown) else { return nil }
    for constraint in constraints {
      guard constraint.applies(to: constraint.kind == .atMost ? all : shown) else { return nil }
    }
    var parts = [constraints.laidOut(shown)]
    for probe in probes {
      guard let part = probe.answer(about: result, shown: shown.count) else { return nil }
      parts.append(part)
    }
    return constraints.framed(parts.joined(separator: "; "))
  }

  /// From 1, a plain task, to 10: one more for each step after the first, each rare step, each constraint, each probe,
  /// a complicated input and a specific one.
  public var difficulty: Int {
    let rare = Set(Domain.allCases.flatMap(\.rare)).subtracting(Domain.allCases.flatMap(\.common))
    let task = operations.suffix(while: { $0 != .breadth })
    return min(
      10,
      steps.count + steps.count { rare.contains($0.kind) } + constraints.count + probes.count
        + (format != .plain || task.contains(.complicateInput) ? 1 : 0) + (task.contains(.concretize) ? 1 : 0))
  }

  /// The parts that were put together: steps, constraints, probes and a format. A plain task has one.
  var size: Int { steps.count + constraints.count + probes.count + (format == .plain ? 0 : 1) }

  /// Whether nothing was added to a single step.
  public var isPlain: Bool { size == 1 && operations.isEmpty }

  /// Whether `other` asks the same: then one was no gain over the other.
  public func asksTheSame(as other: WorldTask) -> Bool {
    input == other.input && isVague == other.isVague && steps == other.steps && format == other.format
      && Set(constraints) == Set(other.constraints) && Set(probes) == Set(other.probes)
  }

  /// Whether `answer` is the right one: the same characters, white space around them aside.
  ///
  /// Nothing else is normalised: case, punctuation, the blanks between words and every character before or after the
  /// answer count, since constraints are about just those.
  public func grade(answer: String) -> Bool { Self.grade(answer: answer, against: self.answer) }

  /// Whether two answers are the same, white space around them aside.
  public static func grade(answer: String, against right: String) -> Bool { trimmed(answer) == trimmed(right) }

  private static func trimmed(_ text: String) -> Substring {
    let start = text.drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last]
  }
}

extension Array {
  /// The elements after the last one that fails `condition`.
  fileprivate func suffix(while condition: (Element) -> Bool) -> ArraySlice<Element> {
    self[(lastIndex { !condition($0) }.map { $0 + 1 } ?? 0)...]
  }
}
