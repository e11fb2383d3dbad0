import Randomness
import Testing

@testable import TaskWorld

/// Training and testing do not meet.
@Suite struct HeldOutTests {
  static let test = HeldOut().testSet(plain: 250, complex: 500, seed: 31)

  @Test func trainingSideNeverHasHeldOutCombinations() {
    let teacher = BuiltinTeacher()
    let tested = Set(Self.test.filter { !$0.isPlain }.map { HeldOut.combination(of: $0.task) })
    let read = Set(Self.test.map(\.instruction))
    var generator = SeededGenerator(state: 32)
    var pool = WorldTask.seeds(count: 2000, seed: 33)
    var count = 0
    func check(_ task: WorldTask) {
      #expect(!tested.contains(HeldOut.combination(of: task)), "\(task.instruction)")
      #expect(!read.contains(task.instruction), "\(task.instruction)")
    }
    pool.forEach(check)
    var round: UInt64 = 0
    while count < 8000 {
      for place in pool.indices {
        guard let child = teacher.evolve(pool[place], by: generator.choice(Operation.allCases), key: round) else {
          continue
        }
        check(child)
        count += 1
        pool[place] = child.operations.count >= 6 ? pool[(place + 1) % pool.count] : child
      }
      round += 1
    }
  }

  @Test func testSetIsWhole() {
    #expect(Self.test.count == 750)
    #expect(Self.test.count { $0.isPlain } == 250)
    #expect(Set(Self.test.map(\.instruction)).count == 750)
    #expect(Self.test.allSatisfy { HeldOut().contains($0.task) })
    let complex = Self.test.filter { !$0.isPlain }
    #expect(complex.allSatisfy { $0.task.size >= 2 && $0.difficulty >= 2 })
    for operation in Operation.allCases {
      #expect(complex.count { $0.operations.contains(operation) } >= 50, "\(operation)")
    }
    for domain in Domain.allCases { #expect(complex.count { $0.task.domain == domain } >= 20, "\(domain)") }
    for difficulty in 2...5 { #expect(complex.count { $0.difficulty == difficulty } >= 30, "\(difficulty)") }
  }

  @Test func domainsCanBeChosen() {
    let items = HeldOut().testSet(plain: 30, complex: 90, seed: 34, domains: [.lists, .sets])
    #expect(items.count == 120)
    #expect(Set(items.map(\.task.domain)) == [.lists, .sets])
    #expect(Set(WorldTask.seeds(count: 50, seed: 1, domains: [.dates]).map(\.domain)) == [.dates])
  }

  /// Both sides are used: about one in eight is held out, of plain tasks and of combinations.
  @Test func shareIsAsAsked() {
    let tasks = (0..<4000).map { seed in
      var generator = SeededGenerator(state: UInt64(seed))
      return WorldTask.plain(of: Domain.allCases, &generator)
    }
    let share = Double(tasks.count { HeldOut().contains($0) }) / 4000
    #expect((0.09...0.16).contains(share), "\(share)")
    let half = Double(tasks.count { HeldOut(oneIn: 2).contains($0) }) / 4000
    #expect((0.45...0.55).contains(half), "\(half)")
    #expect(tasks.contains { HeldOut(seed: 1).contains($0) != HeldOut(seed: 2).contains($0) })
  }

  @Test func combinationIsThatOfKinds() throws {
    let words = Value.words(["cat", "dog", "oak"])
    func name(_ input: Value, _ constraints: [Constraint], _ format: InputFormat = .plain) throws -> String {
      let task = WorldTask(
        domain: .lists, input: input, steps: [Step(.reverse)], constraints: constraints, format: format, phrasing: 1)
      return HeldOut.combination(of: try #require(task))
    }
    #expect(try name(words, [Constraint(.prefix, 1), Constraint(.capitals)]) == "lists:reverse+capitals+prefix")
    #expect(
      try name(.words(["ivy", "dog"]), [Constraint(.capitals), Constraint(.prefix, 0)])
        == "lists:reverse+capitals+prefix")
    #expect(try name(words, [], .sql) == name(words, [], .json))
    #expect(try name(words, []) != name(.words(["ivy", "dog"]), []))
  }

  /// Short lists of words are inputs of two domains; what reads the same is on the same side.
  @Test func domainsWithTheSameTextAreHeldOutTogether() throws {
    let words = Value.words(["cat", "dog", "oak"])
    let names = try [Domain.words, .lists].map { domain in
      let task = WorldTask(
        domain: domain, input: words, steps: [Step(.rotate)], probes: [.first], phrasing: 1)
      return HeldOut.combination(of: try #require(task))
    }
    #expect(names[0] == names[1])
  }
}
