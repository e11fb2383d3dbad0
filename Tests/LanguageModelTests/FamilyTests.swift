import Formats
import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing
import Text
import VulkanRuntime

/// Models of every family against PyTorch.
@Suite struct FamilyTests {
  static let families = [
    "llama1", "llama2", "llama2-sharded", "llama2-wide", "llama3", "llama3.1", "llama3.2", "llama-linear",
    "llama-bias", "mistral", "mistral-nowindow", "smollm", "qwen2", "qwen2-window", "qwen3",
  ]

  private func load(_ path: String, quantize: DType? = nil, adapter: String? = nil) throws -> LoadedModel {
    try LoadedModel.load(
      ModelSource(path: path), adapter: adapter.map { try Adapter(path: $0) }, options: .init(quantize: quantize),
      with: TestDevice.shared().library)
  }

  @Test(arguments: families) func logitsAreThoseOfPyTorch(family: String) throws {
    let fixture = try ModelFixture(family)
    let got = try LogitsRunner(load(fixture.path)).logits(fixture.tokens, [.prefill(fixture.tokens.count)])
    let error = relativeError(got, fixture.logits)
    #expect(error <= 1e-5, "\(error)")
  }

  /// A prompt at once, in chunks, and token by token.
  @Test(arguments: ["llama2", "mistral", "qwen3"]) func chunksDoNotMatter(family: String) throws {
    let fixture = try ModelFixture(family)
    let count = fixture.tokens.count
    let model = try load(fixture.path)
    let whole = try LogitsRunner(model).logits(fixture.tokens, [.prefill(count)])
    let odd: [LogitsRunner.Chunk] = [.prefill(1), .prefill(7), .prefill(24), .prefill(count - 32)]
    #expect(try LogitsRunner(model).logits(fixture.tokens, odd) == whole, "chunks give the same bits")
    #expect(try LogitsRunner(model).logits(fixture.tokens, odd, padding: 9) == whole, "dead rows change nothing")
    let single = [LogitsRunner.Chunk](repeating: .decode, count: count)
    let stepped = try LogitsRunner(model).logits(fixture.tokens, single)
    #expect(relativeError(stepped, fixture.logits) <= 1e-5)
    #expect(try LogitsRunner(model).logits(fixture.tokens, single, padding: 3) == stepped)
  }

  /// Half-precision weights: what their rounding leaves, computed in half precision.
  @Test(arguments: [("llama2-f16", 5e-3), ("llama2-bf16", 4e-2)])
  func halfPrecision(name: String, tolerance: Double) throws {
    let fixture = try ModelFixture(name)
    let got = try LogitsRunner(load(fixture.path), cacheType: .f16).logits(
      fixture.tokens, [.prefill(40)] + [LogitsRunner.Chunk](repeating: .decode, count: fixture.tokens.count - 40))
    let error = relativeError(got, fixture.logits)
    #expect(error <= tolerance, "\(error)")
  }

  /// Through staging buffers, as on a card whose memory the host does not see: the same bits, in every way of loading.
  @Test(arguments: [nil, DType.q8_0, .q4_0]) func stagedLoading(quantize: DType?) throws {
    let fixture = try ModelFixture("llama2-wide")
    var options = Device.Options()
    options.alwaysStages = true
    let staged = PipelineLibrary(try Device(TestDevice.shared().device.physical, options: options))
    func logits(_ library: PipelineLibrary) throws -> [[Float]] {
      let model = try LoadedModel.load(
        ModelSource(path: fixture.path), options: .init(quantize: quantize), with: library)
      return try LogitsRunner(model, cacheType: .f32).logits(fixture.tokens, [.prefill(40), .decode, .decode])
    }
    #expect(try logits(staged) == logits(TestDevice.shared().library))
  }

  @Test func f16CacheStaysClose() throws {
    let fixture = try ModelFixture("llama2")
    let got = try LogitsRunner(load(fixture.path), cacheType: .f16).logits(
      fixture.tokens, [.prefill(fixture.tokens.count)])
    let error = relativeError(got, fixture.logits)
    #expect(error <= 1e-3 && error > 0, "\(error)")
  }

