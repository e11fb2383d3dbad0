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
      #expect((child.format != parent.format) == (operation == .complicateInput))
      #expect((child.input != parent.input || child.isVague != parent.isVague) == (operation == .concretize))
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
