import Foundation
import Pool
import Testing

@testable import EvolInstruct

@Suite struct EvolutionTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A χ² test over 6,000 draws: 5 degrees of freedom, 20.5 is passed once in a thousand.
  @Test(arguments: [UInt64(0), 1, 42, .max]) func operationsAreEquallyLikely(seed: UInt64) {
    let draw = Draw(seed: seed)
    var counts: [EvolvingOperation: Int] = [:]
    for place in 0..<1500 {
      for round in 1...4 { counts[draw.operation(RowID(seed: place, round: round)), default: 0] += 1 }
    }
    let statistic = EvolvingOperation.allCases.map { pow(Double(counts[$0] ?? 0) - 1000, 2) / 1000 }.reduce(0, +)
    #expect(statistic <= 20.5, "\(counts)")
    #expect(statistic > 0.1, "too even for chance: \(counts)")
  }

  @Test func theLoopIsThePapers() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let teacher = ScriptedTeacher()
    let evolution = Evolution(pool: pool, teacher: teacher)
    #expect(try await evolution.run(seeds: seeds(100)) == .finished)
    let rows = try await contents(pool)
    #expect(rows.count == 500, "every instruction once a round")
    for row in rows where row.id.round > 0 {
      let parent = try #require(rows.first { $0.id == row.parent })
      #expect(parent.verdict == .kept && parent.id.seed == row.id.seed)
      // The newest kept before: what failed puts its parent back.
      #expect(
        !rows.contains {
          $0.id.seed == row.id.seed && $0.verdict == .kept && $0.id.round > parent.id.round
            && $0.id.round < row.id.round
        })
      #expect(row.verdict == .removed || !row.output.isEmpty)
    }
    #expect(rows.contains { $0.rule == .equal } && rows.contains { $0.rule == .sorryAnswer })
    #expect(teacher.counts.values.allSatisfy { $0 == 1 })
    let usage = try await pool.usage()
    #expect(usage.calls == teacher.calls && usage.tokens == teacher.calls * 15)
    // What is judged equal is not answered.
    for row in rows where row.rule == .equal { #expect(teacher.counts["\(row.id) answer"] == nil) }
    #expect(try await evolution.run(seeds: seeds(100)) == .finished)
    #expect(try await pool.usage() == usage, "a finished run asks nothing")
  }

  @Test func theOrderOfRepliesDecidesNothing() async throws {
    var results: [[InstructionRow]] = []
    for (concurrency, delay) in [(1, 0), (32, 3)] {
      let pool = try Pool(path: scratch.path("\(concurrency).pool"))
      let options = EvolutionOptions(rounds: 3, concurrency: concurrency)
      let teacher = ScriptedTeacher(delay: delay) { request in
        var reply = ScriptedTeacher.standard(request)
        if case .evolve = request.task { reply.text = "Evolved into one of few \(request.seed % 30)" }
        return reply
      }
      _ = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(40))
      results.append(try await contents(pool))
    }
    #expect(results[0] == results[1])
    #expect(results[0].contains { $0.rule == .duplicate })
  }

  /// Cancels at points of chance, a few calls further on each time, until the run is through: the pool is the one of a run in one go, and no call that was
  /// journaled is made again.
  @Test func stoppedAnywhereItGoesOn() async throws {
    let whole = try Pool(path: scratch.path("whole.pool"))
    let options = EvolutionOptions(rounds: 3, concurrency: 8, ratesDifficulty: true)
    _ = try await Evolution(pool: whole, teacher: ScriptedTeacher(), options: options).run(seeds: seeds(60))
    let teacher = ScriptedTeacher(delay: 2)
    var stops = 0
    while true {
      let pool = try Pool(path: scratch.path("parts.pool"))
      let evolution = Evolution(pool: pool, teacher: teacher, options: options)
      let run = Task { try await evolution.run(seeds: seeds(60)) }
      let limit = teacher.calls + Int.random(in: 1...60)
      let stopping = Task {
        while teacher.calls < limit, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        try? await Task.sleep(for: .milliseconds(Int.random(in: 0...10)))
        run.cancel()
      }
      let result = await run.result
      stopping.cancel()
      if case .success(.finished) = result { break }
      stops += 1
      try #require(stops < 500)
    }
    #expect(stops > 3)
    let parts = try Pool(reading: scratch.path("parts.pool"))
    #expect(try await contents(parts) == contents(whole))
    // At most the calls in flight are made again.
    #expect(try await parts.usage() == whole.usage())
    #expect(teacher.calls <= (try await whole.usage().calls) + stops * options.concurrency)
  }

  /// Stopped while duplicates are looked for, after any row: what was found unique before the stop still stands before
  /// what comes after it, whatever the pages.
  @Test func aStoppedSearchForDuplicatesIsGoneOnWith() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let teacher = ScriptedTeacher { (request) throws(TeacherError) in
      switch request.task {
      case .evolve: TeacherReply(text: "Evolved into one of few \(request.seed % 30)")
      default: throw TeacherError(.fatal, "stops where duplicates have been removed and nothing is judged")
      }
    }
    var evolution = Evolution(pool: pool, teacher: teacher, options: EvolutionOptions(rounds: 1))
    await #expect(throws: EvolutionError.self) { try await evolution.run(seeds: seeds(60)) }
    let wanted = try await pool.rows(round: 1)
    #expect(wanted.count { $0.rule == .duplicate } > 10 && wanted.count { $0.verdict == .unique } > 10)
    evolution.pageSize = 7
    for stop in wanted.indices {
      let left = wanted[stop...].filter { $0.verdict == .unique || $0.rule == .duplicate }.map { row in
        var row = row
        (row.verdict, row.rule, row.evidence) = (.candidate, nil, nil)
        return row
      }
      try await pool.save(left)
      try await evolution.removeDuplicates(round: 1)
      #expect(try await pool.rows(round: 1) == wanted, "stopped before row \(stop)")
    }
  }

  /// The disk fills in the middle, again and again a little later: the pool stays whole, and in the end it is the one of
  /// a run with room enough, no journaled call made twice.
  @Test func aFullDiskStopsTheRunAndLosesNothing() async throws {
    let options = EvolutionOptions(rounds: 2, concurrency: 4)
    let whole = try Pool(path: scratch.path("whole.pool"))
    _ = try await Evolution(pool: whole, teacher: ScriptedTeacher(), options: options).run(seeds: seeds(60))
    let teacher = ScriptedTeacher()
    var stops = 0
    for limit in stride(from: 128 << 10, through: 64 << 20, by: 40 << 10) {
      do {
        let pool = try Pool(path: scratch.path("parts.pool"), byteLimit: limit)
        _ = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(60))
        break
      } catch EvolutionError.pool(let error) {
        #expect(error.kind == .full)
        stops += 1
      }
    }
    #expect(stops > 2)
    let parts = try Pool(reading: scratch.path("parts.pool"))
    #expect(try await contents(parts) == contents(whole))
    #expect(try await parts.usage() == whole.usage())
    #expect(teacher.calls <= (try await whole.usage().calls) + stops * options.concurrency)
  }

  @Test func shardsMergeIntoTheWhole() async throws {
    let whole = try Pool(path: scratch.path("whole.pool"))
    var options = EvolutionOptions(rounds: 2)
    _ = try await Evolution(pool: whole, teacher: ScriptedTeacher(), options: options).run(seeds: seeds(50))
    let merged = try Pool(path: scratch.path("merged.pool"))
    for index in 0..<3 {
      options.shard = try #require(Shard("\(index)/3"))
      let part = try Pool(path: scratch.path("\(index).pool"))
      _ = try await Evolution(pool: part, teacher: ScriptedTeacher(), options: options).run(seeds: seeds(50))
      try await merged.merge(part)
    }
    #expect(try await contents(merged) == contents(whole))
    #expect(try await merged.usage() == whole.usage())
  }

  @Test func theBudgetIsNeverPassedAndALargerOneGoesOn() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let teacher = ScriptedTeacher(delay: 1)
    var options = EvolutionOptions(rounds: 2, concurrency: 16, budget: Budget(calls: 70))
    let ending = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(60))
    #expect(ending == .budgetExhausted("70 calls"))
    #expect(teacher.calls == 70)
    options.budget = Budget(tokens: 5_000)
    options.sampling.maxTokens = 2048
    _ = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(60))
    #expect(try await pool.usage().tokens <= 5_000)
    options.budget = Budget(money: 0.0055, price: Price(promptMillion: 1, completionMillion: 1))
    let last = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(60))
    #expect(last == .budgetExhausted("0.0055 of money"))
    options.budget = Budget()
    #expect(try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(60)) == .finished)
    #expect(teacher.counts.values.allSatisfy { $0 == 1 })
  }

  @Test func oneBadReplyFailsNoBatch() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let teacher = ScriptedTeacher { (request) throws(TeacherError) in
      switch (request.row.seed, request.task.kind) {
      case (0, .evolve): throw TeacherError(.call, "half a JSON", received: "{\"cho")
      case (1, .evolve): return TeacherReply(text: "  \n")
      case (2, .evolve): return TeacherReply(text: "Half of an", isTruncated: true)
      case (3, .evolve): return TeacherReply(text: seeds(5)[3].instruction.uppercased())
      case (4, .evolve): return TeacherReply(text: "I'm sorry, but I can't help with that.")
      case (5, .evolve): return TeacherReply(text: "#Rewritten Prompt#: Say it in verse")
      case (6, .judge): return TeacherReply(text: "Perhaps")
      case (7, .answer): return TeacherReply(text: "...")
      case (8, .answer): throw TeacherError(.call, "status 500")
      case (9, .evolve): return TeacherReply(text: "A text with a NUL\0 in it")
      case (_, .judge): return TeacherReply(text: "Not Equal")
      case (_, .answer): return TeacherReply(text: "An answer")
      default: return ScriptedTeacher.standard(request)
      }
    }
    let options = EvolutionOptions(rounds: 1)
    #expect(try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(12)) == .finished)
    let rules = try await pool.rows(round: 1).map(\.rule)
    #expect(
      rules == [
        .callFailed, .empty, .truncated, .unchanged, .refused, .copiedPrompt, .unjudged, .contentlessAnswer,
        .callFailed,
        nil, nil, nil,
      ])
    #expect(try await pool.row(RowID(seed: 9, round: 1))?.instruction == "A text with a NUL\u{FFFD} in it")
    #expect(try await pool.calls(for: RowID(seed: 0, round: 1)).first?.reply == "{\"cho")
    // The next start tries failed calls again, those alone.
    let better = ScriptedTeacher { request in
      request.task.kind == .judge ? TeacherReply(text: "Not Equal") : ScriptedTeacher.standard(request)
    }
    _ = try await Evolution(pool: pool, teacher: better, options: options).run(seeds: seeds(12))
    #expect(Set(better.counts.keys) == ["0/1 evolve", "0/1 judge", "0/1 answer", "8/1 answer"])
  }

  @Test func aTeacherThatIsGoneStopsTheRun() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let gone = ScriptedTeacher { (_) throws(TeacherError) in throw TeacherError(.call, "no connection") }
    await #expect(throws: EvolutionError.self) { try await Evolution(pool: pool, teacher: gone).run(seeds: seeds(60)) }
    #expect(gone.calls < 60)
    let locked = ScriptedTeacher { (_) throws(TeacherError) in throw TeacherError(.fatal, "wrong key") }
    await #expect(throws: EvolutionError.teacher("wrong key")) {
      try await Evolution(pool: pool, teacher: locked).run(seeds: seeds(60))
    }
    #expect(try await Evolution(pool: pool, teacher: ScriptedTeacher()).run(seeds: seeds(60)) == .finished)
  }

  @Test func otherPromptsOrTeachersAreRefusedUnlessAllowed() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    var options = EvolutionOptions(rounds: 1)
    _ = try await Evolution(pool: pool, teacher: ScriptedTeacher(), options: options).run(seeds: seeds(4))
    options.rounds = 2
    let other = ScriptedTeacher(model: "other")
    await #expect(throws: EvolutionError.self) {
      try await Evolution(pool: pool, teacher: other, options: options).run(seeds: seeds(4))
    }
    #expect(other.calls == 0)
    options.allowsMixing = true
    #expect(try await Evolution(pool: pool, teacher: other, options: options).run(seeds: seeds(4)) == .finished)
    #expect(other.calls > 0)
    await #expect(throws: EvolutionError.self) {
      try await Evolution(pool: pool, teacher: other, options: options).run(seeds: seeds(5))
    }
  }

  /// What a teacher of structure knows of a row comes back with the next call for it.
  @Test func stateAndDifficultyTravelWithTheRow() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let teacher = ScriptedTeacher { request in
      switch request.task {
      case .evolve(_, let parent, let state):
        #expect(state == (parent.round == 0 ? "task 0" : "task 0+\(parent.round)"))
        return TeacherReply(
          text: "Harder \(request.row) and more", state: "task 0+\(request.row.round)",
          difficulty: Double(request.row.round))
      case .judge(_, let child):
        #expect(child == "task 0+\(request.row.round)")
        return TeacherReply(text: "Not Equal")
      case .answer(let state): return TeacherReply(text: "answer \(state ?? "")")
      case .rate: return TeacherReply(text: "5")
      }
    }
    let seed = Seed(instruction: "Start", output: "x", state: "task 0", difficulty: 1)
    _ = try await Evolution(pool: pool, teacher: teacher).run(seeds: [seed])
    #expect(try await pool.rows(round: 4).first?.output == "answer task 0+4")
    #expect(try await pool.yieldTable().rounds.map(\.meanDifficulty) == [1, 1, 2, 3, 4])
  }

  @Test func estimatesBoundTheRun() async throws {
    let options = EvolutionOptions(rounds: 2, budget: Budget(price: Price(promptMillion: 3, completionMillion: 15)))
    let estimate = Estimate(seeds: seeds(30), options: options)
    #expect(estimate.calls == 180)
    let cost = try #require(estimate.cost)
    #expect(cost > 0 && abs(cost - Price(promptMillion: 3, completionMillion: 15).cost(of: estimate.expected)) <= 1e-12)
    let pool = try Pool(path: scratch.path("a.pool"))
    _ = try await Evolution(pool: pool, teacher: ScriptedTeacher(), options: options).run(seeds: seeds(30))
    #expect(try await pool.usage().calls <= estimate.calls)
  }

  /// Rated rows are a sample, the same in every run; the others are left alone.
  @Test func aSampleIsRated() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let teacher = ScriptedTeacher()
    let options = EvolutionOptions(rounds: 1, ratesDifficulty: true, difficultySample: 40)
    _ = try await Evolution(pool: pool, teacher: teacher, options: options).run(seeds: seeds(200))
    let rated = try await pool.rows(round: 0).count { $0.difficulty != nil }
    // A binomial of mean 40 and deviation 5.7.
    #expect(rated >= 15 && rated <= 65 && teacher.counts.keys.count { $0.hasSuffix("0 rate") } == rated)
    #expect(Estimate(seeds: seeds(200), options: options).calls == 600 + 80)
  }

  /// Duplicates are found page by page: the rows that a stopped removal had come to count for the rest.
  @Test func aStoppedRemovalOfDuplicatesIsGoneOnWith() async throws {
    let teacher = ScriptedTeacher { request in
      guard case .evolve = request.task else { return ScriptedTeacher.standard(request) }
      return TeacherReply(text: "An evolved instruction, one of seven alike: kind \(request.row.seed % 7)")
    }
    let pool = try Pool(path: scratch.path("a.pool"))
    let options = EvolutionOptions(rounds: 1)
    let evolution = Evolution(pool: pool, teacher: teacher, options: options)
    _ = try await evolution.run(seeds: seeds(50))
    let whole = try await pool.rows(round: 1)
    #expect(whole.count { $0.rule == .duplicate } == 43)
    // As a kill in the middle leaves it: the first 20 decided, the others candidates.
    for var row in whole where row.rule != .callFailed {
      let isDecided = row.id.seed < 20
      if isDecided, row.rule == .duplicate { continue }
      row.verdict = isDecided ? .unique : .candidate
      row.rule = nil
      row.evidence = nil
      row.output = ""
      try await pool.save([row])
    }
    _ = try await evolution.run(seeds: seeds(50))
    #expect(try await pool.rows(round: 1) == whole)
  }
}
