import Foundation
import Testing

@testable import Pool

@Suite struct PoolTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func rowsAndCallsComeBackAsTheyWere() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    var row = kept(3, 2, .breadth, added: -4)
    row.state = "{\"x\": \"é\n\"}"
    row.difficulty = 7.5
    try await pool.save([row])
    #expect(try await pool.row(row.id) == row)
    row.remove(by: .duplicate, evidence: "1/0")
    try await pool.save([row])
    #expect(try await pool.row(row.id) == row)
    try await pool.journal(call(row.id))
    #expect(try await pool.call(row.id, .evolve) == call(row.id))
    #expect(try await pool.call(row.id, .judge) == nil)
    #expect(try await pool.usage() == Usage(calls: 1, promptTokens: 3, completionTokens: 4))
  }

  @Test func noCallIsJournaledTwiceButAFailedOneMayBe() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    let row = RowID(seed: 0, round: 1)
    try await pool.journal(call(row, problem: "status 500"))
    try await pool.journal(call(row, problem: "status 500"))
    #expect(try await pool.call(row, .evolve) == nil)
    try await pool.journal(call(row))
    await #expect(throws: PoolError.self) { try await pool.journal(call(row)) }
    #expect(try await pool.calls(for: row).count == 3)
  }

  @Test func aRoundIsDrawnOnceFromTheNewestKeptRows() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    var removed = kept(1, 1, .deepening)
    removed.remove(by: .equal)
    var gone = kept(2)
    gone.remove(by: .duplicate)
    try await pool.save([kept(0), kept(1), gone, kept(0, 1, .deepening), removed])
    try await pool.begin(round: 2) { $0 == 0 ? .breadth : .deepening }
    try await pool.begin(round: 2) { _ in .complicateInput }
    let rows = try await pool.rows(round: 2)
    #expect(rows.map(\.parent) == [RowID(seed: 0, round: 1), RowID(seed: 1, round: 0)])
    #expect(rows.map(\.operation) == [.breadth, .deepening])
    #expect(rows.allSatisfy { $0.verdict == .pending })
  }

  @Test func onlyTheSameIdentityGoesOn() async throws {
    let pool = try Pool(path: scratch.path("a.pool"))
    try await pool.adopt(identity())
    try await pool.adopt(identity())
    await #expect(throws: PoolError.self) { try await pool.adopt(identity(prompts: "other")) }
    #expect(try await pool.identity() == identity())
    try await pool.adopt(identity(prompts: "other"), mixing: true)
    await #expect(throws: PoolError.self) {
      try await pool.adopt(identity(shard: Shard("1/2")!), mixing: true)
    }
  }

  @Test func oneWritesOthersRead() async throws {
    let path = scratch.path("a.pool")
    let pool = try Pool(path: path)
    let refusal = #expect(throws: PoolError.self) { try Pool(path: path) }
    #expect(refusal?.kind == .busy)
    try await pool.save([kept(0)])
    let reader = try Pool(reading: path)
    #expect(try await reader.count(round: 0) == 1)
    try await pool.save([kept(1)])
    #expect(try await reader.count(round: 0) == 2)
  }

  @Test func otherFilesAreNoPools() throws {
    let path = scratch.path("text")
    try Data(String(repeating: "no database ", count: 100).utf8).write(to: URL(filePath: path))
    #expect(throws: PoolError.self) { try Pool(reading: path) }
    #expect(throws: PoolError.self) { try Pool(path: path) }
    #expect(throws: PoolError.self) { try Pool(reading: scratch.path("none")) }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("none")))
  }

  @Test func aFullDiskLeavesThePoolWhole() async throws {
    let path = scratch.path("a.pool")
    var saved = 0
    do {
      let pool = try Pool(path: path, byteLimit: 256 << 10)
      do throws(PoolError) {
        while saved < 10_000 {
          var row = kept(saved)
          row.output = String(repeating: "word ", count: 200)
          try await pool.save([row])
          saved += 1
        }
      } catch {
        #expect(error.kind == .full)
      }
      #expect(saved > 10 && saved < 10_000)
      #expect(try await pool.count(round: 0) == saved)
    }
    let pool = try Pool(path: path)
    #expect(try await pool.count(round: 0) == saved)
    try await pool.save([kept(saved)])
  }

  @Test(arguments: [("0/1", 0), ("3/4", 3)]) func shardsAreRead(text: String, index: Int) throws {
    #expect(try #require(Shard(text)).index == index)
  }

  @Test(arguments: ["", "1", "4/4", "-1/2", "1/0", "1/2/3", "a/b"]) func otherShardsAreNot(text: String) {
    #expect(Shard(text) == nil)
  }
}
