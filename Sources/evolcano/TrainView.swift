import Foundation
import Recipe
import Report
import Training
import TrainingData
import VulkanRuntime
import Workflow

/// What a fine-tune is going to do and need, and what came of it, in words.
struct TrainView {
  let run: TrainRun

  /// - Parameter estimatingTime: Whether an estimate of the time is made, which measures the device for a moment.
  func plan(estimatingTime: Bool) throws -> String {
    var lines = [
      "trains     \(grouped(run.trainedCount)) parameters of \(name), \(run.recipe.method.rawValue), "
        + run.recipe.precision.rawValue
    ]
    if !run.notQuantized.isEmpty {
      lines.append(
        "           \(grouped(run.notQuantized.count)) of the matrices stay as they are: their rows are no whole blocks"
      )
    }
    lines += data
    lines.append(
      "steps      \(grouped(run.stepCount)) of \(grouped(run.recipe.batch.sequences)) sequences of "
        + "\(grouped(run.recipe.data.length)) tokens, \(counted(run.epochCount, "epoch")) begun")
    lines.append(
      "memory     \(formatted(bytes: run.memory.totalBytes)) of the device's \(formatted(bytes: run.freeBytes))")
    lines += run.memory.parts.map { "             \(padded(formatted(bytes: $0.bytes), 10))  \($0.name)" }
    lines.append(
      "disk       \(formatted(bytes: run.diskBytes)) for checkpoints and the result"
        + (run.freeDiskBytes.map { ", of \(formatted(bytes: $0)) free" } ?? ""))
    if estimatingTime {
      let estimate = try run.estimatedSeconds()
      lines.append(
        "time       about \(duration(estimate)), if it reaches half the speed of the best matrix product here")
    }
    return lines.joined(separator: "\n")
  }

  private var name: String {
    switch run.recipe.model {
    case .path(let path): harmless(path)
    case .random: "a new model with random weights"
    }
  }

  private var data: [String] {
    let report = run.report
    var lines = ["data       \(counted(run.exampleCount, "example")) to learn from"]
    if run.validationCount > 0 { lines[0] += ", \(grouped(run.validationCount)) kept to measure on" }
    for reason in BadRow.Reason.allCases {
      guard let count = report.counts[reason] else { continue }
      lines.append("           \(counted(count, "row")) left out: \(reason.rawValue)")
      lines += report.badRows.filter { $0.reason == reason }.prefix(3).map {
        "             \(harmless($0.place.description)): \(harmless($0.detail))"
      }
    }
    if report.badRowCount > 0 { lines.append("           `evolcano data` lists them") }
    return lines
  }

  func end(_ summary: TrainSummary) -> String {
    var lines: [String] = []
    switch summary.ending {
    case .finished: lines.append("trained    \(counted(summary.total, "step")) in \(run.recipe.output)")
    case .interrupted:
      lines.append(
        "stopped    after \(grouped(summary.step)) of \(counted(summary.total, "step")), saved; the same command goes on"
      )
    }
    if let first = summary.firstLoss, let last = summary.loss {
      lines.append("loss       \(decimal(first)) at first, \(decimal(last)) at last")
    }
    if let validation = summary.validation {
      lines.append("validation \(decimal(validation.first)) before, \(decimal(validation.last)) after")
    }
    lines.append("report     \(summary.report)")
    if let result = summary.result {
      lines.append("\(summary.isAdapter ? "adapter  " : "model    ")  \(result)")
      let model = summary.isAdapter ? "\(name) --adapter \(result)" : result
      lines.append("           evolcano chat --model \(model)")
    }
    return lines.joined(separator: "\n")
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}
