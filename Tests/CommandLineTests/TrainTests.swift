import Foundation
import Testing

/// `evolcano train` on a small model from random weights and on what came of it.
@Suite struct TrainTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
  private static let tokenizer = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "TextTests/Fixtures/sentencepiece-bpe").path

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let rows = (0..<60).map { number in
      #"{"instruction": "What comes after \#(number)?", "input": "", "output": "After \#(number) comes \#(number + 1)."}"#
    }
    try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "rows.jsonl"))
    try Data(recipe.utf8).write(to: folder.appending(path: "recipe.yaml"))
  }

  private var recipe: String {
    """
    random: {hidden: 32, layers: 2, heads: 4, kv_heads: 2, ffn: 48, vocabulary: 900, length: 256, tokenizer: \(Self.tokenizer)}
    data: {train: [\(path("rows.jsonl"))], template: alpaca, validation: 0.1, length: 160}
    method: full
    precision: f32
    batch: {micro: 2, accumulate: 2}
    steps: 24
    optimizer: {learning_rate: 1.0e-2}
    schedule: {kind: cosine, warmup_steps: 2}
    activation_checkpointing: false
    evaluate: {every: 10, prompts: ["What comes after 7?"], max_tokens: 8}
    save: {every: 5, keep: 2}
    output: \(path("whole"))
    """
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func arguments(_ settings: String...) -> [String] {
    ["train", "--config", path("recipe.yaml")] + settings.flatMap { ["--set", $0] }
  }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

  private func rows(_ name: String) throws -> [[String: Double]] {
    try String(decoding: bytes(name + "/metrics.jsonl"), as: UTF8.self).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Double])
    }
  }

  /// The metrics without what a clock says.
  private func metrics(_ name: String) throws -> [[String: Double]] {
    try rows(name).map { $0.filter { $0.key != "seconds" && $0.key != "tokens_per_second" } }
  }

  /// Names of the checkpoints that are whole.
  private func checkpoints(_ name: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path(name + "/checkpoints"))) ?? []
    return names.filter { $0.hasPrefix("step-") }.sorted { Int($0.dropFirst(5)) ?? 0 < Int($1.dropFirst(5)) ?? 0 }
  }

  /// Killed, stopped and gone on with, it ends in the bytes of a run that never was.
  @Test func whatIsKilledGoesOn() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = try evolcano(arguments())
    #expect(whole.status == 0 && whole.output.contains("evolcano chat --model \(path("whole/model"))"), "\(whole)")
    let losses = try rows("whole").compactMap { $0["loss"] }
    #expect(losses.count == 24 && losses[23] < losses[0] * 0.7, "\(losses)")
    #expect(try rows("whole").compactMap { $0["eval_loss"] }.count == 3)
    #expect(try String(decoding: bytes("whole/report.html"), as: UTF8.self).contains("What comes after 7?"))

    let parts = arguments("output=\(path("parts"))", "save.keep=1")
    // Whenever another checkpoint lies there, and wherever it is a moment later.
    for delay in [0, 0.01, 0.1, 0.05] {
      let before = checkpoints("parts")
      _ = try signalled(parts, SIGKILL, after: 60) {
        guard checkpoints("parts") != before else { return false }
        Thread.sleep(forTimeInterval: delay)
        return true
      }
    }
    let rest = try evolcano(parts)
    #expect(rest.status == 0 && rest.messages.contains("going on after step"), "\(rest.messages)")
    #expect(try bytes("whole/model/model.safetensors") == bytes("parts/model/model.safetensors"))
    #expect(try metrics("whole") == metrics("parts"))

    let again = try evolcano(arguments())
    #expect(again.status == 0 && again.messages.contains("going on after step 24 of 24"), "\(again.messages)")
    #expect(try metrics("whole") == metrics("parts"))
  }

  @Test(arguments: [SIGINT, SIGTERM]) func signalsSaveAndExitWith130(signal: Int32) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let long = arguments("steps=100000", "save.every=3")
    let (status, messages) = try signalled(long, signal, after: 60) { !checkpoints("whole").isEmpty }
    #expect(status == 130 && messages.contains("is finished and saved"), "\(status) \(messages)")
    #expect(try rows("whole").count == Int(checkpoints("whole").last!.dropFirst(5))!)
    #expect(!FileManager.default.fileExists(atPath: path("whole/model")))
    let old = checkpoints("whole")
    let (second, more) = try signalled(long, signal, after: 60) { checkpoints("whole") != old }
    #expect(second == 130 && more.contains("going on after step"), "\(more)")
  }

  @Test func adaptersAreTrainedOnTheResult() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try evolcano(arguments("steps=3")).status == 0)
    let model = path("whole/model")
    try Data(
      """
      model: \(model)
      data: {train: [\(path("rows.jsonl"))], template: alpaca, validation: 0, length: 160}
      method: qlora
      lora: {rank: 4, alpha: 8, base: q8_0}
      precision: f32
      batch: {micro: 1, accumulate: 1}
      steps: 3
      output: \(path("adapter"))
      """.utf8
    ).write(to: folder.appending(path: "adapter.yaml"))
    let run = try evolcano("train", "--config", path("adapter.yaml"))
    #expect(run.status == 0 && run.output.contains("--adapter \(path("adapter/adapter"))"), "\(run)")
    let answer = try evolcano(
      "generate", "--model", model, "--adapter", path("adapter/adapter"), "--prompt", "What", "--max-tokens", "4")
    #expect(answer.status == 0, "\(answer.messages)")
    let chat = try evolcano(
      ["chat", "--model", model, "--adapter", path("adapter/adapter"), "--max-tokens", "4"], input: "One?\n/quit\n")
    #expect(chat.status == 0 && !chat.messages.contains("--template"), "\(chat)")
  }

  /// Without a tokenizer one is made of the data; chat needs to be told nothing about what came of it.
  @Test func aVocabularyIsMadeOfTheData() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let bare = recipe.replacing(", tokenizer: \(Self.tokenizer)", with: "").replacing(
      "vocabulary: 900", with: "vocabulary: 160")
    try Data(bare.utf8).write(to: folder.appending(path: "recipe.yaml"))
    for output in ["whole", "again"] {
      let run = try evolcano(arguments("steps=12", "output=\(path(output))"))
      #expect(run.status == 0, "\(run.messages)")
    }
    for file in ["model.safetensors", "tokenizer.model", "config.json"] {
      #expect(try bytes("whole/model/\(file)") == bytes("again/model/\(file)"))
    }
    let chat = try evolcano(
      ["chat", "--model", path("whole/model"), "--max-tokens", "5"], input: "What comes after 3?\n/quit\n")
    #expect(chat.status == 0 && !chat.messages.contains("--template"), "\(chat)")
    let config = try JSONSerialization.jsonObject(with: bytes("whole/model/config.json")) as? [String: Any]
    #expect((config?["vocab_size"] as? Int).map { (100...160).contains($0) } == true, "\(config ?? [:])")
    let few = try evolcano(arguments("random.vocabulary=50", "output=\(path("few"))"))
    #expect(few.status == 1 && few.messages.contains("random.vocabulary: "), "\(few.messages)")
  }

  @Test func aDryRunWritesNothing() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try evolcano(arguments() + ["--dry-run"])
    #expect(run.status == 0, "\(run.messages)")
    for word in ["memory", "activations", "moments", "disk", "time", "24 of 4 sequences of 160 tokens"] {
      #expect(run.output.contains(word), "\(word): \(run.output)")
    }
    #expect(!FileManager.default.fileExists(atPath: path("whole")))
  }

  /// Each is refused before any work starts, with the field's name, and writes nothing.
  @Test(arguments: [
    ("optimizer.learning_rate=0", "optimizer.learning_rate"),
    ("optimizer.learning_rate=.nan", "optimizer.learning_rate"),
    ("data.length=257", "data.length"), ("random.vocabulary=100", "random.vocabulary"),
    ("data.train=[/nonexistent.jsonl]", "data.train: /nonexistent.jsonl"),
    ("optimizer.learning_rat=1e-3", "learning_rate"),
    ("output=/dev/null", "output"), ("random.tokenizer=/nonexistent", "random.tokenizer: /nonexistent"),
    ("batch.micro=0", "batch.micro"),
  ])
  func mistakesNameTheirField(setting: String, field: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try evolcano(arguments(setting))
    #expect(run.status == 1 && run.messages.contains(field), "\(setting): \(run)")
    #expect(!FileManager.default.fileExists(atPath: path("whole")))
  }

  @Test func whatIsNotItsOwnIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try evolcano(arguments("steps=3")).status == 0)
    let rate = try evolcano(arguments("steps=3", "optimizer.learning_rate=1e-3"))
    #expect(rate.status == 1 && rate.messages.contains("its optimizer.learning_rate differs"), "\(rate.messages)")
    try Data(#"{"instruction": "One?", "output": "Another."}"#.utf8).write(to: folder.appending(path: "rows.jsonl"))
    let data = try evolcano(arguments("steps=3"))
    #expect(data.status == 1 && data.messages.contains("the contents of its files"), "\(data.messages)")
    let files = try evolcano(arguments("output=\(folder.path)"))
    #expect(files.status == 1 && files.messages.contains("holds other files and no run"), "\(files.messages)")
    try Data().write(to: folder.appending(path: "rows.jsonl"))
    let empty = try evolcano(arguments("output=\(path("new"))"))
    #expect(empty.status == 1 && empty.messages.contains("data.train: "), "\(empty.messages)")
    #expect(!FileManager.default.fileExists(atPath: path("new")))
  }

  /// A real model on real instructions: the validation loss falls every time, and chat answers in the new format.
  @Test(.enabled(if: GenerateTests.isThere, "SKIPPED: no stories260K beside the repository"))
  func storiesLearnInstructions() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let seeds = URL(filePath: GenerateTests.stories).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "data/seeds/alpaca_random_9k.json")
    let all = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: seeds)) as? [[String: String]])
    let rows = try all.filter { $0["output"]?.isEmpty == false }.prefix(500).map {
      String(decoding: try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys), as: UTF8.self)
    }
    try Data(rows.joined(separator: "\n").utf8).write(to: folder.appending(path: "alpaca.jsonl"))
    try Data(
      """
      model: \(GenerateTests.stories)
      data: {train: [\(path("alpaca.jsonl"))], template: alpaca, validation: 0.05, length: 512, allow_bad: true}
      precision: f32
      batch: {micro: 2, accumulate: 1}
      steps: 45
      optimizer: {learning_rate: 2.0e-3}
      schedule: {warmup_steps: 3}
      evaluate: {every: 15}
      output: \(path("stories"))
      """.utf8
    ).write(to: folder.appending(path: "stories.yaml"))
    let run = try evolcano("train", "--config", path("stories.yaml"))
    #expect(run.status == 0, "\(run.messages)")
    let samples = try JSONSerialization.jsonObject(with: bytes("stories/samples.json")) as? [[String: Any]]
    let losses = try #require(samples?.compactMap { $0["validation"] as? Double })
    #expect(losses.count == 4 && zip(losses, losses.dropFirst()).allSatisfy { $1 < $0 - 0.02 }, "\(losses)")
    let chat = try evolcano(
      ["chat", "--model", path("stories/model"), "--temperature", "0", "--max-tokens", "12"],
      input: "Name three colours.\n/quit\n")
    #expect(chat.status == 0 && !chat.output.isEmpty && !chat.messages.contains("--template"), "\(chat)")
  }
}