  /// Rounded matrices stay within what the formats lose: half a step of 1/127 and 1/8 of a block's largest number.
  @Test(arguments: [(DType.q8_0, 0.02), (.q4_0, 0.35)])
  func quantizedWhileLoading(type: DType, tolerance: Double) throws {
    let fixture = try ModelFixture("llama2-wide")
    let model = try load(fixture.path, quantize: type)
    #expect(model.notQuantized.isEmpty)
    let got = try LogitsRunner(model, cacheType: .f32).logits(fixture.tokens, [.prefill(fixture.tokens.count)])
    let error = relativeError(got, fixture.logits)
    #expect(error <= tolerance && error > tolerance / 100, "\(error)")
  }

  /// The configuration as transformers 4 wrote it says the same.
  @Test(arguments: families.filter { $0 != "llama2-sharded" }) func olderConfigurations(family: String) throws {
    let fixture = try ModelFixture(family)
    let newer = try ModelConfiguration(huggingFace: JSONField(path: fixture.path + "/config.json"))
    let older = try ModelConfiguration(huggingFace: JSONField(path: fixture.path + "/config.v4.json"))
    #expect("\(newer)" == "\(older)")
  }
}

/// Low-rank adapters against peft (`Tools/adapter_fixtures.py`).
@Suite struct AdapterTests {
  @Test(arguments: ["llama2-adapter", "llama2-adapter-rslora"]) func logitsAreThoseOfPeft(name: String) throws {
    let fixture = try ModelFixture(name)
    let base = ModelFixture.folder.appending(path: "llama2").path()
    let model = try LoadedModel.load(
      ModelSource(path: base), adapter: Adapter(path: fixture.path), with: TestDevice.shared().library)
    let chunks: [LogitsRunner.Chunk] = [.prefill(fixture.tokens.count - 3), .decode, .decode, .decode]
    let error = relativeError(try LogitsRunner(model).logits(fixture.tokens, chunks), fixture.logits)
    #expect(error <= 1e-5, "\(error)")
    let without = try LogitsRunner(LoadedModel.load(ModelSource(path: base), with: TestDevice.shared().library))
      .logits(fixture.tokens, chunks)
    #expect(relativeError(without, fixture.logits) > 0.01, "the adapter changes something")
  }
}

/// GGUF files as the `gguf` package writes them (`Tools/model_fixtures.py`).
@Suite struct GGUFModelTests {
  @Test(arguments: [
    "llama2-f32", "llama31-f32", "qwen2-f32", "qwen3-f32", "llama2-q8_0", "llama2-q4_0", "llama256-q4_k",
  ])
  func logitsAreThoseOfPyTorch(name: String) throws {
    let fixture = try ModelFixture("gguf/\(name).gguf", expected: "gguf/\(name).json")
    let model = try LoadedModel.load(ModelSource(path: fixture.path), with: TestDevice.shared().library)
    let chunks: [LogitsRunner.Chunk] = [.prefill(fixture.tokens.count - 2), .decode, .decode]
    let got = try LogitsRunner(model, cacheType: .f32).logits(fixture.tokens, chunks)
    let error = relativeError(got, fixture.logits)
    #expect(error <= 1e-5, "\(error)")
  }
}

/// A real model, which lies beside the repository; without it this says SKIPPED.
@Suite struct StoriesTests {
  static let folder = ModelFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/models/stories260K")
    .path(percentEncoded: false)
  static let isThere = FileManager.default.fileExists(atPath: folder + "/model.safetensors")

  @Test(.enabled(if: isThere, "SKIPPED: no stories260K beside the repository"))
  func logitsAreThoseOfPyTorch() throws {
    // Only the expected logits lie in the fixtures.
    let fixture = try ModelFixture("stories260K", expected: "stories260K.json")
    let source = try ModelSource(path: Self.folder)
    let text = try source.tokenizer().encode(
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw "
        + "a big, red ball.")
    #expect(text == fixture.tokens)
    let model = try LoadedModel.load(source, with: TestDevice.shared().library)
    let count = fixture.tokens.count
    for chunks in [[.prefill(count)], [LogitsRunner.Chunk](repeating: .decode, count: count)] {
      let got = try LogitsRunner(model).logits(fixture.tokens, chunks)
      let error = relativeError(got, fixture.logits)
      #expect(error <= 1e-5, "\(error)")
    }
  }
}
