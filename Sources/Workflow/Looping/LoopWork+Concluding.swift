import EvolInstruct
import Formats
import Foundation
import Pool
import Recipe
import Report
import Text
import VulkanRuntime

extension LoopWork {
  /// Items whose answers are shown.
  private static let shownAnswers = 12

  /// Puts together what was measured, and writes the page and the figures.
  func conclude(_ items: [HeldOutItem]) async throws -> LoopOutcome {
    var results: [LoopReport.Arm.Kind: [ItemResult]] = [:]
    for arm in LoopReport.Arm.Kind.allCases { results[arm] = try AnswerLog(path: folder.answers(arm)).results }
    let scores = LoopScores(measure, items, results)
    let counts = try LoopData.Counts(path: folder.data + "/counts.json")
    let pool = try Pool(reading: EvolveConfiguration.pool(in: folder.evolve))
    let yields = try await pool.yieldTable()
    let report = LoopReport(
      title: URL(filePath: recipe.output).lastPathComponent, measure: measure, arms: try arms(scores, counts),
      gain: scores.gain, breakdowns: scores.breakdowns, setup: setup(counts, items),
      pool: try await PoolPicture(pool).value(yields, isBuiltin: recipe.evolve.isBuiltin),
      lineages: try await PoolPicture(pool).lineages(), answers: answers(scores), stages: stages(counts, yields),
      facts: facts, recipe: recipe.canonicalYAML)
    let json = LoopFigures(report: report, counts: counts, yields: yields, ledger: ledger, models: models).json
    try AtomicFile.write(json.encoded(indent: 2) + "\n", to: folder.results)
    try AtomicFile.write(report.html, to: folder.report)
    let model = models[.evolved] ?? ""
    let isAdapter = recipe.train.method != .full
    return LoopOutcome(
      report: report, json: json, page: folder.report, model: isAdapter ? models[.base] ?? "" : model,
      adapter: isAdapter ? model : nil)
  }

  /// Where the model of each arm lies; that of the base where it is one.
  private var models: [LoopReport.Arm.Kind: String] {
    var models: [LoopReport.Arm.Kind: String] = [:]
    for arm in [LoopReport.Arm.Kind.seeds, .evolved] {
      let run = folder.run(arm)
      models[arm] = recipe.train.method == .full ? run.model : run.adapter
    }
    if case .path(let path) = recipe.train.model { models[.base] = path }
    return models
  }

  private func arms(_ scores: LoopScores, _ counts: LoopData.Counts) throws -> [LoopReport.Arm] {
    try LoopReport.Arm.Kind.allCases.map { arm in
      let steps = arm == .base ? [] : try MetricsLog.read(path: folder.run(arm).metrics)
      return LoopReport.Arm(
        arm, plain: scores.score(arm) { $0.isPlain }, complex: scores.score(arm) { !$0.isPlain },
        trainedTokens: steps.map(\.tokens).reduce(0, +),
        trainedRows: arm == .base ? 0 : arm == .seeds ? counts.seeds : counts.evolved, steps: steps)
    }
  }

  private func setup(_ counts: LoopData.Counts, _ items: [HeldOutItem]) -> [LoopReport.Fact] {
    let base: String =
      switch recipe.train.model {
      case .path(let path): path
      case .random: "random weights, \(run.trainedCount) parameters"
      }
    let test =
      recipe.evolve.isBuiltin
      ? "\(items.count) tasks of the built-in world whose combinations of parts no training row has"
      : recipe.evaluate.test.isEmpty
        ? "\(items.count) rows: \(counts.heldOut == items.count ? "" : "of ")seeds held out with all they were evolved into"
        : "\(items.count) rows of \(recipe.evaluate.test.joined(separator: ", "))"
    return [
      .init("Base", base), .init("Teacher", recipe.evolve.teacher.joined(separator: ", ")),
      .init(
        "Seeds",
        recipe.evolve.seeds ?? "\(run.evolving.seeds) plain tasks of the \(recipe.evolve.world.rawValue) built-in world"
      ),
      .init("Rounds", "\(recipe.evolve.rounds)"), .init("Test", test),
    ]
  }

  private var facts: [LoopReport.Fact] {
    let properties = run.device.properties
    return [
      .init("Device", properties.name), .init("Driver", "\(properties.driverName) \(properties.driverInfo)"),
    ]
  }

  private func stages(_ counts: LoopData.Counts, _ yields: YieldTable) -> [LoopReport.Stage] {
    LoopStage.allCases.compactMap { stage in
      guard let entry = ledger.entries[stage] else { return nil }
      let detail: String =
        switch stage {
        case .evolve: "\(yields.count(verdict: .kept)) instructions kept"
        case .data: "\(counts.seeds) rows of seeds, \(counts.evolved) with evolved ones, \(counts.leftOut) left out"
        default: ""
        }
      return LoopReport.Stage(stage.rawValue, seconds: entry.seconds, detail: detail, isReused: skipped.contains(stage))
    }
  }

  /// Items that show what the arms make of them: where they differ first, complex ones before plain ones.
  private func answers(_ scores: LoopScores) -> [LoopReport.AnsweredTask] {
    let answered = scores.items.indices.filter { scores.result(.evolved, $0)?.text != nil }
    func rank(_ item: Int) -> Int {
      let differs = scores.result(.evolved, item)?.isRight != scores.result(.seeds, item)?.isRight
      return (scores.items[item].isPlain ? 2 : 0) + (differs ? 0 : 1)
    }
    // Some of each sort, so that the page shows failures too.
    let sorted = Dictionary(grouping: answered, by: rank).sorted { $0.key < $1.key }.map(\.value)
    let each = max(1, Self.shownAnswers / max(sorted.count, 1))
    return sorted.flatMap { $0.prefix(each) }.map { item in
      let task = scores.items[item]
      var answers: [LoopReport.Arm.Kind: LoopReport.AnsweredTask.Answer] = [:]
      for arm in LoopReport.Arm.Kind.allCases {
        guard let result = scores.result(arm, item), let text = result.text else { continue }
        let loss = result.loss.flatMap { loss in result.tokens.map { loss / Double(max($0, 1)) } }
        answers[arm] = .init(text, isRight: result.isRight, loss: loss)
      }
      return LoopReport.AnsweredTask(
        task.prompt, expected: task.record.output, difficulty: task.difficulty,
        operations: task.operations.map { $0.replacing("_", with: " ") }, answers: answers)
    }
  }
}
