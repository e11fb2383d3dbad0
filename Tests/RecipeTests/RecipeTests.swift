import Formats
import Foundation
import Recipe
import Testing
import Text

@Suite struct RecipeTests {
  @Test func theLeastThatARecipeMustSay() throws {
    #expect(try recipe() == Recipe(model: .path("m"), train: ["a.jsonl"], output: "o"))
  }

  @Test func everyFieldIsRead() throws {
    let found = try Recipe(
      yaml: """
        random: {hidden: 64, layers: 2, heads: 4, kv_heads: 2, ffn: 128, vocabulary: 500, length: 96,
          initializer_range: 0.05, tokenizer: t}
        data: {train: [a, "b c"], format: sharegpt, template: llama3.1, validation: 0, shuffle: false, packing: no_,
               length: 64, allow_bad: true}
        method: qlora
        lora: {rank: 4, alpha: 8.5, dropout: 0.1, targets: [q_proj, down_proj], base: q4_k}
        precision: f16
        batch: {micro: 2, accumulate: 3}
        steps: 1e2
        optimizer: {learning_rate: 1e-4, beta1: 0.8, beta2: .95, epsilon: 1.e-6, weight_decay: 0.1}
        schedule: {kind: linear, warmup_steps: 0}
        clip_grad_norm: null
        activation_checkpointing: false
        seed: 18446744073709551615
        evaluate: {every: ~, prompts: ["true", 'It''s #1'], max_tokens: 9}
        save: {every: 10, keep: 1}
        output: /runs/x
        """.replacing("no_", with: "false"), name: "r.yaml")
    var shape = Recipe.RandomModel()
    (shape.hidden, shape.layers, shape.heads, shape.kvHeads) = (64, 2, 4, 2)
    (shape.ffn, shape.vocabulary, shape.length, shape.tokenizer) = (128, 500, 96, "t")
    shape.initializerRange = 0.05
    var wanted = Recipe(model: .random(shape), train: ["a", "b c"], output: "/runs/x")
    (wanted.data.format, wanted.data.template, wanted.data.validation) = (.sharegpt, .llama31, 0)
    (wanted.data.shuffle, wanted.data.packing, wanted.data.length, wanted.data.allowBad) = (false, false, 64, true)
    wanted.method = .qlora
    (wanted.lora.rank, wanted.lora.alpha, wanted.lora.dropout, wanted.lora.base) = (4, 8.5, 0.1, .q4_K)
    wanted.lora.targets = .modules([.query, .down])
    wanted.precision = .f16
    (wanted.batch.micro, wanted.batch.accumulate) = (2, 3)
    wanted.duration = .steps(100)
    (wanted.optimizer.learningRate, wanted.optimizer.beta1, wanted.optimizer.beta2) = (1e-4, 0.8, 0.95)
    (wanted.optimizer.epsilon, wanted.optimizer.weightDecay) = (1e-6, 0.1)
    (wanted.schedule.kind, wanted.schedule.warmupSteps) = (.linear, 0)
    (wanted.clipGradNorm, wanted.activationCheckpointing, wanted.seed) = (nil, false, UInt64.max)
    (wanted.evaluate.every, wanted.evaluate.prompts, wanted.evaluate.maxTokens) = (nil, ["true", "It's #1"], 9)
    (wanted.save.every, wanted.save.keep) = (10, 1)
    #expect(found == wanted)
    // And what is written is read back the same.
    #expect(try Recipe(yaml: found.canonicalYAML, name: "again") == found)
  }

  @Test func aRandomModelBoundsTheLength() throws {
    let yaml = "random: {length: 96}\ndata: {train: [a]}\noutput: o\n"
    #expect(try Recipe(yaml: yaml, name: "r").data.length == 96)
    #expect(try Recipe(yaml: yaml, name: "r", settings: ["data.length=32"]).data.length == 32)
    #expect(try refusal(whole: yaml, settings: ["data.length=97"]).field == "data.length")
    // Nothing but defaults.
    let plain = try Recipe(yaml: "random:\n  {}\ndata: {train: [a]}\noutput: o\n", name: "r")
    #expect(plain == Recipe(model: .random(Recipe.RandomModel()), train: ["a"], output: "o"))
  }

  @Test func sectionsMayBeEmpty() throws {
    #expect(try recipe("lora:\n  # rank: 4\nevaluate: {}\n") == recipe())
  }

  @Test func templatesAreThoseOfText() {
    #expect(Set(Recipe.Template.allCases.map(\.rawValue)) == Set(ChatTemplate.families.map(\.name)))
  }

