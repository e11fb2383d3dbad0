import EvolInstruct
import Foundation
import Pool
import TaskWorld
import Testing
import Workflow

/// A folder of a test's own, removed at its end.
final class Scratch: Sendable {
  let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-workflow-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ text: String, _ name: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
    return path(name)
  }
}

@Suite struct EvolveRunTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func configuration(
    _ output: String, seeds: Int = 60, world: WorldSize = .wide, options: EvolutionOptions = EvolutionOptions(rounds: 3)
  ) -> EvolveConfiguration {
    EvolveConfiguration(
      seeds: .builtin(count: seeds), teacher: .builtin(world), output: scratch.path(output), options: options)
  }

  private func text(_ path: String?) throws -> String {
    try String(contentsOfFile: try #require(path), encoding: .utf8)
  }

  @Test func theComputedWorldIsEvolvedAndAnswered() async throws {
    let run = try await EvolveRun(configuration("a"))
    #expect(run.estimate.seeds == 60 && run.estimate.callsLeft == 540)
    let summary = try await run.start()
    #expect(summary.ending == .finished)
    #expect(summary.calls > 0 && summary.calls <= 540 && summary.calls == summary.spent.calls)
    let difficulties = summary.yields.rounds.compactMap(\.meanDifficulty)
    #expect(difficulties.count == 4 && difficulties == difficulties.sorted() && difficulties[3] > difficulties[0] + 1)
    // Every answer is the one that its task computes.
    let pool = try Pool(reading: summary.pool)
    var count = 0
    for round in 0...3 {
      for row in try await pool.rows(round: round, .kept) {
        let task = try WorldTask(encoded: try #require(row.state))
        #expect(task.instruction == row.instruction && task.answer == row.output)
        count += 1
      }
    }
    #expect(summary.export?.rows == count)
    #expect(try text(summary.export?.path).split(separator: "\n").count == count)
  }

  /// No answer falls to a rule, and inputs are complicated as long as the world has room for it.
  @Test(arguments: WorldSize.allCases) func littleOfTheComputedWorldIsRemoved(world: WorldSize) async throws {
    let rounds = world.rounds
    let run = try await EvolveRun(
      configuration("a", seeds: 400, world: world, options: EvolutionOptions(rounds: rounds)))
    let summary = try await run.start()
    #expect(summary.ending == .finished)
    for rule in [EliminationRule.contentlessAnswer, .sorryAnswer, .equal, .copiedPrompt, .refused, .empty] {
      #expect(summary.yields.count(rule: rule) == 0, "\(rule)")
    }
    for round in 1...rounds {
      let drawn = summary.yields.count(round: round, operation: .complicateInput)
      let unchanged = summary.yields.count(round: round, operation: .complicateInput, rule: .unchanged)
      #expect(drawn >= 40 && Double(unchanged) < 0.1 * Double(drawn), "round \(round): \(unchanged) of \(drawn)")
    }
    for row in try await Pool(reading: summary.pool).rows(round: rounds, .kept) {
      #expect(try WorldTask(encoded: try #require(row.state)).world == world)
    }
  }

  @Test func aWorldIsNotGoneOnWithInAnother() async throws {
    let small = try await EvolveRun(configuration("a", world: .small)).start()
    #expect(try await Pool(reading: small.pool).identity()?.teacher == "builtin small")
    for allowsMixing in [false, true] {
      var other = configuration("a")
      other.options.allowsMixing = allowsMixing
      do throws(EvolveError) {
        _ = try await EvolveRun(other).start()
        Issue.record("the wide world went on in the small one's pool")
      } catch { #expect(error.description.contains("another teacher (builtin small, now builtin)"), "\(error)") }
    }
    let teachers = (ComputedTeacher(world: .small), ComputedTeacher(world: .wide))
    #expect(teachers.0.fingerprint != teachers.1.fingerprint)
    #expect(ComputedTeacher().fingerprint != ComputedTeacher(heldOut: HeldOut(seed: 1)).fingerprint)
  }

  @Test func theSameConfigurationGivesTheSameBytes() async throws {
    let first = try await EvolveRun(configuration("a")).start()
    var other = configuration("b")
    other.options.concurrency = 1
    let second = try await EvolveRun(other).start()
    #expect(try text(first.export?.path) == text(second.export?.path))
    var third = configuration("c")
    third.options.seed = 9
    #expect(try await text(EvolveRun(third).start().export?.path) != text(first.export?.path))
  }

  @Test func aFinishedRunMakesNoCallAndShardsGiveTheWhole() async throws {
    let whole = try await EvolveRun(configuration("whole")).start()
    let again = try await EvolveRun(configuration("whole"))
    #expect(again.estimate.spent == whole.spent)
    #expect(try await again.start().calls == 0)
    let merged = try Pool(path: scratch.path("merged.sqlite"))
    for index in 0..<2 {
      var part = configuration("part\(index)")
      part.options.shard = try #require(Shard("\(index)/2"))
      try await merged.merge(try Pool(reading: try await EvolveRun(part).start().pool))
    }
    let export = scratch.path("merged.jsonl")
    _ = try await merged.export(to: export, as: .jsonl)
    #expect(try text(export) == text(whole.export?.path))
  }

  @Test func aCancelledRunIsGoneOnWith() async throws {
    let whole = try await EvolveRun(configuration("whole", seeds: 200)).start()
    var (stops, early) = (0, 0)
    while true {
      let run = try await EvolveRun(configuration("parts", seeds: 200))
      let limit = run.estimate.spent.calls + 400
      let (stop, reached) = AsyncStream<Void>.makeStream()
      let task = Task {
        try await run.start { event in
          if case .progress(let progress) = event, progress.spent.calls >= limit { reached.yield() }
        }
      }
      let watch = Task {
        for await _ in stop { task.cancel() }
      }
      let summary = try await task.value
      reached.finish()
      await watch.value
      if summary.ending == .finished {
        #expect(early > 0 && summary.spent == whole.spent)
        #expect(try text(summary.export?.path) == text(whole.export?.path))
        break
      }
      // The last call may be journaled and its row not yet written.
      #expect(summary.ending == .interrupted && summary.export == nil && summary.spent.calls <= whole.spent.calls)
      if summary.spent.calls < whole.spent.calls { early += 1 }
      stops += 1
      try #require(stops < 50, "no progress from start to start")
    }
  }

  @Test func theBudgetIsKeptAndSamplesAreDrawn() async throws {
    var limited = configuration("a")
    try limited.options.budget.limit("calls=100")
    limited.sample = 20
    let summary = try await EvolveRun(limited).start()
    #expect(summary.ending == .budgetExhausted("100 calls") && summary.spent.calls == 100)
    #expect(summary.export?.rows == 20)
    limited.options.budget = Budget()
    #expect(try await EvolveRun(limited).start().ending == .finished)
  }

  @Test func budgetsAreReadAsPeopleWriteThem() throws {
    var budget = Budget()
    for text in ["calls=1000", "tokens = 2M", "money=2.5"] { try budget.limit(text) }
    #expect(budget == Budget(calls: 1000, tokens: 2_000_000, money: 2.5))
    try budget.limit("5kcalls")
    #expect(budget.calls == 5000)
    try budget.limit("70")
    #expect(budget.calls == 70)
    for text in ["", "calls", "calls=-1", "calls=0", "calls=0.5", "bananas=3", "money=nan", "tokens=1e300"] {
      #expect(throws: BudgetError.self, "\(text)") { try budget.limit(text) }
    }
  }

  @Test func decontaminatedRowsAreListed() async throws {
    let plain = try await EvolveRun(configuration("a")).start()
    let rows = try await Pool(reading: plain.pool).rows(round: 2, .kept)
    let long = try #require(rows.first { $0.instruction.split(whereSeparator: \.isWhitespace).count > 20 })
    var clean = configuration("b")
    clean.testSets = [try scratch.write("one\n" + long.instruction.replacing("\n", with: " "), "test.txt")]
    let summary = try await EvolveRun(clean).start()
    #expect(summary.yields.count(rule: .contaminated) > 0)
    let removed = try await Pool(reading: summary.pool).rows(where: RowFilter(rule: .contaminated), limit: 100)
    #expect(
      removed.contains { $0.instruction == long.instruction }
        && removed.allSatisfy { $0.evidence?.hasSuffix("test.txt:2") == true })
  }

  @Test func mistakesAreNamed() async throws {
    func problem(_ change: (inout EvolveConfiguration) throws -> Void) async throws -> String {
      var configuration = configuration("a")
      try change(&configuration)
      do throws(EvolveError) {
        _ = try await EvolveRun(configuration).start()
        return ""
      } catch { return error.description }
    }
    let seeds = try scratch.write(#"{"instruction": "a"}"# + "\n" + #"{"output": "b"}"# + "\n", "seeds.jsonl")
    let server = try TeacherChoice(["http://127.0.0.1:1/v1"], served: "m")
    #expect(try await problem { $0.seeds = .file(seeds) }.contains("its own world"))
    #expect(try await problem { $0.teacher = server }.contains("seeds are missing"))
    #expect(try await problem { ($0.seeds, $0.teacher) = (.file(seeds), server) }.contains("seeds.jsonl:2"))
    #expect(try await problem { $0.prompts = scratch.path("nothing") }.contains("nothing"))
    #expect(try await problem { $0.testSets = [scratch.path("none.txt")] }.contains("none.txt"))
    #expect(try await problem { $0.options.budget.money = 3 }.contains("--price-in"))
    #expect(try await problem { $0.output = seeds + "/below" }.contains("seeds.jsonl/below"))
    _ = try await EvolveRun(configuration("a")).start()
    let other = try await problem { $0.options.sampling.temperature = 0.5 }
    #expect(other.contains("other settings") && other.contains("--allow-mixed"))
    #expect(
      try await problem {
        $0.options.sampling.temperature = 0.5
        $0.options.allowsMixing = true
      } == "")
    for names in [["builtin", "http://a/v1"], ["a", "b"], []] {
      #expect(throws: EvolveError.self) { try TeacherChoice(names, served: "m") }
    }
    #expect(throws: EvolveError.self) { try TeacherChoice(["http://a/v1"], served: nil) }
    #expect(throws: EvolveError.self) { try TeacherChoice(["builtin"], served: "m") }
    for (names, served) in [(["models/a"], nil), (["http://a/v1"], "m"), (["builtin", "http://a/v1"], "m")] {
      do throws(EvolveError) {
        _ = try TeacherChoice(names, served: served, world: .small)
        Issue.record("\(names) has a world")
      } catch { #expect(error.description.contains("--world small"), "\(error)") }
    }
  }
}
