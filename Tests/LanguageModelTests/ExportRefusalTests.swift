import Formats
import Foundation
import Kernels
import Testing

@testable import LanguageModel

@Suite struct ExportRefusalTests {
  private let folder: ExportFolder

  init() throws { folder = try ExportFolder() }

  private func refusal(
    _ name: String, _ format: ModelExport.Format, _ type: ElementType? = nil
  ) throws -> FormatError {
    try exportRefusal {
      try ModelExport(try ExportFolder.fixture(name), options: ModelExport.Options(format: format, type: type))
    }
  }

  @Test func whatAFormatCannotHold() throws {
    #expect(try refusal("llama2", .safetensors, .q8_0).problem.contains("safetensors has no type Q8_0"))
    #expect(try refusal("gguf/llama2-f32.gguf", .gguf, .q4_K).problem.contains("Q4_K can be read only"))
    #expect(try refusal("llama2", .gguf).kind == .missing)  // no tokenizer
    let source = try folder.withTokenizer("qwen2-window")
    let error = try exportRefusal { try ModelExport(source, options: ModelExport.Options(format: .gguf)) }
    #expect(error.field == "layer_types")
  }

  @Test func whatIsThereIsKept() throws {
    let source = try ExportFolder.fixture("gguf/llama2-f32.gguf")
    func export(_ format: ModelExport.Format, overwrites: Bool = false) throws -> ModelExport {
      try ModelExport(source, options: ModelExport.Options(format: format, overwrites: overwrites))
    }
    try FileManager.default.createDirectory(atPath: folder["there"], withIntermediateDirectories: true)
    try AtomicFile.write("a letter", to: folder["there/letter.txt"])
    for overwrites in [false, true] {
      #expect(throws: FormatError.self) { try export(.safetensors, overwrites: overwrites).write(to: folder["there"]) }
      #expect(throws: FormatError.self) { try export(.gguf, overwrites: overwrites).write(to: folder["there"]) }
      #expect(throws: FormatError.self) {
        try export(.safetensors, overwrites: overwrites).write(to: folder["there/letter.txt"])
      }
    }
    #expect(throws: FormatError.self) { try export(.gguf).write(to: folder["there/letter.txt"]) }
    #expect(try ByteSource(path: folder["there/letter.txt"]).readAll(limit: 99) == Array("a letter".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["there"]) == ["letter.txt"])
    // What may be replaced.
    try export(.gguf, overwrites: true).write(to: folder["there/letter.txt"])
    #expect(try ModelSource(path: folder["there/letter.txt"]).bytes() == source.bytes())
    try export(.safetensors).write(to: folder["model"])
    #expect(throws: FormatError.self) { try export(.safetensors).write(to: folder["model"]) }
    try AtomicFile.write("old", to: folder["model/old.txt"])
    try export(.safetensors, overwrites: true).write(to: folder["model"])
    #expect(try !FileManager.default.contentsOfDirectory(atPath: folder["model"]).contains("old.txt"))
    #expect(folder.names == ["model", "there"])
  }

  @Test func theSourceIsNotReplaced() throws {
    let source = try folder.withTokenizer("llama2")
    let export = try ModelExport(source, options: ModelExport.Options(format: .safetensors, overwrites: true))
    try FileManager.default.createSymbolicLink(atPath: folder["link"], withDestinationPath: source.path)
    for output in [source.path, source.path + "/", folder["link"], folder.path, folder["link/../tokenized-llama2"]] {
      #expect(try exportRefusal { try export.write(to: output) }.problem.contains("the model that is exported"))
    }
  }

  @Test func numbersBeyondATypeAreRefusedAndNothingIsLeft() throws {
    // The last tensor has a number that F16 does not: files are begun and given up.
    let source = try ExportFolder.fixture("llama2")
    let path = folder["large"]
    try FileManager.default.copyItem(atPath: source.path, toPath: path)
    let parameters = source.configuration.shape.parameters
    var writer = try SafetensorsWriter(
      path: path + "/model.safetensors",
      tensors: parameters.map { TensorDeclaration(name: $0.name, type: .f32, shape: $0.shape) })
    for parameter in parameters {
      var floats = try source.stored(parameter).tensor.floats()
      if parameter == parameters.last { floats[3] = -65_520 }
      try floats.withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    let large = try ModelSource(path: path)
    let error = try exportRefusal { try folder.export(large, as: .safetensors, type: .f16, to: "f16") }
    #expect(error.kind == .unsupported && error.field == "lm_head.weight" && error.problem.contains("-65520.0"))
    #expect(folder.names == ["large"])
    #expect(try folder.export(large, as: .safetensors, type: .bf16, to: "bf16").floats()["lm_head.weight"]![3] == -65536)
  }

  @Test func rotaryFactorsAreExplainedOrRefused() throws {
    let published: [(factor: Double, length: Double, headSize: Int)] = [
      (8, 8192, 128), (32, 8192, 64), (8, 48, 16), (32, 4096, 128),
    ]
    for (factor, length, headSize) in published {
      let scaling = RotaryScaling.llama3(
        factor: factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: length)
      var factors = (0..<headSize / 2).map { index in
        let frequency = RotaryTable.frequency(index, headSize: headSize, theta: 500_000)
        return Float(frequency / scaling.scaled(frequency, at: index))
      }
      #expect(RotaryScaling.llama3(explaining: factors, headSize: headSize, theta: 500_000) == scaling)
      factors[1] *= 1.001
      #expect(RotaryScaling.llama3(explaining: factors, headSize: headSize, theta: 500_000) == nil)
    }
    #expect(RotaryScaling.llama3(explaining: [0.5, 0.5], headSize: 4, theta: 10_000) == nil)
  }

  @Test func strangeFactorsStayInGGUF() throws {
    let source = try ExportFolder.fixture("gguf/llama31-f32.gguf")
    let strange = try rewritten(
      source, to: "strange.gguf",
      change: { name, floats in
        if name == "rope_freqs.weight" { floats[2] = 5 }
      })
    let error = try exportRefusal { try folder.export(strange, as: .safetensors, to: "out") }
    #expect(error.kind == .unsupported && error.field == "rope_freqs.weight")
    let copy = try folder.export(strange, as: .gguf, to: "copy.gguf")
    expectSame(copy, as: strange)
  }

  @Test func biasesThatNoFamilyHasStayInGGUF() throws {
    let source = try ExportFolder.fixture("gguf/qwen2-f32.gguf")
    let strange = try rewritten(source, to: "strange.gguf", leavingOut: { $0.hasSuffix(".bias") })
    let error = try exportRefusal { try folder.export(strange, as: .safetensors, to: "out") }
    #expect(error.kind == .unsupported && error.field.hasSuffix(".bias"))
    #expect(try folder.export(strange, as: .gguf, to: "copy.gguf").bytes() == strange.bytes())
  }

  /// A GGUF file of plain numbers with something changed.
  private func rewritten(
    _ source: ModelSource, to name: String, leavingOut isLeftOut: (String) -> Bool = { _ in false },
    change: (String, inout [Float]) -> Void = { _, _ in }
  ) throws -> ModelSource {
    let gguf = try #require(source.gguf)
    let tensors = gguf.tensors.filter { !isLeftOut($0.name) }
    var writer = try GGUFWriter(
      path: folder[name], metadata: gguf.metadata.entries,
      tensors: tensors.map { TensorDeclaration(name: $0.name, type: .f32, shape: $0.shape) })
    for tensor in tensors {
      var floats = try tensor.floats()
      change(tensor.name, &floats)
      try floats.withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    return try ModelSource(path: folder[name])
  }
}
