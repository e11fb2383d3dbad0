import Foundation
import Recipe
import Testing

@Suite struct BadRecipeTests {
  /// What is written in line 4, and the whole message.
  @Test(arguments: [
    ("optimizer: {learning_rat: 1}", "optimizer.learning_rat: unknown key; did you mean learning_rate?"),
    ("learning_rate: 1", "learning_rate: unknown key; did you mean optimizer.learning_rate?"),
    ("lora: {warmup_step: 1}", "lora.warmup_step: unknown key; did you mean schedule.warmup_steps?"),
    ("save: {xyzzyq: 1}", "save.xyzzyq: unknown key; known here are every, keep"),
    ("Seeds: 1", "Seeds: unknown key; did you mean seed?"),
    ("seed: x", "seed: expected an integer, found the text `x`"),
    ("seed: -1", "seed: is -1; allowed are 0 to 18446744073709551615"),
    ("seed: 1.5", "seed: expected an integer, found the number 1.5"),
    ("seed: \"1\"", "seed: expected an integer, found the text `1`"),
    ("seed:", "seed: expected an integer, found nothing"),
    ("steps: 0", "steps: is 0; allowed are 1 to 1000000000"),
    ("epochs: 1e30", "epochs: is 1e30; allowed are -9223372036854775808 to 9223372036854775807"),
    ("method: lorra", "method: expected full, lora or qlora, found the text `lorra`; did you mean lora?"),
    ("precision: fp8", "precision: expected f32, f16 or bf16, found the text `fp8`"),
    ("schedule: {kind: [cosine]}", "schedule.kind: expected cosine, linear or constant, found a list"),
    ("optimizer: {learning_rate: 0}", "optimizer.learning_rate: is 0.0; must be a finite number above 0"),
    ("optimizer: {learning_rate: -1e-5}", "optimizer.learning_rate: is -1e-05; must be a finite number above 0"),
    ("optimizer: {learning_rate: .nan}", "optimizer.learning_rate: is nan; must be a finite number above 0"),
    ("optimizer: {learning_rate: nan}", "optimizer.learning_rate: expected a number, found the text `nan`"),
    ("optimizer: {learning_rate: .inf}", "optimizer.learning_rate: is inf; must be a finite number above 0"),
    ("optimizer: {epsilon: 0}", "optimizer.epsilon: is 0.0; must be a finite number above 0"),
    ("optimizer: {beta2: 1}", "optimizer.beta2: is 1.0; must be at least 0 and below 1"),
    ("optimizer: {weight_decay: -1}", "optimizer.weight_decay: is -1.0; must be a finite number, 0 or above"),
    ("optimizer: [1]", "optimizer: expected a mapping (key: value), found a list"),
    ("lora: {rank: 0}", "lora.rank: is 0; allowed are 1 to 65536"),
    ("lora: {dropout: 1}", "lora.dropout: is 1.0; must be at least 0 and below 1"),
    ("lora: {targets: []}", "lora.targets: is empty; at least 1 must be named"),
    ("lora: {targets: [q_proj, q_proj]}", "lora.targets: names a module twice"),
    ("batch: {micro: 0}", "batch.micro: is 0; allowed are 1 to 65536"),
    ("clip_grad_norm: 0", "clip_grad_norm: is 0.0; must be a finite number above 0"),
    ("activation_checkpointing: yes", "activation_checkpointing: expected true or false, found the text `yes`"),
    ("evaluate: {prompts: hello}", "evaluate.prompts: expected a list, such as [a, b], found the text `hello`"),
    (
      "evaluate: {prompts: [1]}",
      "evaluate.prompts[0]: expected a text, found the number 1; put it in quotes if it is meant as a text"
    ),
    ("evaluate: {prompts: [\" \"]}", "evaluate.prompts[0]: is empty"),
    ("random: {heads: 5}", "random: hidden (288) must be a multiple of twice heads (5): a head turns pairs of numbers"),
    ("random: {kv_heads: 4}", "random: heads (6) must be a multiple of kv_heads (4)"),
    ("random: {}", "random: model (r.yaml:1) is given as well; a recipe has one of the two"),
    ("seed: &a 1", "no valid YAML"),
  ])
  func messages(yaml: String, problem: String) throws {
    let error = try refusal(yaml + "\n")
    if problem == "no valid YAML" {
      #expect(error.kind == .syntax && error.place == .file("r.yaml", line: 4))
    } else {
      #expect("\(error)" == "r.yaml:4: \(problem)")
    }
  }

  @Test func valuesInTheirOwnLines() throws {
    let error = try refusal("optimizer:\n  beta1: 0.5\n  beta2: x\n")
    #expect("\(error)" == "r.yaml:6: optimizer.beta2: expected a number, found the text `x`")
  }

