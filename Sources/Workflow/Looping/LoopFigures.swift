import Formats
import Pool
import Report

/// The figures of a loop for a program: `results.json`.
struct LoopFigures {
  let report: LoopReport
  let counts: LoopData.Counts
  let yields: YieldTable
  let ledger: StageLedger
  let models: [LoopReport.Arm.Kind: String]

  /// The times come last: all before them is the same for the same recipe, however often it was stopped.
  var json: JSONValue {
    [
      "measure": .string(report.measure.rawValue), "arms": .array(report.arms.map(arm)),
      "gain": report.gain.map(Self.score) ?? .null, "breakdowns": .array(report.breakdowns.map(Self.breakdown)),
      "data": counts.json, "pool": yields.json,
      "device": .object(facts(report.facts)), "setup": .object(facts(report.setup)), "seconds": seconds,
    ]
  }

  private func arm(_ arm: LoopReport.Arm) -> JSONValue {
    [
      "arm": .string(arm.kind.rawValue), "name": .string(arm.kind.name),
      "model": models[arm.kind].map { .string($0) } ?? .null, "trained_rows": .integer(arm.trainedRows),
      "trained_tokens": .integer(arm.trainedTokens), "steps": .integer(arm.steps.count),
      "loss": Self.mean(arm.steps.suffix(10).map(\.loss)).map { .number($0) } ?? .null,
      "plain": arm.plain.map(Self.score) ?? .null, "complex": arm.complex.map(Self.score) ?? .null,
    ]
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private static func score(_ score: LoopReport.Score) -> JSONValue {
    // JSON has no infinity: an interval without an end has none.
    func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
    return [
      "value": number(score.value), "low": number(score.low), "high": number(score.high),
      "count": .integer(score.count),
    ]
  }

  private static func breakdown(_ breakdown: LoopReport.Breakdown) -> JSONValue {
    [
      "title": .string(breakdown.title),
      "groups": .array(
        breakdown.groups.map { group in
          var object = JSONObject()
          object["name"] = .string(group.name)
          for arm in LoopReport.Arm.Kind.allCases { object[arm.rawValue] = group.scores[arm].map(score) }
          return .object(object)
        }),
    ]
  }

  private func facts(_ facts: [LoopReport.Fact]) -> JSONObject {
    var object = JSONObject()
    for fact in facts { object[fact.name.lowercased()] = .string(fact.value) }
    return object
  }

  private var seconds: JSONValue {
    var object = JSONObject()
    for stage in LoopStage.allCases {
      if let entry = ledger.entries[stage] { object[stage.rawValue] = .number(entry.seconds) }
    }
    return .object(object)
  }
}
