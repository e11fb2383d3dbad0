import Foundation
import Testing

/// The verbs that load a model, on a real one that lies beside the repository; without it these tests say SKIPPED.
@Suite struct GenerateTests {
  static let stories = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/models/stories260K").path()
  static let isThere = FileManager.default.fileExists(atPath: stories + "/model.safetensors")

  /// What its author published for the prompt `Once upon a time`, greedily.
  static let published = """
    , there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. \
    She wanted to play with it, but it was too high.
    Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She said, "I want to play \
    with your ball, but I can't find it."
    Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
    Lily didn't want to help her mom, so she said, "I'm sorry, mom. I didn't know what to do." Her mom said, "Don't \
    worry, Lily. We can help you.

    """

  private func generate(_ more: String...) throws -> Outcome {
    let arguments = ["generate", "--model", Self.stories, "--prompt", "Once upon a time"] + more
    return try evolcano(arguments)
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func greedyTextIsThePublishedOne() throws {
    let run = try generate("--max-tokens", "252")
    #expect(run.status == 0, "\(run.messages)")
    #expect(run.output == Self.published)
    #expect(run.messages.contains("device: "))
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func stopsAndSeeds() throws {
    let stopped = try generate("--max-tokens", "100", "--stop", "Lily. She", "--stop", "zzz")
    #expect(stopped.output == ", there was a little girl named \n")
    func drawn(_ seed: Int) throws -> String {
      try generate("--max-tokens", "30", "--temperature", "1", "--top-p", "0.95", "--seed", "\(seed)").output
    }
    let first = try drawn(1)
    #expect(try first == drawn(1))
    #expect(try first != drawn(2))
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func quantizingSaysWhatItCannot() throws {
    let run = try generate("--max-tokens", "20", "--quantize", "q8_0")
    #expect(run.status == 0 && run.output.hasPrefix(", there was a little girl named Lily."))
    #expect(run.messages.contains("5 matrices keep their type") && run.messages.contains("down_proj"))
    // Rows of 64 and 172 elements are no super-blocks.
    let none = try generate("--max-tokens", "20", "--quantize", "q4_k")
    #expect(none.status == 0 && Self.published.hasPrefix(none.output.dropLast()))
    #expect(none.messages.contains("36 matrices keep their type, their rows are no whole blocks of q4_k"))
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func perplexityPrintsJSON() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    try "One day, a girl named Lily went to the park with her mom.".write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let run = try evolcano("perplexity", "--model", Self.stories, "--file", file.path(), "--json")
    let result = try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))
    // A model that was trained on such stories; 512 equally likely tokens would be 6.2.
    #expect(result["loss"]! > 0.3 && result["loss"]! < 2 && result["tokens"]! > 15)
    #expect(abs(result["perplexity"]! - exp(result["loss"]!)) <= 1e-9 * result["perplexity"]!)
  }

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func mistakesAreSaidClearly() throws {
    let long = try evolcano([
      "generate", "--model", Self.stories, "--prompt", String(repeating: "girl ", count: 600),
    ])
    #expect(long.status == 1 && long.messages.contains("the prompt has") && long.output.isEmpty, "\(long.messages)")
    let context = try generate("--context", "100000")
    #expect(context.status == 1 && context.messages.contains("the model was made for 512"), "\(context.messages)")
    let option = try generate("--top-p", "7")
    #expect(option.status == 1 && option.messages.contains("top-p"), "\(option.messages)")
    #expect(try generate("--quantize", "q9").status == 2)
  }

  @Test func aMissingModelIsAnError() throws {
    let run = try evolcano("generate", "--model", "/nonexistent", "--prompt", "x")
    #expect(run.status == 1 && run.messages.contains("/nonexistent: there is no such file"), "\(run.messages)")
  }

  @Test func benchGenerateNeedsNoWeights() throws {
    let run = try evolcano([
      "bench", "generate", "--random", "15M", "--type", "q4_0", "--prompt", "20", "--tokens", "4", "--json",
    ])
    #expect(run.status == 0, "\(run.messages)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    for key in ["promptTokensPerSecond", "answerTokensPerSecond", "answerGigabytesPerSecond", "shareOfCopy"] {
      #expect((report[key] as? Double ?? 0) > 0, "\(key)")
    }
    #expect(report["type"] as? String == "q4_0")
    #expect(try evolcano("bench", "generate", "--random", "3M").status == 2)
    #expect(try evolcano("bench", "generate").status == 2)
  }
}

/// `evolcano chat` through pipes.
@Suite struct ChatTests {
  private func chat(_ lines: String, _ more: String...) throws -> Outcome {
    try evolcano(["chat", "--model", GenerateTests.stories] + more, input: lines)
  }

  @Test(.enabled(if: GenerateTests.isThere, "SKIPPED: no stories260K beside the repository"))
  func answersALineAtATime() throws {
    let run = try chat("Tell me a story\n/undo\nTell me a story\n", "--template", "wizardlm", "--max-tokens", "16")
    #expect(run.status == 0, "\(run.messages)")
    let answers = run.output.split(separator: "\n")
    #expect(answers.count >= 2 && answers.count % 2 == 0)
    #expect(answers.prefix(answers.count / 2) == answers.suffix(answers.count / 2), "greedy, and the first was undone")
    #expect(!run.output.contains("\u{1b}"), "no escape codes in a pipe")
  }

  @Test(.enabled(if: GenerateTests.isThere, "SKIPPED: no stories260K beside the repository"))
  func saysWhenTheContextIsFull() throws {
    let question = String(repeating: "the little girl ", count: 12)
    let run = try chat(
      [question, question, question].joined(separator: "\n") + "\n", "--template", "wizardlm", "--max-tokens", "40",
      "--context", "192")
    #expect(run.status == 0 && run.messages.contains("the context is full"), "\(run.messages)")
  }

  @Test(.enabled(if: GenerateTests.isThere, "SKIPPED: no stories260K beside the repository"))
  func templatesAreNamed() throws {
    let none = try chat("x\n")
    #expect(none.status == 1 && none.messages.contains("--template") && none.messages.contains("zephyr"))
    #expect(try chat("x\n", "--template", "nonsense").status == 2)
  }
}
