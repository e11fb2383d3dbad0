import Formats
import Foundation
import Recipe
import Report
import Synchronization
import TaskWorld
import TestSupport
import Testing

@testable import Workflow

/// The whole loop, as small as it can be.
@Suite(.serialized) struct LoopRunTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func recipe(_ output: String, _ settings: String...) throws -> LoopRecipe { try recipe(output, settings) }

  private func recipe(_ output: String, _ settings: [String]) throws -> LoopRecipe {
    try LoopRecipe(
      yaml: """
        evolve: {seed_count: 40, world: small, rounds: 2, similarity: null}
        train:
          random: {hidden: 32, layers: 1, heads: 2, kv_heads: 1, ffn: 48, vocabulary: 256, length: 128}
          data: {template: wizardlm}
          precision: f32
          batch: {micro: 2, accumulate: 1}
          tokens: 1500
          optimizer: {learning_rate: 3.0e-3}
          schedule: {warmup_steps: 1}
        evaluate: {tasks: 24, max_tokens: 6}
        output: \(scratch.path(output))
        """, name: "loop", settings: settings)
  }

  private func start(
    _ recipe: LoopRecipe, events: @escaping @Sendable (LoopEvent) -> Void = { _ in }
  ) async throws -> LoopSummary {
    try await LoopRun(recipe, on: TestDevice.shared().device).start(events: events)
  }

  /// What was skipped and what was done.
  private func stages(_ recipe: LoopRecipe) async throws -> (skipped: Set<LoopStage>, done: Set<LoopStage>) {
    let found = Mutex<(Set<LoopStage>, Set<LoopStage>)>(([], []))
    let summary = try await start(recipe) { event in
      switch event {
      case .skipped(let stage): found.withLock { _ = $0.0.insert(stage) }
      case .ended(let stage, _): found.withLock { _ = $0.1.insert(stage) }
      default: break
      }
    }
    #expect(summary.ending == .finished)
    return found.withLock { $0 }
  }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: scratch.path(name))) }

  /// `results.json` without the times and the paths of the output folder.
  private func results(_ output: String) throws -> String {
    let text = String(decoding: try bytes(output + "/results.json"), as: UTF8.self)
    let end = try #require(text.range(of: "\"seconds\""))
    return String(text[..<end.lowerBound]).replacing(scratch.path(output), with: "OUTPUT")
  }

  private static let trained: Set<LoopStage> = [.trainSeeds, .trainEvolved]
  private static let evaluated: Set<LoopStage> = [.evaluateBase, .evaluateSeeds, .evaluateEvolved]
  private static let made: Set<LoopStage> = [.evolve, .data, .vocabulary]

  @Test func theLoopIsDoneOnceAndAgainWhereItChanged() async throws {
    let summary = try await start(recipe("a"))
    let outcome = try #require(summary.outcome)
    #expect(outcome.report.arms.map(\.kind) == [.base, .seeds, .evolved])
    for arm in outcome.report.arms { #expect(arm.plain?.count == 8 && arm.complex?.count == 16) }
    let tokens = outcome.report.arms.map(\.trainedTokens)
    // Equal to within a step.
    #expect(tokens[0] == 0 && tokens[1...].allSatisfy { (1500..<1500 + 256).contains($0) }, "\(tokens)")
    #expect(FileManager.default.fileExists(atPath: outcome.model + "/model.safetensors"))
    let first = try bytes("a/results.json")

    let again = try await stages(recipe("a"))
    #expect(again.done.isEmpty && again.skipped == Self.made.union(Self.trained).union(Self.evaluated))
    #expect(try bytes("a/results.json") == first)

    let examined = try await stages(recipe("a", "evaluate.max_tokens=7"))
    #expect(examined.done == Self.evaluated && examined.skipped == Self.made.union(Self.trained))

    let retrained = try await stages(recipe("a", "evaluate.max_tokens=7", "train.tokens=1800"))
    #expect(retrained.skipped == Self.made.union([.evaluateBase]))
    #expect(retrained.done == Self.trained.union([.evaluateSeeds, .evaluateEvolved]))
    let earlier = try FileManager.default.contentsOfDirectory(atPath: scratch.path("a/earlier"))
    #expect(earlier.contains { $0.hasPrefix("seeds-") } && earlier.contains { $0.hasPrefix("evolved-") }, "\(earlier)")

    // Fewer rounds are taken from the same pool, which is not set aside.
    let fewer = try await stages(recipe("a", "evaluate.max_tokens=7", "train.tokens=1800", "evolve.rounds=1"))
    #expect(fewer.skipped.isEmpty && fewer.done == Set(LoopStage.allCases))
    #expect(
      !(try FileManager.default.contentsOfDirectory(atPath: scratch.path("a/earlier"))).contains {
        $0.hasPrefix("evolve-")
      })
  }

  @Test func stoppedInEachStageItEndsInTheSame() async throws {
    #expect(try await start(recipe("whole")).ending == .finished)
    var stops: [String] = []
    let seen = Places()
    while true {
      let (stop, isReached) = AsyncStream<String>.makeStream()
      let recipe = try recipe("parts")
      let device = try TestDevice.shared().device
      let task = Task {
        try await LoopRun(recipe, on: device).start { event in
          guard let place = Self.place(event) else { return }
          if seen.isNew(place) { isReached.yield(place) }
        }
      }
      let watch = Task {
        var first: String?
        for await place in stop where first == nil {
          first = place
          task.cancel()
        }
        return first
      }
      let summary = try await task.value
      isReached.finish()
      if let place = await watch.value { stops.append(place) }
      if summary.ending == .finished { break }
      #expect(summary.outcome == nil)
      try #require(stops.count < 40, "no progress from start to start")
    }
    #expect(stops.count >= 6, "\(stops)")
    #expect(try results("parts") == results("whole"))
    for arm in ["seeds", "evolved"] {
      #expect(try bytes("parts/\(arm)/model/model.safetensors") == bytes("whole/\(arm)/model/model.safetensors"))
    }
    // No item was asked twice.
    for arm in LoopReport.Arm.Kind.allCases {
      let answers = try JSONLines(path: scratch.path("parts/answers/\(arm.rawValue).jsonl")).rows.map {
        try $0["item"].integer()
      }
      #expect(answers.sorted() == Array(0..<24), "\(arm)")
    }
  }

  /// Moments at which the loop is stopped, each once.
  private static func place(_ event: LoopEvent) -> String? {
    switch event {
    case .began(let stage): "begin \(stage.rawValue)"
    case .evolve(.progress(let progress)) where progress.finished > 5: "evolving round \(progress.round)"
    case .train(.step(let row, _)) where row.step == 1: "step"
    case .evaluated(let done, _) where done > 3: "evaluating"
    default: nil
    }
  }

  @Test func nothingHeldOutIsTrainedOn() async throws {
    let recipe = try recipe("a", "evolve.seed_count=300", "evaluate.tasks=600", "train.tokens=200")
    #expect(try await start(recipe).ending == .finished)
    func instructions(_ name: String) throws -> [String] {
      try JSONLines(path: scratch.path(name)).rows.map { try $0["instruction"].string() }
    }
    let test = Set(try instructions("a/answers/test.jsonl"))
    let trained = try instructions("a/data/evolved.jsonl")
    #expect(test.count > 300 && trained.count > 500)
    #expect(trained.allSatisfy { !test.contains($0) })
    #expect(Set(try instructions("a/data/seeds.jsonl")).isSubset(of: trained))
    // Not the texts alone: whole combinations of parts are held out.
    let tasks = HeldOut().testSet(plain: 200, complex: 400, seed: 0, world: .small)
    #expect(Set(tasks.map(\.instruction)).isSuperset(of: test))
  }

  @Test func mistakesAreNamed() async throws {
    func problem(_ settings: String...) async throws -> String {
      do {
        _ = try await start(try recipe("a", settings))
        return ""
      } catch let error as LoopError { return error.description }
    }
    #expect(try await problem("train.model=/nonexistent").contains("/nonexistent"))
    let server = "evolve={teacher: http://a/v1, seeds: x}"
    #expect(try await problem(server, "evaluate={}").contains("evolve.teacher_model is missing"))
    #expect(try await problem("evolve.budget=bananas").contains("evolve.budget: a budget of 'bananas'"))
    #expect(try await problem("evolve.budget=money=3").contains("evolve.price_in"))
    #expect(try await problem("train.random.vocabulary=50").contains("random.vocabulary"))
    let file = try scratch.write("", "file")
    #expect(try await problem("output=\(file)").contains("output: "))
  }
}

/// Places that were reached.
private final class Places: Sendable {
  private let seen = Mutex<Set<String>>([])

  func isNew(_ place: String) -> Bool { seen.withLock { $0.insert(place).inserted } }
}
