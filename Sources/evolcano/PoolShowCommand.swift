import ArgumentParser
import Formats
import Foundation
import Pool

/// `evolcano pool show`
struct PoolShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "What became of every instruction, and one seed's descendants as a tree.",
    discussion: "A pool may be looked at while it is written.")

  @Option(help: ArgumentHelp("The seed whose descendants are shown; the one with most, if not given.", valueName: "n"))
  var seed: Int?
  @Option(help: "List what this rule removed, with the evidence, instead of the tree.") var rule: EliminationRule?
  @Option(help: "How many removed rows are listed.") var rows = 20
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "The pool, or the folder that it lies in.") var pool: String

  func run() async throws {
    let pool = try Pool(reading: PoolCommand.path(pool))
    let yields = try await pool.yieldTable()
    var shown: Int? = seed
    if shown == nil { shown = try await pool.deepestLineage() }
    var lineage: [InstructionRow] = []
    if let shown { lineage = try await pool.lineage(seed: shown) }
    if let seed, lineage.isEmpty { throw PoolError(.system, file: pool.path, "has no seed \(seed)") }
    var removed: [InstructionRow]?
    if let rule { removed = try await pool.rows(where: RowFilter(verdict: .removed, rule: rule), limit: rows) }
    if json {
      let identity = try await pool.identity()
      print(try await PoolJSON(pool, yields, lineage, removed: removed, identity: identity).value.encoded(indent: 2))
      return
    }
    print(YieldView(yields: yields, isColored: isColorTerminal).text)
    print("")
    if let removed, let rule {
      print(RemovedView(rows: removed, rule: rule, count: yields.count(rule: rule), isColored: isColorTerminal).text)
    } else if !lineage.isEmpty {
      print(LineageView(rows: lineage, isColored: isColorTerminal).text)
    }
  }
}

/// Rows that a rule removed, with what spoke against them.
private struct RemovedView {
  let rows: [InstructionRow]
  let rule: EliminationRule
  /// How many there are in all.
  let count: Int
  let isColored: Bool

  var text: String {
    var lines = ["\(counted(count, "row")) removed: \(YieldView.name(rule))"]
    for row in rows {
      let evidence = row.evidence.map { "  " + harmless(String($0.prefix(200))) } ?? ""
      lines.append((isColored ? "\u{1b}[1m\(row.id)\u{1b}[0m" : "\(row.id)") + evidence)
      lines += LineageView.folded(harmless(String(row.prompt.prefix(400))), width: 96).map { "  " + $0 }
    }
    if count > rows.count { lines.append("and \(grouped(count - rows.count)) more (--rows N shows them)") }
    return lines.joined(separator: "\n")
  }
}

/// A pool for a program to read.
private struct PoolJSON {
  let value: JSONValue

  init(
    _ pool: Pool, _ yields: YieldTable, _ lineage: [InstructionRow], removed: [InstructionRow]?,
    identity: PoolIdentity?
  ) async throws {
    let usage = try await pool.usage()
    var object = JSONObject()
    object["pool"] = .string(pool.path)
    object["teacher"] = identity.map { .string($0.teacher) } ?? .null
    object["shard"] = identity.map { .string($0.shard.description) } ?? .null
    object["calls"] = .integer(usage.calls)
    object["prompt_tokens"] = .integer(usage.promptTokens)
    object["completion_tokens"] = .integer(usage.completionTokens)
    if case .object(let members) = yields.json { for member in members.members { object[member.key] = member.value } }
    object["lineage"] = .array(lineage.map(Self.row))
    if let removed { object["removed"] = .array(removed.map(Self.row)) }
    value = .object(object)
  }

  private static func row(_ row: InstructionRow) -> JSONValue {
    [
      "seed": .integer(row.id.seed), "round": .integer(row.id.round),
      "parent": row.parent.map { .integer($0.round) } ?? .null,
      "operation": row.operation.map { .string($0.rawValue) } ?? .null, "verdict": .string(row.verdict.rawValue),
      "rule": row.rule.map { .string($0.rawValue) } ?? .null, "evidence": row.evidence.map { .string($0) } ?? .null,
      "words_added": row.wordsAdded.map { .integer($0) } ?? .null,
      "difficulty": row.difficulty.map { .number($0) } ?? .null, "instruction": .string(row.instruction),
      "input": .string(row.input), "output": .string(row.output),
    ]
  }
}