  @Test func targetsAreInTheOrderOfTheBlock() throws {
    let recipe = try recipe("lora: {targets: [down_proj, q_proj]}")
    #expect(recipe.lora.targets.modules == [.query, .down])
    #expect(Recipe.Targets.all.modules.count == 7)
  }
}

@Suite struct SettingTests {
  @Test func settingsTakeThePlaceOfTheFile() throws {
    let recipe = try recipe(
      "optimizer: {learning_rate: 1, beta1: 0.5}\n",
      settings: [
        "optimizer.learning_rate=1e-4", "lora.targets=[q_proj, v_proj]", "evaluate.prompts=[\"a = b\"]", "output=x/y",
        "clip_grad_norm=null", "seed=1", "seed=2", "data={train: [z]}",
      ])
    #expect(recipe.optimizer.learningRate == 1e-4 && recipe.optimizer.beta1 == 0.5)
    #expect(recipe.lora.targets == .modules([.query, .value]))
    #expect(recipe.evaluate.prompts == ["a = b"] && recipe.output == "x/y")
    #expect(recipe.clipGradNorm == nil && recipe.seed == 2 && recipe.data.train == ["z"])
  }

  @Test func alternativesTakeEachOthersPlace() throws {
    #expect(try recipe("epochs: 2\n", settings: ["steps=5"]).duration == .steps(5))
    #expect(try recipe("steps: 2\n", settings: ["epochs=5"]).duration == .epochs(5))
    #expect(try recipe("steps: 2\n", settings: ["epochs=null"]).duration == .steps(2))
    guard case .random(let shape) = try recipe(settings: ["random.hidden=48"]).model else {
      Issue.record("the model of the file is still there")
      return
    }
    #expect(shape.hidden == 48)
  }

  @Test func aRecipeOfSettingsAlone() throws {
    let found = try Recipe(yaml: "", name: "r", settings: ["model=m", "data.train=[a.jsonl]", "output=o"])
    #expect(try found == recipe())
  }

  @Test func errorsNameTheSetting() throws {
    let error = try refusal(settings: ["optimizer.learning_rat=1e-4"])
    #expect(
      "\(error)" == """
        --set optimizer.learning_rat=1e-4: optimizer.learning_rat: unknown key; did you mean learning_rate?
        """)
    #expect("\(try refusal(settings: ["seed=x"]))" == "--set seed=x: seed: expected an integer, found the text `x`")
    for broken in [
      "seed", "=1", ".seed=1", "data..length=1", "seed=[", "seed=\"a", "a.\(String(repeating: "a.", count: 99))b=1",
    ] {
      let error = try refusal(settings: [broken])
      #expect(error.place == .setting(error.place.description.replacing("--set ", with: "")), "\(broken)")
    }
    // A value where a section is needed, and the other way round.
    #expect(try refusal(settings: ["optimizer=3"]).field == "optimizer")
    #expect(try refusal(settings: ["seed.x=3"]).field == "seed")
  }
}

@Suite struct CanonicalTests {
  @Test func theWholeRecipeInAFixedOrder() throws {
    let text = try recipe("evaluate: {prompts: [\"A: b\"]}\n").canonicalYAML
    #expect(
      text == """
        model: m
        data:
          train:
            - a.jsonl
          format: auto
          template: vicuna
          validation: 0.02
          shuffle: true
          packing: true
          length: 2048
          allow_bad: false
        method: full
        lora:
          rank: 16
          alpha: 32.0
          dropout: 0.0
          targets: all
          base: q4_0
        precision: bf16
        batch:
          micro: 1
          accumulate: 64
        epochs: 3
        optimizer:
          learning_rate: 2.0e-05
          beta1: 0.9
          beta2: 0.999
          epsilon: 1.0e-08
          weight_decay: 0.0
        schedule:
          kind: cosine
          warmup_steps: 50
        clip_grad_norm: 1.0
        activation_checkpointing: true
        seed: 42
        evaluate:
          every: 100
          prompts:
            - "A: b"
          max_tokens: 128
        save:
          every: 500
          keep: 3
        output: o

        """)
  }

  @Test func textsComeBackAsTheyWere() throws {
    let texts = [
      "plain", "no", "Null", "1e3", "-", "- a", "a: b", "#", "'", "\"", "\\", "a\nb", " a ", "\tx", "é", "e\u{301}",
      "👩‍👩‍👧",
      "\u{0}", "\u{85}\u{2028}\u{FEFF}\u{FFFE}\u{E000}", "&a *a", "R&D", "2024-01-01", "~", "[x]", "{x}", "%a", "@a",
      "`a`", "!!int 3", "|", ">", "?", "a #b", String(repeating: "long ", count: 200),
    ]
    var original = try recipe()
    original.evaluate.prompts = texts
    original.output = "yes"
    let again = try Recipe(yaml: original.canonicalYAML, name: "again")
    // By bytes: String's == takes é and e\u{301} for the same.
    for (found, wanted) in zip(again.evaluate.prompts, texts) {
      #expect(found.utf8.elementsEqual(wanted.utf8), "\(wanted.debugDescription)")
    }
    #expect(again == original)
    #expect(again.canonicalYAML == original.canonicalYAML)
  }

  @Test(arguments: [
    Double.leastNonzeroMagnitude, 1e-300, 0.1, 1.0 / 3, 1, 123_456_789, 1e15, 1e16, 1.5e22,
    Double.greatestFiniteMagnitude,
  ])
  func numbersComeBackAsTheyWere(number: Double) throws {
    var original = try recipe()
    original.lora.alpha = number
    #expect(try Recipe(yaml: original.canonicalYAML, name: "again").lora.alpha == number)
  }
}

