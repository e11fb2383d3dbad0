import Formats
import Foundation
import Testing
import Text

@testable import LanguageModel

@Suite struct ExportTests {
  private let folder: ExportFolder

  init() throws { folder = try ExportFolder() }

  private static let families: [(name: String, type: ElementType)] = [
    ("llama1", .f32), ("llama2", .f32), ("llama2-sharded", .f32), ("llama2-f16", .f16), ("llama2-bf16", .bf16),
    ("llama2-wide", .f32), ("llama3", .f32), ("llama3.1", .f32), ("llama3.2", .f32), ("llama-bias", .f32),
    ("llama-linear", .f32), ("mistral", .f32), ("mistral-nowindow", .f32), ("smollm", .f32), ("qwen2", .f32),
    ("qwen3", .f32),
  ]

  // MARK: There and back

  @Test(arguments: families) func toGGUFAndBack(family: (name: String, type: ElementType)) throws {
    let source = try folder.withTokenizer(family.name)
    let gguf = try folder.export(source, as: .gguf, to: "model.gguf")
    let back = try folder.export(gguf, as: .safetensors, type: family.type, to: "back")
    #expect(try back.bytes() == source.bytes())
    expectSame(back, as: source)
    for (name, type) in try gguf.types() {
      let isMatrix = source.configuration.shape.parameters.contains { $0.name == name && $0.isMatrix }
      #expect(type == (isMatrix ? family.type : .f32), "\(name)")
    }
    #expect(gguf.gguf?.tensors["output.weight"] == nil || !source.configuration.shape.tiesEmbeddings)
    #expect(folder.names == ["back", "model.gguf", "tokenized-" + family.name])
  }

  @Test func eachTypeKeepsItsOwnInSafetensors() throws {
    for (name, type) in Self.families {
      let source = try ExportFolder.fixture(name)
      let copy = try folder.export(source, as: .safetensors, to: name)
      #expect(try copy.bytes() == source.bytes())
      #expect(try Set(copy.types().values) == [type])
    }
  }

