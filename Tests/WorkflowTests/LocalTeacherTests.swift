import EvolInstruct
import Foundation
import Pool
import Testing
import Text
import Workflow

/// A real model as a teacher; without one beside the repository these tests say SKIPPED.
@Suite struct LocalTeacherTests {
  static let shared = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared")
  static let stories = shared.appending(path: "models/stories260K").path
  static let isThere = FileManager.default.fileExists(atPath: stories + "/model.safetensors")

  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Prompts that 512 tokens have room for.
  private func configuration(_ output: String, concurrency: Int) throws -> EvolveConfiguration {
    let prompts = scratch.path("prompts")
    try FileManager.default.createDirectory(atPath: prompts, withIntermediateDirectories: true)
    for (name, text) in [
      ("in_depth", "Once upon a time there was a little girl. {method} {prompt}"), ("add_constraints", "One more."),
      ("deepening", "Deeper."), ("concretizing", "More specific."), ("increase_reasoning", "Step by step."),
      ("complicate_input", "Once upon a time there was a little girl. {format} {prompt}"),
      ("breadth", "Once upon a time there was a little girl. Another. {prompt}"),
      ("judge", "Once upon a time there was a little girl. {first} {second}"),
    ] {
      _ = try scratch.write(text, "prompts/\(name).txt")
    }
    let seeds = (0..<12).map { "{\"instruction\": \"Tell a story of the number \($0).\"}\n" }.joined()
    return EvolveConfiguration(
      seeds: .file(try scratch.write(seeds, "seeds.jsonl")), teacher: .model(LocalTeacherModel(path: Self.stories)),
      output: scratch.path(output), prompts: prompts,
      options: EvolutionOptions(
        rounds: 1, sampling: Sampling(maxTokens: 24), concurrency: concurrency))
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func aBatchGivesWhatOneByOneGives() async throws {
    let batched = try await EvolveRun(configuration("a", concurrency: 8)).start()
    let single = try await EvolveRun(configuration("b", concurrency: 1)).start()
    #expect(batched.ending == .finished && batched.spent == single.spent && batched.spent.completionTokens > 100)
    let (first, second) = (try Pool(reading: batched.pool), try Pool(reading: single.pool))
    #expect(try await first.rows(round: 1) == second.rows(round: 1))
    for seed in 0..<12 {
      let row = RowID(seed: seed, round: 1)
      let calls = (try await first.call(row, .evolve), try await second.call(row, .evolve))
      #expect(calls.0 != nil && calls.0?.reply == calls.1?.reply)
    }
    let prompts = try #require(batched.promptTokens)
    #expect(prompts.shared > 0, "the beginning that prompts share was computed again and again")
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func aPromptBeyondTheContextRemovesItsRowAlone() async throws {
    var configuration = try configuration("a", concurrency: 8)
    configuration.prompts = nil
    let summary = try await EvolveRun(configuration).start()
    #expect(summary.ending == .finished && summary.yields.count(rule: .tooLong) > 0)
    #expect(summary.yields.count(round: 1, verdict: .removed) == 12)
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func aModelThatIsNoneIsSaid() async throws {
    var configuration = try configuration("a", concurrency: 8)
    configuration.teacher = .model(LocalTeacherModel(path: "/nonexistent"))
    await #expect(throws: EvolveError.self) { try await EvolveRun(configuration).start() }
    configuration.teacher = .model(LocalTeacherModel(path: Self.stories, template: "nonsense"))
    await #expect(throws: EvolveError.self) { try await EvolveRun(configuration).start() }
  }

  static let seeds = [
    ("self_instruct_seed_tasks.jsonl", 175), ("alpaca_random_9k.json", 9229), ("alpaca_union_17k.json", 17387),
    ("dolly_3k.json", 2996),
  ]

  /// Real seeds are read whole, their inputs kept, and estimated.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: shared.appending(path: "data/seeds").path),
      "SKIPPED: no seeds beside the repository"), arguments: seeds)
  func realSeedsAreRead(file: String, count: Int) async throws {
    let path = Self.shared.appending(path: "data/seeds/\(file)").path
    let run = try await EvolveRun(
      EvolveConfiguration(
        seeds: .file(path), teacher: try TeacherChoice(["http://127.0.0.1:1/v1"], served: "m"),
        output: scratch.path("out")))
    #expect(run.estimate.seeds == count && run.estimate.whole.calls == count * 12)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("out")), "an estimate writes nothing")
    #expect(try Seed.read(path: path).contains { !$0.input.isEmpty })
  }
}
