import Formats
import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing
import Text

@Suite struct ExportTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  private func source(_ family: String) throws -> ModelSource {
    try ModelSource(path: ModelFixture.folder.appending(path: family).path())
  }

  /// A tokenizer of so many pieces, in a GGUF file.
  private func tokenizer(_ count: Int, in folder: String) throws -> TokenizerFiles {
    let pieces = ["<unk>", "<s>", "</s>"] + (3..<count).map { "▁w\($0)" }
    let kinds: [Int32] = [2, 3, 3] + [Int32](repeating: 1, count: count - 3)
    let path = folder + "/vocabulary.gguf"
    let writer = try GGUFWriter(
      path: path,
      metadata: [
        ("tokenizer.ggml.model", .string("llama")), ("tokenizer.ggml.tokens", .array(.string(pieces))),
        ("tokenizer.ggml.scores", .array(.float32((0..<count).map { -Float($0) }))),
        ("tokenizer.ggml.token_type", .array(.int32(kinds))), ("tokenizer.ggml.bos_token_id", .uint32(1)),
        ("tokenizer.ggml.eos_token_id", .uint32(2)),
      ], tensors: [])
    try writer.finish()
    return try TokenizerFiles(model: URL(filePath: path))
  }

  private func export(
    _ source: ModelSource, as format: ExportPlan.Format, _ type: ElementType? = nil, adapter: Adapter? = nil,
    to path: String, tokenizer: TokenizerFiles
  ) throws -> ModelSource {
    let plan = try ExportPlan(source, adapter: adapter, format: format, type: type)
    try ModelExport(source, plan, tokenizer: tokenizer).write(to: path)
    return try ModelSource(path: path)
  }

  /// The numbers of a parameter, in the order of `transformers`.
  private func numbers(_ stored: StoredParameter) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: stored.tensor.byteCount)
    try bytes.withUnsafeMutableBytes { try stored.read(0..<stored.rows, into: $0) }
    return bytes
  }

  /// To GGUF and back: the same bytes of every tensor, and the same configuration.
  @Test(arguments: FamilyTests.families.filter { $0 != "qwen2-window" })
  func throughGGUFAndBack(family: String) throws {
    let original = try source(family)
    try withFolder { folder in
      let tokenizer = try tokenizer(original.configuration.shape.vocabulary, in: folder)
      let gguf = try export(original, as: .gguf, to: folder + "/model.gguf", tokenizer: tokenizer)
      let back = try export(gguf, as: .safetensors, to: folder + "/back", tokenizer: tokenizer)
      for parameter in original.configuration.shape.parameters {
        #expect(try numbers(back.stored(parameter)) == numbers(original.stored(parameter)), "\(parameter.name)")
      }
      #expect(back.configuration.length == original.configuration.length)
      #expect("\(back.configuration.shape)" == "\(original.configuration.shape)")
      for parameter in original.configuration.shape.parameters {
        #expect(try numbers(gguf.stored(parameter)) == numbers(original.stored(parameter)), "\(parameter.name)")
      }
      let fixture = try ModelFixture(family)
      let model = try LoadedModel.load(gguf, with: TestDevice.shared().library)
      let error = relativeError(
        try LogitsRunner(model).logits(fixture.tokens, [.prefill(fixture.tokens.count)]), fixture.logits)
      #expect(error <= 1e-5, "\(error)")
    }
  }

  /// An adapter merged into the matrices is what peft merges.
  @Test(arguments: ["llama2-adapter", "llama2-adapter-rslora"], [ExportPlan.Format.safetensors, .gguf])
  func mergedAdapters(name: String, format: ExportPlan.Format) throws {
    let fixture = try ModelFixture(name)
    let original = try source("llama2")
    try withFolder { folder in
      let merged = try export(
        original, as: format, adapter: Adapter(path: fixture.path), to: folder + "/merged.gguf",
        tokenizer: tokenizer(original.configuration.shape.vocabulary, in: folder))
      let model = try LoadedModel.load(merged, with: TestDevice.shared().library)
      let error = relativeError(
        try LogitsRunner(model).logits(fixture.tokens, [.prefill(fixture.tokens.count)]), fixture.logits)
      #expect(error <= 1e-5, "\(error)")
    }
  }

  @Test(arguments: [ElementType.f16, .bf16, .f32]) func otherTypes(type: ElementType) throws {
    let original = try source("llama2")
    try withFolder { folder in
      let written = try export(
        original, as: .safetensors, type, to: folder + "/other", tokenizer: tokenizer(67, in: folder))
      for parameter in original.configuration.shape.parameters {
        let (got, want) = (try written.stored(parameter), try original.stored(parameter).tensor.floats())
        #expect(got.type == type)
        for (g, w) in zip(try got.tensor.floats(), want) {
          #expect(abs(g - w) <= abs(w) * (type == .f32 ? 0 : type == .f16 ? 0x1p-11 : 0x1p-8) + 1e-7)
        }
      }
      let config = try JSONField(path: folder + "/other/config.json")
      #expect(try (config["dtype"].ifPresent ?? config["torch_dtype"]).string().hasSuffix(type == .f32 ? "32" : "16"))
    }
  }

  /// Matrices of whole blocks are quantised, the others keep plain numbers and are named.
  @Test(arguments: [ElementType.q8_0, .q4_0]) func quantized(type: ElementType) throws {
    let original = try source("llama2")
    try withFolder { folder in
      let plan = try ExportPlan(original, format: .gguf, type: type)
      #expect(!plan.notQuantized.isEmpty && plan.notQuantized.allSatisfy { $0.contains("down_proj") })
      let written = try export(
        original, as: .gguf, type, to: folder + "/q.gguf", tokenizer: tokenizer(67, in: folder))
      for parameter in original.configuration.shape.parameters {
        let stored = try written.stored(parameter)
        let wanted: ElementType =
          !parameter.isMatrix ? .f32 : plan.notQuantized.contains(parameter.name) ? .f16 : type
        #expect(stored.type == wanted, "\(parameter.name) is \(stored.type.name)")
      }
      let model = try LoadedModel.load(written, with: TestDevice.shared().library)
      let fixture = try ModelFixture("llama2")
      let error = relativeError(
        try LogitsRunner(model).logits(fixture.tokens, [.prefill(fixture.tokens.count)]), fixture.logits)
      #expect(error <= (type == .q8_0 ? 0.03 : 0.5) && error > 0, "\(error)")
    }
  }

  @Test func refusals() throws {
    let original = try source("llama2")
    #expect(throws: FormatError.self) { try ExportPlan(original, format: .safetensors, type: .q8_0) }
    #expect(throws: FormatError.self) { try ExportPlan(source("qwen2-window"), format: .gguf) }
    try withFolder { folder in
      let plan = try ExportPlan(original, format: .gguf)
      let path = folder + "/model.gguf"
      #expect(throws: FormatError.self, "a GGUF file needs a tokenizer") {
        try ModelExport(original, plan, tokenizer: nil).write(to: path)
      }
      #expect(!FileManager.default.fileExists(atPath: path))
      try AtomicFile.write("what was there", to: path)
      let tokenizer = try tokenizer(67, in: folder)
      #expect(throws: FormatError.self) { try ModelExport(original, plan, tokenizer: tokenizer).write(to: path) }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "what was there")
      try ModelExport(original, plan, tokenizer: tokenizer).write(to: path, overwriting: true)
      #expect(throws: Never.self) { try ModelSource(path: path) }
      let taken = folder + "/taken"
      try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: true)
      try AtomicFile.write("mine", to: taken + "/file")
      let other = try ExportPlan(original, format: .safetensors)
      #expect(throws: FormatError.self) { try ModelExport(original, other, tokenizer: nil).write(to: taken) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: taken) == ["file"])
    }
  }
}