  /// Weights and metadata as the `gguf` package writes them: the fixtures are its files.
  @Test(
    arguments: [
      ("llama2", "llama2-f32", ElementType.f32), ("llama3.1", "llama31-f32", .f32), ("qwen2", "qwen2-f32", .f32),
      ("qwen3", "qwen3-f32", .f32), ("llama2-wide", "llama2-q8_0", .q8_0), ("llama2-wide", "llama2-q4_0", .q4_0),
    ]) func isTheFileOfTheReference(name: String, reference: String, type: ElementType) throws {
    let wanted = try #require(try ExportFolder.fixture("gguf/\(reference).gguf").gguf)
    let written = try #require(
      try folder.export(try folder.withTokenizer(name), as: .gguf, type: type, to: "model.gguf").gguf)
    #expect(Set(written.tensors.map(\.name)) == Set(wanted.tensors.map(\.name)))
    for tensor in wanted.tensors {
      // llama.cpp keeps the projection onto the vocabulary wider in its smallest types.
      if tensor.name == "output.weight", type == .q4_0 { continue }
      let found = try written.tensors.tensor(tensor.name)
      #expect(found.shape == tensor.shape && found.typeName == tensor.typeName, "\(tensor.name)")
      let bytes = try found.source.read(at: found.offset, count: found.byteCount)
      #expect(try bytes == tensor.source.read(at: tensor.offset, count: tensor.byteCount), "\(tensor.name)")
    }
    for (key, value) in wanted.metadata.entries where !key.hasPrefix("tokenizer.") && key != "general.name" {
      #expect(written.metadata[key].value == value, "\(key)")
    }
  }

  @Test(arguments: [("llama2-f32", "llama2"), ("llama31-f32", "llama3.1"), ("qwen2-f32", "qwen2"), ("qwen3-f32", "qwen3")])
  func aFileOfTheReferenceBecomesItsFolder(file: String, name: String) throws {
    let source = try ExportFolder.fixture("gguf/\(file).gguf")
    let (written, wanted) = (
      try folder.export(source, as: .safetensors, to: "written"), try ExportFolder.fixture(name)
    )
    #expect(try written.bytes() == wanted.bytes())
    expectSame(written, as: wanted)
    let config = try JSONField(path: written.path + "/config.json")
    #expect(try config["bos_token_id"].integer() == 1 && config["eos_token_id"].integer() == 2)
  }

  // MARK: Quantised

  @Test(arguments: ["llama2-q8_0", "llama2-q4_0", "llama256-q4_k"])
  func blocksAreCopied(name: String) throws {
    let source = try ExportFolder.fixture("gguf/\(name).gguf")
    let copy = try folder.export(source, as: .gguf, to: "copy.gguf")
    #expect(try copy.bytes() == source.bytes())
    #expect(try copy.types() == source.types())
    let fileType = copy.gguf?.metadata["general.file_type"].value
    #expect(fileType != nil && fileType == source.gguf?.metadata["general.file_type"].value)
  }

  @Test(arguments: ["llama2-q8_0", "llama2-q4_0", "llama256-q4_k"])
  func blocksBecomePlainNumbers(name: String) throws {
    let source = try ExportFolder.fixture("gguf/\(name).gguf")
    let plain = try folder.export(source, as: .safetensors, type: .f32, to: "f32")
    #expect(try plain.floats() == source.floats())
    let export = try ModelExport(source, options: ModelExport.Options(format: .safetensors))
    #expect(export.isDequantized)
    try export.write(to: folder["f16"])
    let halves = try ModelSource(path: folder["f16"])
    let again = try folder.export(plain, as: .safetensors, type: .f16, to: "again")
    for parameter in source.configuration.shape.parameters where parameter.isMatrix {
      #expect(try halves.stored(parameter).type == .f16)
      #expect(try halves.bytes()[parameter.name] == again.bytes()[parameter.name])
    }
  }

  @Test(.enabled(if: ExportFolder.hasStories, "there is no ../shared/models/stories260K"))
  func rowsThatAreNoBlocksStayPlain() throws {
    let source = try ModelSource(path: ExportFolder.stories)
    for type in [ElementType.q8_0, .q4_0] {
      let export = try ModelExport(source, options: ModelExport.Options(format: .gguf, type: type))
      #expect(export.notQuantized == (0..<5).map { "model.layers.\($0).mlp.down_proj.weight" })
      let summary = try export.write(to: folder["\(type).gguf"])
      #expect(summary.files == 1 && summary.types.map(\.type) == [type, .f32, .f16])
      let written = try ModelSource(path: folder["\(type).gguf"])
      let floats = try (source: source.floats(), written: written.floats())
      for (name, values) in floats.source {
        let largest = values.reduce(0) { max($0, abs($1)) }
        let step = largest / (type == .q8_0 ? 127 : 8)
        #expect(zip(values, floats.written[name]!).allSatisfy { abs($0 - $1) <= step }, "\(name)")
      }
    }
  }

  @Test(.enabled(if: ExportFolder.hasStories, "there is no ../shared/models/stories260K"))
  func aRealModelComesBackWithItsTokenizer() throws {
    let source = try ModelSource(path: ExportFolder.stories)
    let gguf = try folder.export(source, as: .gguf, to: "stories.gguf")
    let back = try folder.export(gguf, as: .safetensors, to: "back")
    #expect(try back.bytes() == source.bytes())
    expectSame(back, as: source)
    let text = "Once upon a time, there was a little girl named Lily."
    let ids = try source.tokenizer().encode(text)
    #expect(try gguf.tokenizer().encode(text) == ids && back.tokenizer().encode(text) == ids)
  }

  // MARK: Folders

  @Test func shardsHaveAnIndex() throws {
    let source = try ExportFolder.fixture("llama2")
    let options = ModelExport.Options(format: .safetensors, shardByteCount: 20_000)
    let summary = try ModelExport(source, options: options).write(to: folder["sharded"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder["sharded"])
    #expect(names.contains("model.safetensors.index.json") && names.filter { $0.hasSuffix(".safetensors") }.count >= 3)
    #expect(summary.files == names.count)
    #expect(try ModelSource(path: folder["sharded"]).bytes() == source.bytes())
  }

  @Test func theConfigurationKeepsWhatItSays() throws {
    for name in ["llama3.1", "qwen2-window"] {
      let source = try ExportFolder.fixture(name)
      let written = try folder.export(source, as: .safetensors, type: .bf16, to: name)
      var wanted = try JSONField(path: source.path + "/config.json").object()
      wanted["dtype"] = "bfloat16"
      #expect(try JSONField(path: written.path + "/config.json").object() == wanted)
      let file = "/generation_config.json"
      #expect(try ByteSource(path: written.path + file).readAll(limit: 9999)
        == ByteSource(path: source.path + file).readAll(limit: 9999))
    }
  }

  @Test func progressGoesUpToAllBytes() throws {
    let export = try ModelExport(
      try ExportFolder.fixture("llama2"), options: ModelExport.Options(format: .safetensors, type: .f16))
    var steps: [Int] = []
    try export.write(to: folder["out"]) { done, total in
      #expect(total == export.tensorByteCount)
      steps.append(done)
    }
    #expect(steps == steps.sorted() && steps.last == export.tensorByteCount)
  }
}
