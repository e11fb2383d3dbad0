import Formats
import Foundation
import Testing

@testable import Pool

@Suite struct ExportTests {
  let scratch: Scratch
  let pool: Pool

  init() async throws {
    scratch = try Scratch()
    pool = try Pool(path: scratch.path("a.pool"))
    var removed = kept(9, 1, .breadth)
    removed.remove(by: .equal)
    var unanswered = kept(8)
    unanswered.output = ""
    try await pool.save((0..<6).map { kept($0) } + (0..<6).map { kept($0, 1, .deepening, added: $0 * 5) })
    try await pool.save([removed, unanswered])
  }

  @Test func everyFormatHoldsTheKeptAndAnsweredRows() async throws {
    for format in ExportFormat.allCases {
      let path = scratch.path(format.rawValue)
      #expect(try await pool.export(to: path, as: format) == 12)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let rows: [JSONField]
      if format.isLines {
        rows = try text.split(separator: "\n").map {
          JSONField(try JSONValue.parse(Array($0.utf8), file: path), file: path)
        }
      } else {
        rows = try JSONField(path: path).array()
      }
      let answers = try rows.map { row in
        switch format {
        case .alpaca, .jsonl: try row["output"].string()
        case .sharegpt: try row["conversations"].array()[1]["value"].string()
        case .messages: try row["messages"].array()[1]["content"].string()
        }
      }
      #expect(answers.sorted() == (0..<2).flatMap { round in (0..<6).map { "answer \($0)/\(round)" } }.sorted())
      #expect(answers != answers.sorted(), "not shuffled")
    }
  }

  @Test func filtersAndSamples() async throws {
    let path = scratch.path("out")
    #expect(try await pool.export(to: path, as: .alpaca, RowFilter(rounds: 1...1)) == 6)
    #expect(try await pool.export(to: path, as: .alpaca, RowFilter(operations: [.breadth])) == 0)
    #expect(try JSONField(path: path).array().isEmpty)
    #expect(try await pool.export(to: path, as: .jsonl, limit: 5, shuffleSeed: 3) == 5)
    let first = try String(contentsOfFile: path, encoding: .utf8)
    _ = try await pool.export(to: path, as: .jsonl, limit: 5, shuffleSeed: 3)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == first)
    _ = try await pool.export(to: path, as: .jsonl, limit: 5, shuffleSeed: 4)
    #expect(try String(contentsOfFile: path, encoding: .utf8) != first)
  }

  @Test func yieldsAreCounted() async throws {
    let table = try await pool.yieldTable()
    #expect(table.count(round: 1, operation: .deepening, verdict: .kept) == 6)
    #expect(table.count(round: 1, operation: .breadth, rule: .equal) == 1)
    #expect(table.wordsAdded == YieldTable.WordsAdded(below: 2, within: 3, above: 1, mean: 12.5))
    #expect(table.rounds.map(\.kept) == [7, 6])
    #expect(table.description.contains("equal"))
    #expect(try JSONValue.parse(Array(table.json.encoded().utf8), file: "table") == table.json)
  }

  @Test func mergingIsRefusedForAnotherWhole() async throws {
    try await pool.adopt(identity(shard: Shard("0/2")!))
    let other = try Pool(path: scratch.path("b.pool"))
    try await other.adopt(identity(shard: Shard("1/2")!, prompts: "other"))
    await #expect(throws: PoolError.self) { try await pool.merge(other) }
    var changed = kept(0)
    changed.output = "another"
    try await other.save([changed])
    await #expect(throws: PoolError.self) { try await pool.merge(other, mixing: true) }
    #expect(try await pool.row(changed.id) == kept(0))
  }

  @Test func mergingTwiceChangesNothing() async throws {
    try await pool.adopt(identity(shard: Shard("0/2")!))
    let other = try Pool(path: scratch.path("b.pool"))
    try await other.adopt(identity(shard: Shard("1/2")!))
    try await other.save([kept(20), kept(20, 1, .breadth)])
    try await other.journal(call(RowID(seed: 20, round: 1)))
    try await other.journal(call(RowID(seed: 20, round: 1), .judge, problem: "gone"))
    for _ in 0..<2 {
      try await pool.merge(other)
      #expect(try await pool.usage().calls == 2)
      #expect(try await pool.count(round: 0) == 8)
      #expect(try await pool.identity()?.shard == .whole)
    }
  }
}
