import Foundation
import Pool
import Testing

@Suite struct DataTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TextTests/Fixtures")
  private static let model = fixtures.appending(path: "sentencepiece-bpe").path

  /// Runs `evolcano data` on a file of this text.
  private func data(_ text: String, _ arguments: String..., model: String = model) throws -> Outcome {
    let file = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString).jsonl")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try evolcano(["data", "--model", model, file.path] + arguments)
  }

  private static let rows = (0..<12).map { "{\"instruction\": \"Say \($0).\", \"output\": \"It is \($0).\\u001b\"}\n" }
    .joined()

  @Test func showsTheMaskAndTheFigures() throws {
    let run = try data(Self.rows, "--rows", "1")
    #expect(run.status == 0 && run.messages.isEmpty, "\(run.messages)")
    #expect(run.output.contains("USER: Say 0. ASSISTANT:⟦ It is 0.\\u{1B}</s>⟧"), "\(run.output)")
    #expect(!run.output.contains("Say 1."))
    for line in ["12 rows, alpaca (seen from the file)", "vicuna, the default", "usable     12 rows, which is all"] {
      #expect(run.output.contains(line), "\(run.output)")
    }
    #expect(run.output.contains("packed     1 sequence of 2,048") && run.output.contains("unpacked   12 sequences"))
    let alpaca = try data(Self.rows, "--template", "alpaca", "--format", "alpaca", "--length", "4")
    #expect(alpaca.status == 1 && alpaca.messages.contains("none of the 12 rows can be used: 12 too long"))
  }

  @Test func theModelsOwnTemplateIsTaken() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(
      at: Self.fixtures.appending(path: "qwen2/tokenizer.json"), to: folder.appending(path: "tokenizer.json"))
    func run(template: String) throws -> Outcome {
      try Data("{\"chat_template\": \"\(template)\"}".utf8).write(to: folder.appending(path: "tokenizer_config.json"))
      return try data(Self.rows, model: folder.path)
    }
    let own = try run(template: "<|im_start|>{{ role }} {{ content }}<|im_end|>")
    #expect(own.status == 0 && own.output.contains("template   chatml, the model's own"), "\(own)")
    #expect(own.output.contains("<|im_start|>user\nSay 0.<|im_end|>\n<|im_start|>assistant\n⟦It is 0."))
    let unknown = try run(template: "{{ content }}")
    #expect(unknown.output.contains("vicuna, the default: the model's own is none that is known"), "\(unknown)")
  }

  @Test func printsJSON() throws {
    let run = try data(Self.rows + "{\"instruction\": \"a\", \"output\": \"\"}\n", "--json", "--rows", "2")
    #expect(run.status == 0 && run.messages.isEmpty)
    let root = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(root["rows"] as? Int == 13 && root["bad_rows"] as? Int == 1)
    let bad = try #require(root["bad"] as? [[String: Any]])
    #expect(bad.count == 1 && bad[0]["line"] as? Int == 13 && bad[0]["reason"] as? String == "no answer")
    let examples = try #require(root["examples"] as? [[String: Any]])
    #expect(examples.count == 2)
    for example in examples {
      let tokens = try #require(example["tokens"] as? [Int])
      let targets = try #require(example["targets"] as? [Int])
      #expect(tokens.count == targets.count && targets.contains { $0 >= 0 })
      #expect(zip(targets, tokens.dropFirst()).allSatisfy { $0 == -1 || $0 == $1 } && targets.last == -1)
    }
  }

  @Test func longTextsAreCut() throws {
    let text = (0..<60).map { "word \($0)" }.joined(separator: " ")
    let run = try data("{\"text\": \"\(text)\"}\n{\"text\": \"short\"}", "--length", "50", "--rows", "2")
    #expect(run.status == 0 && run.messages.isEmpty, "\(run)")
    #expect(
      run.output.contains("(piece 2) · ") && run.output.contains("cut        1 text longer than a sequence, into "))
    #expect(run.output.contains("usable     2 rows, which is all") && run.output.contains("  cut\n"), "\(run.output)")
    let json = try data("{\"text\": \"\(text)\"}", "--length", "50", "--json")
    let root = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let pieces = try #require(root["pieces"] as? Int)
    #expect(root["cut"] as? Int == 1 && pieces > 2 && (root["examples"] as? [[String: Any]])?.count == 3)
  }

  @Test func poolsAreShown() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pool = try Pool(path: folder.appending(path: "evolved.pool").path)
    try await pool.save(
      (0..<3).map {
        InstructionRow(id: RowID(seed: $0, round: 0), instruction: "Say \($0).", output: "It is \($0).", verdict: .kept)
      })
    let run = try evolcano("data", "--model", Self.model, folder.path, "--rows", "3")
    #expect(run.status == 0 && run.messages.isEmpty, "\(run)")
    #expect(run.output.contains("evolved.pool: 3 rows, pool (seen from the file)"), "\(run.output)")
    #expect(run.output.contains("(seed 2, round 0)") && run.output.contains("USER: Say 2. ASSISTANT:⟦ It is 2.</s>⟧"))
    let asked = try evolcano("data", "--model", Self.model, folder.path, "--format", "alpaca")
    #expect(asked.status == 1 && asked.messages.contains("is a pool"), "\(asked.messages)")
  }

  @Test func tooManyBadRowsAreShownAndFail() throws {
    let run = try data(Self.rows + "{}\n{\"instruction\": 1}\n")
    #expect(
      run.status == 1 && run.output.contains("2 × malformed") && run.output.contains(":13: instruction: is missing"))
    #expect(run.messages.hasPrefix("evolcano: 2 of 14 rows cannot be used: 2 malformed ("), "\(run.messages)")
  }

  @Test func errorsNameTheFileAndUsageExitsWith2() throws {
    let missing = try evolcano("data", "--model", Self.model, "/nonexistent.jsonl")
    #expect(
      missing.status == 1 && missing.output.isEmpty && missing.messages.hasPrefix("evolcano: /nonexistent.jsonl: "))
    let noModel = try evolcano("data", "--model", "/nonexistent", "/nonexistent.jsonl")
    #expect(noModel.status == 1 && noModel.messages.hasPrefix("evolcano: /nonexistent: "))
    let empty = try data("")
    #expect(empty.status == 1 && empty.messages.contains(".jsonl: is empty"))
    #expect(try data(Self.rows, "--template", "nonsense").status == 2)
    #expect(try data(Self.rows, "--format", "nonsense").status == 2)
    #expect(try data(Self.rows, "--length", "0").status == 2)
    #expect(try evolcano("data", "--model", Self.model).status == 2)
  }
}
