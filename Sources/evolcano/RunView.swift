import EvolInstruct
import Foundation
import Pool
import Recipe
import Report
import Training
import VulkanRuntime
import Workflow

/// What a loop is going to do and need, and what came of it, in words.
struct RunView {
  let run: LoopRun

  /// - Parameter estimatingTime: Whether the time of training is estimated, which measures the device for a moment.
  func plan(estimatingTime: Bool) throws -> String {
    let (evolve, estimate) = (run.recipe.evolve, run.evolving)
    var lines = [
      "evolves    \(counted(estimate.seeds, "seed")) × \(counted(estimate.rounds, "round")) by "
        + evolve.teacher.map { harmless($0) }.joined(separator: ", ")
        + ": at most \(counted(estimate.whole.calls, "call"))"
        + (estimate.spent.calls > 0 ? ", \(grouped(estimate.spent.calls)) made already" : "")
    ]
    if let cost = estimate.whole.cost { lines.append("price      about \(String(format: "%.2f", cost)) for the whole") }
    lines.append(
      "trains     \(grouped(run.trainedCount)) parameters of \(model), \(run.recipe.train.method.rawValue), "
        + "\(run.recipe.train.precision.rawValue), twice: on the seeds, and on seeds and evolved")
    lines.append(
      "           \(tokens) each, \(formatted(bytes: run.memory.totalBytes)) of the device's "
        + "\(formatted(bytes: run.freeBytes))")
    lines.append("evaluates  \(test)")
    if estimatingTime {
      var parts = ["evolving about \(duration(max(estimate.seconds, 1))), \(estimate.basis)"]
      if let seconds = try run.estimatedTrainingSeconds() {
        parts.append(
          "training about \(duration(seconds)), if it reaches half the speed of the best matrix product here")
      }
      lines += parts.enumerated().map { ($0 == 0 ? "time       " : "           ") + $1 }
    }
    if let teacher = run.teacherDescription {
      let folded = LineageView.folded(teacher, width: 96)
      lines += folded.enumerated().map { ($0 == 0 ? "teacher    " : "           ") + $1 }
    }
    lines.append("output     \(harmless(run.recipe.output))")
    return lines.joined(separator: "\n")
  }

  private var model: String {
    switch run.recipe.train.model {
    case .path(let path): harmless(path)
    case .random: "a new model with random weights"
    }
  }

  private var tokens: String {
    switch run.recipe.train.duration {
    case .tokens(let count): "\(grouped(count)) tokens"
    case .epochs(let count): "as many tokens as \(counted(count, "epoch")) of the evolved data has"
    case .steps(let count): "as many tokens as \(counted(count, "step")) with the evolved data has"
    }
  }

  private var test: String {
    let evaluate = run.recipe.evaluate
    if run.recipe.evolve.isBuiltin {
      return "\(counted(evaluate.tasks, "task")) whose combinations of parts no training row has, by exact match"
    }
    if !evaluate.test.isEmpty {
      return "the loss on the answers of \(evaluate.test.map { harmless($0) }.joined(separator: ", "))"
    }
    return "the loss on the answers of \(percent(evaluate.heldOut)) of the seeds, held out with all they become"
  }

  func end(_ outcome: LoopOutcome) -> String {
    let report = outcome.report
    var table = TextTable(
      ["", "plain", "", "complex", "", "tokens", "rows", "loss"],
      alignments: [.left, .right, .left, .right, .left, .right, .right, .right])
    for arm in report.arms {
      let losses = arm.steps.suffix(10).map(\.loss)
      table.add(
        [arm.kind.name] + cells(arm.plain) + cells(arm.complex) + [
          arm.trainedTokens > 0 ? grouped(arm.trainedTokens) : "–",
          arm.trainedRows > 0 ? grouped(arm.trainedRows) : "–",
          losses.isEmpty ? "–" : decimal(losses.reduce(0, +) / Double(losses.count)),
        ])
    }
    var lines = [table.text, "", caption]
    if let gain = report.gain { lines.append("evolved − seeds, on the same complex tasks: \(signed(gain))") }
    let seconds = report.stages.map { "\($0.name) \($0.seconds.map(duration) ?? "–")" }
    lines += ["", "took       " + seconds.joined(separator: ", "), "report     \(outcome.page)"]
    let adapter = outcome.adapter.map { " --adapter \(harmless($0))" } ?? ""
    lines.append(
      "           evolcano chat --model \(harmless(outcome.model))\(adapter)")
    return lines.joined(separator: "\n")
  }

  private var isAccuracy: Bool { run.recipe.evolve.isBuiltin }

  private var caption: String {
    isAccuracy
      ? "share of held-out tasks answered exactly, with Wilson's interval of 95 %; base: before training"
      : "nats a token on held-out answers, with the interval of 95 %; lower is better; base: before training"
  }

  /// A score and its interval.
  private func cells(_ score: LoopReport.Score?) -> [String] {
    guard let score else { return ["–", ""] }
    return [text(score.value), "\(text(score.low))–\(text(score.high)) of \(grouped(score.count))"]
  }

  private func text(_ value: Double) -> String {
    isAccuracy ? String(format: "%.1f %%", 100 * value) : String(format: "%.3f", value)
  }

  private func signed(_ score: LoopReport.Score) -> String {
    func text(_ value: Double) -> String {
      isAccuracy ? String(format: "%+.1f", 100 * value) : String(format: "%+.3f", value)
    }
    return "\(text(score.value)) (\(text(score.low)) to \(text(score.high)))"
      + (isAccuracy ? " points" : " nats a token")
  }
}