@Suite struct TrajectoryTests {
  @Test func fieldsThatDoNotCount() throws {
    let settings = [
      "save.every=1", "save.keep=9", "output=elsewhere", "evaluate.every=null", "evaluate.prompts=[x]",
      "evaluate.max_tokens=1", "activation_checkpointing=false", "lora.rank=1", "lora.base=q8_0",
    ]
    #expect(try recipe(settings: settings).firstTrajectoryDifference(from: recipe()) == nil)
    for one in settings { #expect(try recipe(settings: [one]) != recipe(), "\(one)") }
  }

  @Test(arguments: [
    ("model=x", "model"), ("random={}", "model"), ("data.train=[b]", "data.train"), ("data.format=text", "data.format"),
    ("data.template=alpaca", "data.template"), ("data.validation=0", "data.validation"),
    ("data.shuffle=false", "data.shuffle"), ("data.packing=false", "data.packing"), ("data.length=8", "data.length"),
    ("data.allow_bad=true", "data.allow_bad"), ("method=lora", "method"), ("precision=f32", "precision"),
    ("batch={micro: 2, accumulate: 32}", "batch.micro"), ("batch.accumulate=1", "batch.accumulate"),
    ("epochs=4", "epochs"), ("steps=4", "epochs"), ("optimizer.learning_rate=1", "optimizer.learning_rate"),
    ("optimizer.beta1=0", "optimizer.beta1"), ("optimizer.beta2=0", "optimizer.beta2"),
    ("optimizer.epsilon=1", "optimizer.epsilon"), ("optimizer.weight_decay=1", "optimizer.weight_decay"),
    ("schedule.kind=linear", "schedule.kind"), ("schedule.warmup_steps=1", "schedule.warmup_steps"),
    ("clip_grad_norm=null", "clip_grad_norm"), ("seed=1", "seed"),
  ])
  func fieldsThatCount(setting: String, path: String) throws {
    let (old, new) = (try recipe(), try recipe(settings: [setting]))
    #expect(new.firstTrajectoryDifference(from: old) != nil)
    #expect(old.firstTrajectoryDifference(from: new) == path)
    #expect(new.firstTrajectoryDifference(from: new) == nil)
  }

  @Test func adaptersCountWhereTheyAreTrained() throws {
    func difference(_ method: String, _ setting: String) throws -> String? {
      try recipe(settings: ["method=\(method)", setting]).firstTrajectoryDifference(
        from: recipe(settings: ["method=\(method)"]))
    }
    #expect(try difference("lora", "lora.rank=1") == "lora.rank")
    #expect(try difference("lora", "lora.dropout=0.5") == "lora.dropout")
    #expect(try difference("lora", "lora.targets=[q_proj]") == "lora.targets")
    #expect(try difference("lora", "lora.base=q8_0") == nil)
    #expect(try difference("qlora", "lora.base=q8_0") == "lora.base")
    let all = Recipe.Module.allCases.map(\.rawValue).joined(separator: ", ")
    #expect(try difference("lora", "lora.targets=[\(all)]") == nil)
  }

  @Test func aConstantScheduleMayBeProlonged() throws {
    let constant = "schedule: {kind: constant}\n"
    #expect(try recipe(constant, settings: ["steps=9"]).firstTrajectoryDifference(from: recipe(constant)) == nil)
  }
}
