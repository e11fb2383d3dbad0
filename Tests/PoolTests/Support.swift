import Foundation
import Pool

/// A folder of a test's own, removed at its end.
final class Scratch {
  let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-pool-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }
}

func identity(shard: Shard = .whole, prompts: String = "p") -> PoolIdentity {
  PoolIdentity(
    seeds: "s", prompts: prompts, teacher: "t", teacherFingerprint: "f", settings: "{}", seed: 1, shard: shard)
}

func call(_ row: RowID, _ kind: CallKind = .evolve, problem: String? = nil) -> CallRecord {
  CallRecord(
    row: row, kind: kind, prompt: "[]", reply: "reply", model: "t", sampling: "{}", seed: .max, promptTokens: 3,
    completionTokens: 4, latency: 0.5, problem: problem)
}

func kept(_ seed: Int, _ round: Int = 0, _ operation: EvolvingOperation? = nil, added: Int? = nil) -> InstructionRow {
  InstructionRow(
    id: RowID(seed: seed, round: round), parent: round == 0 ? nil : RowID(seed: seed, round: round - 1),
    operation: operation, instruction: "Say \"\(seed)\"\nin words", input: seed % 2 == 0 ? "" : "input \(seed)",
    output: "answer \(seed)/\(round)", wordsAdded: added, verdict: .kept)
}
