import Formats
import Foundation
import Kernels
import TestSupport
import Testing
import Text

@testable import LanguageModel

/// What is in exported files, byte for byte.
@Suite struct ExportedFileTests {
  private let folder: ExportFolder

  init() throws { folder = try ExportFolder() }

  /// Weights and metadata as the `gguf` package writes them: the fixtures are its files.
  @Test(
    arguments: [
      ("llama2", "llama2-f32", ElementType.f32), ("llama3.1", "llama31-f32", .f32), ("qwen2", "qwen2-f32", .f32),
      ("qwen3", "qwen3-f32", .f32), ("llama2-wide", "llama2-q8_0", .q8_0), ("llama2-wide", "llama2-q4_0", .q4_0),
    ]) func isTheFileOfTheReference(name: String, reference: String, type: ElementType) throws
  {
    let wanted = try #require(try ExportFolder.source("gguf/\(reference).gguf").gguf)
    let written = try #require(
      try folder.export(try ExportFolder.source(name), as: .gguf, type, to: "model.gguf").gguf)
    #expect(Set(written.tensors.map(\.name)) == Set(wanted.tensors.map(\.name)))
    for tensor in wanted.tensors {
      // llama.cpp keeps the projection onto the vocabulary wider in its smallest types.
      if tensor.name == "output.weight", type == .q4_0 { continue }
      let found = try written.tensors.tensor(tensor.name)
      #expect(found.shape == tensor.shape && found.typeName == tensor.typeName, "\(tensor.name)")
      let bytes = try found.source.read(at: found.offset, count: found.byteCount)
      #expect(try bytes == tensor.source.read(at: tensor.offset, count: tensor.byteCount), "\(tensor.name)")
    }
    for (key, value) in wanted.metadata.entries where key != "general.name" {
      #expect(written.metadata[key].value == value, "\(key)")
    }
  }

  @Test(
    arguments: [("llama2-f32", "llama2"), ("llama31-f32", "llama3.1"), ("qwen2-f32", "qwen2"), ("qwen3-f32", "qwen3")])
  func aFileOfTheReferenceBecomesItsFolder(file: String, name: String) throws {
    let source = try ExportFolder.source("gguf/\(file).gguf")
    let (written, wanted) = (
      try folder.export(source, as: .safetensors, to: "written"), try ExportFolder.source(name)
    )
    #expect(try written.bytes() == wanted.bytes())
    #expect(written.configuration.shape.rotaryScaling == wanted.configuration.shape.rotaryScaling)
    let config = try JSONField(path: written.path + "/config.json")
    #expect(try config["bos_token_id"].integer() == 1 && config["eos_token_id"].integer() == 2)
  }

  @Test(arguments: ["llama2-q8_0", "llama2-q4_0", "llama256-q4_k"]) func blocksAreCopied(name: String) throws {
    let source = try ExportFolder.source("gguf/\(name).gguf")
    let copy = try folder.export(source, as: .gguf, to: "copy.gguf")
    #expect(try copy.bytes() == source.bytes())
    #expect(try copy.types() == source.types())
    for key in ["general.file_type", "general.name"] {
      let value = copy.gguf?.metadata[key].value
      #expect(value != nil && value == source.gguf?.metadata[key].value, "\(key)")
    }
  }

  @Test(arguments: ["llama2-q8_0", "llama2-q4_0", "llama256-q4_k"]) func blocksBecomePlainNumbers(name: String) throws {
    let source = try ExportFolder.source("gguf/\(name).gguf")
    let plain = try folder.export(source, as: .safetensors, .f32, to: "f32")
    #expect(try plain.floats() == source.floats())
    #expect(try ExportPlan(source, format: .safetensors).isDequantized)
    #expect(try !ExportPlan(source, format: .safetensors, type: .f32).isDequantized)
    let halves = try folder.export(source, as: .safetensors, to: "f16")
    let again = try folder.export(plain, as: .safetensors, .f16, to: "again")
    for parameter in source.configuration.shape.parameters where parameter.isMatrix {
      #expect(try halves.stored(parameter).type == .f16)
      #expect(try halves.bytes()[parameter.name] == again.bytes()[parameter.name])
    }
  }

  /// Made from plain numbers, super-blocks hold them to what 4 and 6 bits can; the model speaks nearly as it did.
  @Test(arguments: [(ElementType.q4_K, 0.08), (.q6_K, 0.016)])
  func superBlocksAreMade(type: ElementType, tolerance: Double) throws {
    let source = try ExportFolder.source("gguf/llama256-q4_k.gguf")
    let plain = try folder.export(source, as: .gguf, .f32, to: "f32.gguf")
    let written = try folder.export(plain, as: .gguf, type, to: "k.gguf")
    #expect(try ExportPlan(plain, format: .gguf, type: type).notQuantized.isEmpty)
    for parameter in source.configuration.shape.parameters where parameter.isMatrix {
      #expect(try written.stored(parameter).type == type)
      let (got, want) = (try written.floats()[parameter.name]!, try plain.floats()[parameter.name]!)
      let difference = zip(got, want).map { Double($0 - $1) * Double($0 - $1) }.reduce(0, +)
      let size = want.map { Double($0) * Double($0) }.reduce(0, +)
      #expect(difference.squareRoot() <= tolerance * size.squareRoot(), "\(parameter.name)")
    }
    let fixture = try ModelFixture("gguf/llama256-q4_k.gguf", expected: "gguf/llama256-q4_k.json")
    let model = try LoadedModel.load(written, with: TestDevice.shared().library)
    let logits = try LogitsRunner(model, cacheType: .f32).logits(fixture.tokens, [.prefill(fixture.tokens.count)])
    let error = relativeError(logits, fixture.logits)
    #expect(error <= 10 * tolerance && error > 0, "\(error)")
  }

  @Test(arguments: [
    ("llama2", ElementType.f32), ("llama2-f16", .f16), ("llama2-bf16", .bf16), ("llama2-sharded", .f32),
  ])
  func plainTypesAreKept(name: String, type: ElementType) throws {
    let source = try ExportFolder.source(name)
    let gguf = try folder.export(source, as: .gguf, to: "model.gguf")
    for parameter in source.configuration.shape.parameters {
      #expect(try gguf.stored(parameter).type == (parameter.isMatrix ? type : .f32), "\(parameter.name)")
    }
    #expect(try folder.export(gguf, as: .safetensors, type, to: "back").bytes() == source.bytes())
    #expect(try folder.export(source, as: .safetensors, to: "copy").bytes() == source.bytes())
  }

  @Test func aFileKeepsWhatItSaysOfItself() throws {
    let source = try folder.rewritten(try ExportFolder.source("gguf/llama2-f32.gguf"), to: "licensed.gguf")
    let written = try folder.export(source, as: .gguf, .q8_0, to: "copy.gguf")
    #expect(written.gguf?.metadata["general.license"].value == .string("MIT"))
    #expect(written.gguf?.metadata["general.file_type"].value == .uint32(7))
  }

  @Test func theConfigurationKeepsWhatItSays() throws {
    for name in ["llama3.1", "qwen2-window"] {
      let source = try ExportFolder.source(name)
      let plan = try ExportPlan(source, format: .safetensors, type: .bf16)
      try ModelExport(source, plan, tokenizer: nil).write(to: folder[name])
      var wanted = try JSONField(path: source.path + "/config.json").object()
      wanted["dtype"] = "bfloat16"
      #expect(try JSONField(path: folder[name] + "/config.json").object() == wanted)
      let file = "/generation_config.json"
      let copied = try ByteSource(path: folder[name] + file).readAll(limit: 9999)
      #expect(try copied == ByteSource(path: source.path + file).readAll(limit: 9999))
    }
  }

  @Test(.enabled(if: ExportFolder.hasStories, "there is no ../shared/models/stories260K"))
  func aRealModelComesBackWithItsTokenizer() throws {
    let source = try ModelSource(path: ExportFolder.stories)
    let gguf = try folder.export(source, as: .gguf, to: "stories.gguf")
    let back = try folder.export(gguf, as: .safetensors, to: "back")
    #expect(try back.bytes() == source.bytes())
    let text = "Once upon a time, there was a little girl named Lily."
    let ids = try source.tokenizer().encode(text)
    #expect(try gguf.tokenizer().encode(text) == ids && back.tokenizer().encode(text) == ids)
    // 172 columns are no whole blocks.
    let plan = try ExportPlan(source, format: .gguf, type: .q4_0)
    #expect(plan.notQuantized == (0..<5).map { "model.layers.\($0).mlp.down_proj.weight" })
  }
}