  @Test func whatMustBeThere() throws {
    func missing(_ yaml: String) throws -> String {
      let error = try refusal(whole: yaml)
      #expect(error.kind == .missing && error.place == .file("r.yaml", line: nil))
      return error.field
    }
    #expect(try missing("") == "model")
    #expect(try missing("data: {train: [a]}\noutput: o") == "model")
    #expect(try missing("model: m\noutput: o") == "data.train")
    #expect(try missing("model: m\ndata: {format: text}\noutput: o") == "data.train")
    #expect(try missing("model: m\ndata: {train: [a]}") == "output")
    #expect(
      try refusal("steps: 3\nepochs: 4\n").problem == "epochs (r.yaml:5) is given as well; a recipe has one of the two")
    #expect(try refusal(whole: "model: m\ndata: {train: []}\noutput: o").field == "data.train")
    #expect(try refusal(whole: "model: ''\ndata: {train: [a]}\noutput: o").field == "model")
  }

  @Test(arguments: [
    "[", "{", "a: b: c", "\t\ta: 1", "- a", "a", "3", "model: m\nmodel: n", "model: m\n\"model\": n", "? [a]\n: 1",
    "a: *b", "--- 1\n--- 2",
    "%YAML 9.9\n---\n", "a: \"\\x\"", "\u{0}", "a: !!binary x", "seed: !<\u{1}> 1", "<<: {a: 1}", "'a",
    "a: |\n b\n  c\n d: e",
  ])
  func textsThatAreNoRecipe(yaml: String) throws {
    #expect(!(try refusal(whole: yaml)).problem.isEmpty)
  }

  @Test func theLineOfWhatIsNoYAML() throws {
    #expect(try refusal("seed: [1\noutput: x\n").place == .file("r.yaml", line: 5))
    #expect(try refusal("a: 1\na: 2\n").kind == .syntax)
  }

  @Test func filesThatCannotBeRead() throws {
    func refusal(_ path: String) throws -> RecipeError {
      try #require(throws: RecipeError.self) { try Recipe(path: path) }
    }
    #expect(try refusal("/nonexistent/r.yaml").kind == .file)
    #expect(try refusal("/tmp").kind == .file)
    let path = FileManager.default.temporaryDirectory.appending(path: "recipe-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([0x61, 0xFF, 0xFE]).write(to: URL(filePath: path))
    #expect(try refusal(path).kind == .syntax)
    try Data(repeating: 0x20, count: 300 << 10).write(to: URL(filePath: path))
    #expect(try refusal(path).kind == .file)
  }
}

/// Texts that are made to hurt.
@Suite struct HostileRecipeTests {
  @Test func deepNesting() throws {
    for depth in [18, 900, 100_000] {
      let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      #expect(try refusal("seed: \(nested)\n").kind == .syntax, "\(depth)")
      #expect(try refusal(settings: ["seed=\(nested)"]).kind == .syntax, "\(depth)")
    }
  }

  /// Nine lists of nine aliases each are 9⁹ values to a parser that compares keys.
  @Test func aliasesOfAliases() throws {
    var yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    for level in 1..<10 {
      yaml += "a\(level): &a\(level) [" + [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]\n"
    }
    let error = try refusal(whole: yaml + "? *a9\n: 1\n? *a8\n: 1\n")
    #expect(error.kind == .syntax && error.place == .file("r.yaml", line: 1))
    for start in ["[&a", "{&a", ",&a", "\"x\"&a", "- &a", "!t &a", "?&a", "\u{FEFF}&a", "\n&-"] {
      #expect(try refusal(whole: start + " x]\n").problem.contains("anchors"), "\(start)")
    }
  }

  @Test func ampersandsInTexts() throws {
    let recipe = try recipe("evaluate: {prompts: [What is R&D?, \"this & that\", \"a \\x26b\"]}\n")
    #expect(recipe.evaluate.prompts == ["What is R&D?", "this & that", "a &b"])
  }

  @Test func messagesAreSafeToPrint() throws {
    let error = try refusal("\"\\e[31m\\n\": 1\nseed: \"\\e\"\n")
    #expect("\(error)".unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    let long = try refusal(String(repeating: "k", count: 100_000) + ": 1\n")
    #expect("\(long)".count < 400)
  }

  /// Whatever happens to the bytes of a recipe, reading it ends with a recipe or an error.
  @Test func damagedTexts() throws {
    let text = try String(contentsOf: House.recipes.appending(path: "qlora.yaml"), encoding: .utf8)
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let interesting = Array("[]{}:,-?#&*!|>'\"%@`\n\t \\<~.0e".utf8)
    var refused = 0
    for _ in 0..<2000 {
      var bytes = Array(text.utf8)
      for _ in 0...random(4) {
        let place = random(bytes.count)
        switch random(4) {
        case 0: bytes[place] = interesting[random(interesting.count)]
        case 1: bytes.insert(interesting[random(interesting.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + random(40)))
        }
      }
      do {
        _ = try Recipe(yaml: String(decoding: bytes, as: UTF8.self), name: "r.yaml")
      } catch {
        refused += 1
      }
    }
    #expect(refused > 500)
  }
}
