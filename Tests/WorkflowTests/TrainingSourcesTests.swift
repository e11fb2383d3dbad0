import Formats
import Foundation
import Pool
import Testing
import Text
import TrainingData

@testable import Workflow

/// Pools as training data, beside files.
@Suite struct TrainingSourcesTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
  private let pool: Pool
  private let tokenizer: Tokenizer

  init() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    tokenizer = try Tokenizer.load(model: fixtures.appending(path: "TextTests/Fixtures/sentencepiece-bpe"))
    pool = try Pool(path: folder.appending(path: "evolved.pool").path)
    var rows: [InstructionRow] = []
    for seed in 0..<700 {
      for round in 0..<2 {
        rows.append(
          InstructionRow(
            id: RowID(seed: seed, round: round), parent: round == 0 ? nil : RowID(seed: seed, round: 0),
            operation: round == 0 ? nil : .deepening, instruction: "Say \(seed) \(round)",
            input: seed % 3 == 0 ? "input of \(seed)" : "", output: seed % 50 == 7 ? "" : "answer \(seed)/\(round)",
            verdict: seed % 10 == 9 ? .removed : .kept))
      }
    }
    try await pool.save(rows)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func set(_ paths: String..., format: RowFormat? = nil) throws -> TrainingSet {
    try TrainingSet(
      TrainingSources.open(paths, format: format), template: .alpaca, tokenizer: tokenizer, length: 512)
  }

  private func refusal(_ paths: String..., format: RowFormat? = nil) throws -> String {
    try #require(throws: FormatError.self) { try TrainingSources.open(paths, format: format) }.description
  }

  /// The same rows in the same order as an export's, inputs and all.
  @Test func aPoolIsWhatItsExportIs() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for (format, name) in [(ExportFormat.alpaca, "rows.json"), (.jsonl, "rows.jsonl")] {
      let count = try await pool.export(to: path(name), as: format)
      #expect(count == 1232)
      for source in ["evolved.pool", ""] {
        let (direct, exported) = (try set(path(source)), try set(path(name)))
        #expect(direct.examples.count == count && direct.fingerprint == exported.fingerprint)
        #expect(direct.report.files.map(\.format) == [.pool] && direct.report.files[0].isDetected)
        #expect(direct.report.files[0].path.hasSuffix("/evolved.pool"))
      }
    }
    let set = try set(path("evolved.pool"), format: .pool)
    #expect(!set.report.files[0].isDetected)
    #expect(set.examples.map(\.place.line) == (1...1232).map { $0 })
    let first = try #require(set.examples.first { $0.place.name == "seed 3, round 1" })
    let text = first.maskedText(tokenizer).map(\.text).joined()
    #expect(
      text.contains("Say 3 1") && text.contains("### Input:\ninput of 3") && text.contains("answer 3/1"), "\(text)")
    #expect(first.place.description.hasSuffix(":\(first.place.line) (seed 3, round 1)"))
  }

  @Test func poolsStandBesideFiles() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("{\"text\": \"one\"}\n{\"text\": \"two\"}".utf8).write(to: folder.appending(path: "a.jsonl"))
    let set = try set(path("a.jsonl"), path("evolved.pool"))
    #expect(set.report.files.map(\.format) == [.text, .pool] && set.report.files.map(\.rowCount) == [2, 1232])
    var last = (done: 0, all: 0)
    _ = try TrainingSet(
      TrainingSources.open([path("evolved.pool")]), template: .alpaca, tokenizer: tokenizer, length: 512
    ) { last = ($0, $1) }
    #expect(last.done == last.all && last.all > 0)
  }

  @Test func whatIsNoPoolIsNamed() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let jsonl = path("rows.jsonl")
    try Data("{\"text\": \"one\"}".utf8).write(to: URL(filePath: jsonl))
    #expect(
      try refusal(jsonl, format: .pool).hasSuffix("rows.jsonl: is no Evolcano pool, which the format `pool` asks for"))
    #expect(
      try refusal(path("evolved.pool"), format: .alpaca).contains("is a pool, and the format `alpaca` is asked for"))
    #expect(try refusal(path("absent.pool")).contains("absent.pool: "))
    _ = try Pool(path: path("other.pool"))
    #expect(try refusal(path("other.pool")).contains("holds no instruction that was kept and answered"))
    #expect(try refusal(folder.path).contains("several pools (evolved.pool, other.pool)"))
    let empty = path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    #expect(try refusal(empty).contains("is a folder without a pool; name the files"))
    var bytes = Array("SQLite format 3\0".utf8)
    bytes += [UInt8](repeating: 7, count: 5000)
    try Data(bytes).write(to: URL(filePath: path("empty/broken.pool")))
    #expect(try refusal(path("empty/broken.pool")).contains("broken.pool: is"))
  }
}
