import EvolInstruct
import Foundation
import Pool
import Workflow

/// What a run of `evolve` will take, and what it came to, in words.
struct EvolveView {
  let run: EvolveRun

  var estimate: String {
    let estimate = run.estimate
    let tokens = estimate.whole.expected
    var lines = [
      "estimate   \(counted(estimate.seeds, "seed")) × \(counted(estimate.rounds, "round")): "
        + "at most \(counted(estimate.whole.calls, "call")), about \(grouped(tokens.promptTokens)) tokens asked and "
        + "\(grouped(tokens.completionTokens)) replied"
    ]
    if estimate.spent.calls > 0 {
      lines.append("journal    \(counted(estimate.spent.calls, "call")) made already; the pool is gone on with")
    }
    lines.append("time       about \(time(estimate.seconds)), \(estimate.basis)")
    if let cost = estimate.whole.cost { lines.append("price      about \(money(cost)) for the whole") }
    if let teacher {
      let folded = LineageView.folded(teacher, width: 96)
      lines += folded.enumerated().map { ($0 == 0 ? "teacher    " : "           ") + $1 }
    }
    return lines.joined(separator: "\n")
  }

  private var teacher: String? {
    switch run.configuration.teacher {
    case .builtin(let world): TeacherChoice.builtinDescription(world)
    case .model, .endpoints: nil
    }
  }

  func end(_ summary: EvolveSummary) -> String {
    var lines: [String] = []
    switch summary.ending {
    case .finished: break
    case .budgetExhausted(let limit): lines.append("the budget of \(limit) has no room for more; a larger one goes on")
    case .interrupted: lines.append("stopped; the same command goes on from here")
    }
    let rate = summary.seconds > 0 ? Double(summary.calls) / summary.seconds : 0
    var calls = "calls      \(grouped(summary.calls)) in \(duration(summary.seconds))"
    if summary.calls > 0 { calls += ", \(decimal(rate)) a second" }
    if summary.spent.calls > summary.calls { calls += "; \(grouped(summary.spent.calls)) with those before" }
    lines.append(calls)
    if summary.spent.tokens > 0 {
      lines.append(
        "tokens     \(grouped(summary.spent.promptTokens)) asked, \(grouped(summary.spent.completionTokens)) replied"
          + (summary.cost.map { ", \(money($0))" } ?? ""))
    }
    if let prompts = summary.promptTokens, prompts.computed + prompts.shared > 0 {
      let share = Double(prompts.shared) / Double(prompts.computed + prompts.shared)
      lines.append("prompts    \(percent(share)) of their tokens were taken from prompts before them")
    }
    lines.append("pool       \(summary.pool)")
    if let export = summary.export { lines.append("training   \(export.path), \(counted(export.rows, "row"))") }
    if summary.yields.count(rule: .contaminated) > 0 {
      lines.append("           evolcano pool show \(summary.pool) --rule contaminated lists what a test set has")
    }
    return lines.joined(separator: "\n")
  }

  private func money(_ value: Double) -> String { String(format: "%.2f", value) }

  private func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<1: "1 s"
    case ..<120: "\(Int(seconds.rounded())) s"
    case ..<7200: "\(Int((seconds / 60).rounded())) min"
    default: "\(Int(seconds / 3600)) h \(Int(seconds / 60) % 60) min"
    }
  }
}
