import Randomness
import Testing

@testable import TaskWorld

/// What an operation does to a task, and what it leaves.
@Suite struct EvolutionTests {
  /// Pairs of a task and its child, over four rounds.
  static let pairs: [(parent: WorldTask, child: WorldTask?, operation: TaskWorld.Operation)] = {
    let teacher = BuiltinTeacher()
    var generator = SeededGenerator(state: 21)
    var pool = Sample.seeds
    var pairs: [(parent: WorldTask, child: WorldTask?, operation: TaskWorld.Operation)] = []
    for round in 0..<4 {
      for place in pool.indices {
        let operation = generator.choice(Operation.allCases)
        let child = teacher.evolve(pool[place], by: operation, key: UInt64(round))
        pairs.append((pool[place], child, operation))
        pool[place] = child ?? pool[place]
      }
    }
    return pairs
  }()

  @Test(arguments: Operation.allCases)
  func appliesMostly(operation: TaskWorld.Operation) {
    let tries = Self.pairs.filter { $0.operation == operation }
    let share = Double(tries.count { $0.child != nil }) / Double(tries.count)
    #expect(tries.count >= 500)
    #expect(share >= 0.6, "\(operation) works on \(share)")
  }

  /// Round after round, as long as the world has room.
  @Test(arguments: WorldSize.allCases) func inputsAreComplicatedAgain(world: WorldSize) {
    let teacher = BuiltinTeacher()
    var generator = SeededGenerator(state: 51)
    var pool = WorldTask.seeds(count: 900, seed: 52, world: world)
    for round in 1...world.rounds {
      var (tries, unchanged) = (0, 0)
      for place in pool.indices {
        let operation = generator.choice(Operation.allCases)
        let child = teacher.evolve(pool[place], by: operation, key: UInt64(round))
        if operation == .complicateInput {
          tries += 1
          if child == nil { unchanged += 1 }
        }
        pool[place] = child ?? pool[place]
      }
      #expect(tries >= 100 && Double(unchanged) < 0.1 * Double(tries), "round \(round): \(unchanged) of \(tries)")
    }
  }

