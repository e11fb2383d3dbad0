import Randomness
import Testing

@testable import TaskWorld

/// Answers against the oracle and by hand.
@Suite struct AnswerTests {
  @Test func agreesWithTheOracle() throws {
    for task in Sample.evolved {
      #expect(try Oracle(task.encoded).answer == task.answer, "\(task.instruction)")
    }
  }

  /// Every step kind, constraint, probe and format stands in the sample: the oracle has seen them all.
  @Test func sampleHasEverything() {
    let tasks = Sample.evolved
    #expect(Set(tasks.flatMap { $0.steps.map(\.kind) }) == Set(StepKind.allCases))
    #expect(Set(tasks.flatMap { $0.constraints.map(\.kind) }) == Set(Constraint.Kind.allCases))
    #expect(Set(tasks.flatMap(\.probes)) == Set(Probe.allCases))
    #expect(Set(tasks.map(\.format)) == Set(InputFormat.allCases))
  }

  @Test(arguments: Domain.allCases, Operation.allCases)
  func everyOperationOnEveryDomain(domain: Domain, operation: TaskWorld.Operation) throws {
    var generator = SeededGenerator(state: 13)
    let children = Sample.seeds.filter { $0.domain == domain }.compactMap {
      $0.evolved(by: operation, generator: &generator)
    }
    try #require(!children.isEmpty, "\(operation) never works on \(domain)")
    for child in children {
      #expect(child.domain == domain)
      #expect(child.operations == [operation])
      #expect(try Oracle(child.encoded).answer == child.answer, "\(child.instruction)")
    }
  }

  /// Worked by hand.
  @Test func knownAnswers() throws {
    func answer(
      _ domain: Domain, _ input: Value, _ steps: [Step], _ constraints: [Constraint] = [], _ probes: [Probe] = []
    ) throws -> String {
      try #require(
        WorldTask(
          domain: domain, input: input, steps: steps, constraints: constraints, probes: probes, phrasing: 0)
      ).answer
    }
    let words = Value.words(["plum", "cat", "ivy"])
    #expect(try answer(.lists, words, [Step(.sort)]) == "cat, ivy, plum")
    #expect(try answer(.words, words, [Step(.plurals), Step(.lengths)]) == "5, 4, 5")
    #expect(
      try answer(.lists, words, [Step(.reverse)], [Constraint(.json), Constraint(.capitals), Constraint(.atMost, 2)])
        == "[\"IVY\", \"CAT\"]")
    #expect(
      try answer(.lists, words, [Step(.rotate)], [Constraint(.numbered), Constraint(.ending)], [.kind, .count])
        == "1) cat 2) ivy 3) plum; animal; 3 done")
    #expect(try answer(.numbers, .numbers([4, 9], of: "ball"), [Step(.sum)], [], [.parity]) == "13 balls; odd")
    let day = Value.date(CalendarDay(month: 1, day: 27))
    #expect(try answer(.dates, day, [Step(.later, 3)], [], [.nextMonth]) == "2 March; April")
    #expect(try answer(.dates, .date(CalendarDay(month: 0, day: 1)), [Step(.earlier, 1)]) == "31 December")
    #expect(try answer(.units, .amount(2, .week), [Step(.convert), Step(.convert)]) == "336 hours")
    #expect(try answer(.sets, .sets(["cat", "dog"], ["dog", "oak"]), [Step(.symmetricDifference)]) == "cat, oak")
    let table = Value.table([.init(item: "saw", price: 9), .init(item: "rope", price: 4)])
    #expect(try answer(.tables, table, [Step(.byPrice)], [Constraint(.separator, 1)]) == "rope / saw")
  }

  /// Initials that English has as words or as ends of words say nothing by themselves.
  @Test func answersSaySomething() {
    func initials(_ words: [String], _ steps: [Step] = [], _ constraints: [Constraint] = []) -> String? {
      WorldTask(
        domain: .words, input: .words(words), steps: [Step(.initials)] + steps, constraints: constraints, phrasing: 0)?
        .answer
    }
    #expect(initials(["apple", "cat"]) == "a, c")
    #expect(initials(["apple", "doll"]) == nil)
    #expect(initials(["apple", "cat"], [Step(.first, 1)]) == nil)
    #expect(initials(["apple", "cat"], [], [Constraint(.atMost, 1), Constraint(.prefix, 2)]) == nil)
  }

  @Test func answersAreShort() {
    for task in Sample.evolved {
      #expect(!task.answer.isEmpty)
      #expect(task.answer.count <= 80, "\(task.answer)")
    }
  }

  @Test func gradingIsExactButForOuterWhiteSpace() {
    #expect(WorldTask.grade(answer: " cat, dog\n", against: "cat, dog"))
    #expect(WorldTask.grade(answer: "\n", against: ""))
    #expect(!WorldTask.grade(answer: "cat,dog", against: "cat, dog"))
    #expect(!WorldTask.grade(answer: "Cat, dog", against: "cat, dog"))
    #expect(!WorldTask.grade(answer: "", against: "cat"))
  }

  @Test func refusesWhatHasNoAnswer() {
    func task(
      _ input: Value, _ steps: [Step], _ constraints: [Constraint] = [], _ probes: [Probe] = [], isVague: Bool = false
    ) -> WorldTask? {
      WorldTask(
        domain: .lists, input: input, isVague: isVague, steps: steps, constraints: constraints, probes: probes,
        phrasing: 0)
    }
    let words = Value.words(["cat", "dog"])
    #expect(task(words, [Step(.sort)]) != nil)
    #expect(task(words, []) == nil)
    #expect(task(words, [Step(.sum)]) == nil)
    #expect(task(words, [Step(.longer, 5)]) == nil)
    #expect(task(words, [Step(.drop, 3)]) == nil)
    #expect(task(words, [Step(.drop, 0)]) == nil)
    #expect(task(words, [Step(.first, .min)]) == nil)
    #expect(task(words, Array(repeating: Step(.reverse), count: 5)) == nil)
    #expect(task(words, [Step(.sort)], [Constraint(.json), Constraint(.numbered)]) == nil)
    #expect(task(words, [Step(.sort)], [Constraint(.prefix, 0), Constraint(.prefix, 1)]) == nil)
    #expect(task(words, [Step(.sort)], [Constraint(.prefix, 99)]) == nil)
    #expect(task(words, [Step(.count)], [Constraint(.capitals)]) == nil)
    #expect(task(words, [Step(.sort)], [], [.parity]) == nil)
    #expect(task(words, [Step(.sort)], [], [.count, .count]) == nil)
    #expect(task(words, [Step(.sort)], isVague: true) == nil)
    #expect(task(.words(["cat", "zebra"]), [Step(.sort)]) == nil)
    #expect(task(.words(["cat", "cat"]), [Step(.sort)]) == nil)
    #expect(task(.numbers([0, .max], of: nil), [Step(.sum)]) == nil)
  }
}
