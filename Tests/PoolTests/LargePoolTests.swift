import Foundation
import Testing

@testable import Pool

/// A pool of a million rows in bounded memory. It takes a minute and half a gigabyte of disk, so it is asked for:
/// `EVOLCANO_LARGE=1 swift test --filter LargePoolTests`.
@Suite struct LargePoolTests {
  static let isAsked = ProcessInfo.processInfo.environment["EVOLCANO_LARGE"] != nil

  /// The most memory that the process has had, in MiB.
  private static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) / 1024
  }

  @Test(.enabled(if: isAsked, "SKIPPED: EVOLCANO_LARGE is not set"))
  func aMillionRowsOpenGoOnAndExportWithin200MiB() async throws {
    let scratch = try Scratch()
    let path = scratch.path("large.pool")
    do {
      let pool = try Pool(path: path)
      try await pool.adopt(identity())
      for round in 0..<4 {
        for start in stride(from: 0, to: 250_000, by: 2_000) {
          try await pool.save((start..<start + 2_000).map { kept($0, round, round == 0 ? nil : .deepening, added: 12) })
        }
      }
      try pool.checkpoint()
    }
    let pool = try Pool(path: path)
    #expect(try await pool.yieldTable().count(verdict: .kept) == 1_000_000)
    print("yields: at most \(try Self.peak()) MiB")
    #expect(try await pool.export(to: scratch.path("out.jsonl"), as: .jsonl) == 1_000_000)
    print("exported: at most \(try Self.peak()) MiB")
    #expect(try await pool.deepestLineage() == 0)
    try await pool.begin(round: 4) { _ in .breadth }
    #expect(try await pool.count(round: 4) == 250_000)
    let peak = try Self.peak()
    print("next round drawn: at most \(peak) MiB")
    #expect(peak <= 200)
  }
}