  @Test func inputsGrowAndChangeTheirFormat() throws {
    func task(_ domain: Domain, _ input: Value, _ step: StepKind, _ format: InputFormat = .json) throws -> WorldTask {
      try #require(WorldTask(domain: domain, input: input, steps: [Step(step, 1)], format: format, phrasing: 1))
    }
    let table = Value.table([.init(item: "saw", price: 9), .init(item: "rope", price: 4)])
    var generator = SeededGenerator(state: 53)
    for parent in try [
      task(.lists, .words(["cat", "dog"]), .first), task(.numbers, .numbers([3, 20], of: "kite"), .add),
      WorldTask(
        domain: .sets, input: .sets(["cat", "dog"], ["dog", "oak"]), steps: [Step(.union)], format: .json, phrasing: 1),
      WorldTask(domain: .tables, input: table, steps: [Step(.cheapest)], format: .json, phrasing: 1),
    ] {
      var task = try #require(parent)
      for _ in 0..<10 {
        let child = try #require(task.evolved(by: .complicateInput, generator: &generator))
        #expect(child.format != task.format && child.format != .plain)
        #expect(child.input == task.input || Self.isLonger(child.input, than: task.input))
        #expect(try Oracle(child.encoded).answer == child.answer, "\(child.instruction)")
        task = child
      }
      #expect(task.input != parent?.input && task.input.isInput)
    }
    // A date is one thing: its format alone changes.
    let date = try task(.dates, .date(CalendarDay(month: 2, day: 5)), .later)
    let other = try #require(date.evolved(by: .complicateInput, generator: &generator))
    #expect(other.input == date.input && other.format != date.format)
    // Where all parts are there, a list grows without a format, and no further than its world's lists.
    let full = try WorldTask(
      encoded: #"{"domain":"lists","input":{"words":["cat","dog"]},"phrasing":"1","probes":["count","first"],"#
        + #""steps":[{"amount":0,"kind":"reverse"}],"world":"small"}"#)
    let longer = try #require(full.evolved(by: .complicateInput, generator: &generator))
    #expect(longer.format == .plain && Self.isLonger(longer.input, than: full.input))
    #expect(longer.difficulty == full.difficulty + 1)
    #expect(longer.evolved(by: .complicateInput, generator: &generator) == nil)
  }

  @Test func difficultyRises() {
    for case (let parent, let child?, let operation) in Self.pairs {
      #expect((1...10).contains(child.difficulty))
      if operation.isInDepth { #expect(child.difficulty >= parent.difficulty, "\(child.instruction)") }
    }
    let seeds = Sample.seeds.map(\.difficulty)
    #expect(seeds.allSatisfy { $0 == 1 })
    let reached = Set(Self.pairs.compactMap { $0.child?.difficulty })
    #expect(reached.isSuperset(of: [2, 3, 4, 5]))
  }

  @Test func childrenAskSomethingElse() {
    let teacher = BuiltinTeacher()
    for case (let parent, let child?, _) in Self.pairs {
      #expect(!teacher.isEqual(parent, child), "\(child.instruction)")
      #expect(child.instruction != parent.instruction)
    }
    for task in Sample.seeds { #expect(teacher.isEqual(task, task)) }
  }

  /// In depth, everything that was asked is still asked.
  @Test func nothingIsLost() {
    for case (let parent, let child?, let operation) in Self.pairs where operation.isInDepth {
      #expect(child.steps.starts(with: parent.steps))
      #expect(child.constraints.starts(with: parent.constraints))
      #expect(child.probes.starts(with: parent.probes))
      #expect(child.operations == parent.operations + [operation])
      #expect(child.constraints.count - parent.constraints.count == (operation == .addConstraint ? 1 : 0))
      #expect(child.probes.count - parent.probes.count == (operation == .deepen ? 1 : 0))
      #expect(child.steps.count - parent.steps.count == (operation == .increaseReasoning ? 1 : 0))
      let isOther = child.input != parent.input || child.isVague != parent.isVague
      if operation == .complicateInput {
        #expect(child.format != parent.format || isOther)
        #expect(child.format != .plain || parent.format == .plain)
        #expect(!isOther || Self.isLonger(child.input, than: parent.input), "\(child.instruction)")
      } else {
        #expect(child.format == parent.format)
        #expect(isOther == (operation == .concretize))
      }
    }
  }

  /// Whether `value` is `shorter` with one thing more.
  private static func isLonger(_ value: Value, than shorter: Value) -> Bool {
    func isLonger<Item: Equatable>(_ items: [Item], _ fewer: [Item]) -> Bool { items.dropLast() == fewer[...] }
    return switch (value, shorter) {
    case (.words(let items), .words(let fewer)): isLonger(items, fewer)
    case (.numbers(let items, let thing), .numbers(let fewer, let other)): isLonger(items, fewer) && thing == other
    case (.sets(let items, let second), .sets(let fewer, let other)): isLonger(items, fewer) && second == other
    case (.table(let rows), .table(let fewer)): isLonger(rows, fewer)
    default: false
    }
  }

  @Test func breadthIsRarerAndAsLarge() {
    let common = Set(Domain.allCases.flatMap(\.common))
    for case (let parent, let child?, let operation) in Self.pairs where operation == .breadth {
      #expect(child.domain == parent.domain)
      #expect(child.size == parent.size)
      #expect(child.domain.rare.contains(child.steps[0].kind))
    }
    for task in Sample.seeds { #expect(common.contains(task.steps[0].kind)) }
  }

  @Test func sameKeySameChild() {
    let teacher = BuiltinTeacher()
    var others = 0
    for task in Sample.seeds.prefix(200) {
      let child = teacher.evolve(task, by: .addConstraint, key: 5)
      #expect(child == teacher.evolve(task, by: .addConstraint, key: 5))
      if child != teacher.evolve(task, by: .addConstraint, key: 6) { others += 1 }
    }
    #expect(others >= 100)
    #expect(WorldTask.seeds(count: 300, seed: 4) == WorldTask.seeds(count: 300, seed: 4))
    #expect(WorldTask.seeds(count: 300, seed: 4) != WorldTask.seeds(count: 300, seed: 5))
  }

  /// The numbers themselves, so that a pool can be resumed by a later build.
  @Test func generatorIsSplitMix64() {
    var generator = SeededGenerator(state: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }
}
