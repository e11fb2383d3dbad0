import Foundation
import Testing

@testable import TaskWorld

/// What an evaluation reads of held-out tasks.
@Suite struct TestItemTests {
  @Test(arguments: WorldSize.allCases) func itemsSayWhatTheirTasksAre(world: WorldSize) throws {
    let items = HeldOut().testSet(plain: 40, complex: 80, seed: 61, world: world)
    #expect(items.count == 120)
    #expect(items.map(\.isPlain) == Array(repeating: true, count: 40) + Array(repeating: false, count: 80))
    for item in items {
      #expect(item.instruction == item.task.instruction && item.answer == item.task.answer)
      #expect(item.difficulty == item.task.difficulty && item.operations == item.task.operations)
      #expect(item.isPlain ? item.size == 1 && item.operations.isEmpty : item.size >= 2 && !item.operations.isEmpty)
      #expect(item.operations.count <= world.rounds)
      #expect(item.grade(answer: "\n  \(item.answer) \t"))
      #expect(!item.grade(answer: item.answer + ".") && !item.grade(answer: "") && !item.grade(answer: "The answer"))
    }
    let stored = try JSONEncoder().encode(items)
    #expect(try JSONDecoder().decode([TestItem].self, from: stored) == items)
    #expect(HeldOut().testSet(plain: 40, complex: 80, seed: 61, world: world) == items)
    #expect(HeldOut().testSet(plain: 40, complex: 80, seed: 62, world: world) != items)
  }

  /// What constraints are about is not normalised away.
  @Test func caseBlanksAndPunctuationCount() throws {
    let task = try #require(
      WorldTask(
        domain: .lists, input: .words(["cat", "dog", "oak"]), steps: [Step(.reverse)],
        constraints: [Constraint(.capitals)], phrasing: 1))
    let item = TestItem(task)
    #expect(item.answer == "OAK, DOG, CAT" && item.grade(answer: "OAK, DOG, CAT\n"))
    for wrong in ["oak, dog, cat", "OAK,DOG,CAT", "OAK,  DOG, CAT", "OAK, DOG, CAT.", "Answer: OAK, DOG, CAT", "OAK"] {
      #expect(!item.grade(answer: wrong), "\(wrong)")
    }
  }
}
