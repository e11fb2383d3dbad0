/// What is kept for testing: whole combinations of parts that no task for training has.
///
/// A combination is the kind of input with the set of step kinds, the set of constraint kinds, the set of probes, and
/// whether the input has a format; order, amounts, inputs and wording do not matter. Tasks of one part have nothing to
/// combine: of those, one in so many inputs is held out. Which ones follows from a hash, so both sides decide alike
/// without a list.
public struct HeldOut: Hashable, Codable, Sendable {
  /// Another number gives another split.
  public let seed: UInt64
  /// One in so many combinations is held out.
  public let oneIn: Int

  /// - Parameter oneIn: At least 2.
  public init(seed: UInt64 = 0, oneIn: Int = 8) {
    precondition(oneIn >= 2, "a split needs two sides")
    self.seed = seed
    self.oneIn = oneIn
  }

  /// Whether the task is for testing alone.
  public func contains(_ task: WorldTask) -> Bool {
    stableHash(Self.combination(of: task), seed: seed) % UInt64(oneIn) == 0
  }

  /// The combination of a task's parts as text; for a task of one part, the part and its input.
  static func combination(of task: WorldTask) -> String {
    let steps = Set(task.steps.map(\.kind.rawValue)).sorted()
    let parts =
      steps + task.constraints.map(\.kind.rawValue).sorted() + task.probes.map(\.rawValue).sorted()
      + (task.format == .plain ? [] : ["format"])
    let name = inputKind(of: task) + ":" + parts.joined(separator: "+")
    guard task.size == 1 else { return name }
    return name + ":" + InputFormat.json.text(Field.fields(of: task.input, isVague: task.isVague))
  }

  /// What the task starts from. Words and lists are one kind: a task of the one may read as one of the other does.
  private static func inputKind(of task: WorldTask) -> String {
    (task.domain == .words ? Domain.lists : task.domain).rawValue
  }

  /// Held-out tasks, no two of which read the same: plain ones first, then complex ones of all lengths.
  ///
  /// - Parameters:
  ///   - plain: How many have one step and nothing else.
  ///   - complex: How many combine two parts or more, after one operation or more.
  ///   - domains: What they are about, as far as the world has them; at least one of those.
  ///   - world: What they are drawn from.
  ///   - rounds: The most operations behind a task, at least 1: as many as training data went through rounds; `nil`
  ///     for those that the world has room for.
  /// - Returns: The tasks; fewer only where 50 times as many draws do not find so many.
  public func testSet(
    plain: Int = 300, complex: Int = 600, seed: UInt64, domains: [Domain] = Domain.allCases, world: WorldSize = .wide,
    rounds: Int? = nil
  ) -> [TestItem] {
    let rounds = rounds ?? world.rounds
    precondition(rounds >= 1, "a complex task comes of an operation")
    let domains = world.domains(of: domains)
    var generator = SeededGenerator(seed, 2)
    let easy = WorldTask.distinct(plain) {
      let task = WorldTask.plain(of: domains, in: world, &generator)
      return contains(task) ? task : nil
    }
    let hard = WorldTask.distinct(complex) {
      var task = WorldTask.plain(of: domains, in: world, &generator)
      for _ in 0..<generator.number(in: 1...rounds) {
        task = task.evolved(by: generator.choice(Operation.allCases), generator: &generator) ?? task
      }
      return task.size >= 2 && contains(task) ? task : nil
    }
    return (easy + hard).map(TestItem.init)
  }
}
