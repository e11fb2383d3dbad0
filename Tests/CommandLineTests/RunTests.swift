import Foundation
import Testing

/// `evolcano run`
@Suite struct RunTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private static let tokenizer = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TextTests/Fixtures/sentencepiece-bpe").path

  /// Writes a recipe of a loop as small as it can be.
  private func recipe(_ more: String = "") throws -> String {
    let text = """
      evolve: {seed_count: 40, world: small, rounds: 1, similarity: null}
      train:
        random: {hidden: 32, layers: 1, heads: 2, kv_heads: 1, ffn: 48, vocabulary: 1024, length: 128,
          tokenizer: \(Self.tokenizer)}
        data: {template: wizardlm}
        precision: f32
        batch: {micro: 2, accumulate: 1}
        tokens: 600
      evaluate: {tasks: 9, max_tokens: 4}
      output: \(path("out"))
      """
    try Data((text + "\n" + more).utf8).write(to: URL(filePath: path("r.yaml")))
    return path("r.yaml")
  }

  @Test func runsSkipsAndReports() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dry = try evolcano("run", recipe(), "--dry-run")
    #expect(dry.status == 0 && dry.output.contains("evaluates  9 tasks"), "\(dry.messages)")
    #expect(!FileManager.default.fileExists(atPath: path("out")))
    let run = try evolcano("run", recipe())
    #expect(run.status == 0, "\(run.messages)")
    for word in [
      "seeds only", "seeds + evolved", "Wilson", "evolcano chat --model \(path("out/evolved/model"))", "report",
    ] {
      #expect(run.output.contains(word), "\(run.output)")
    }
    let again = try evolcano("run", recipe(), "--json")
    #expect(again.status == 0 && again.messages.contains("done before"))
    let root = try #require(try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
    #expect((root["arms"] as? [[String: Any]])?.map { $0["arm"] as? String } == ["base", "seeds", "evolved"])
    let written = try Data(contentsOf: URL(filePath: path("out/results.json")))
    #expect(String(decoding: written, as: UTF8.self) == again.output)
  }

  @Test func aWrongRecipeIsNamedByField() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let unknown = try evolcano("run", recipe("roundz: 3\n"))
    #expect(
      unknown.status == 1 && unknown.messages.contains("r.yaml:11: roundz: unknown key; did you mean evolve.rounds?"))
    let type = try evolcano("run", recipe(), "--set", "evaluate.tasks=many")
    #expect(type.status == 1 && type.messages.contains("evaluate.tasks: expected an integer"), "\(type.messages)")
    let vocabulary = try evolcano("run", recipe(), "--set", "train.random.vocabulary=100")
    #expect(vocabulary.status == 1 && vocabulary.messages.contains("random.vocabulary"), "\(vocabulary.messages)")
    #expect(try evolcano("run").status == 2)
    #expect(try evolcano("run", path("nothing.yaml")).messages.contains("nothing.yaml"))
  }

  @Test func aSignalEndsInOrderWith130() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
      path: "evolcano")
    process.arguments = ["run", try recipe(), "--set", "train.tokens=1000000"]
    let messages = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    try process.run()
    // Training is under way when the first step is written down.
    let metrics = path("out/seeds/metrics.jsonl")
    let end = Date().addingTimeInterval(60)
    while Date() < end, (try? Data(contentsOf: URL(filePath: metrics)))?.isEmpty ?? true {
      Thread.sleep(forTimeInterval: 0.05)
    }
    kill(process.processIdentifier, SIGTERM)
    let said = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130 && said.contains("the same command goes on from here"), "\(said)")
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: path("out/seeds/checkpoints"))
    #expect(checkpoints.contains { $0.hasPrefix("step-") })
  }
}
