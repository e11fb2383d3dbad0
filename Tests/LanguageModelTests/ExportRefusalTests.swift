import Formats
import Foundation
import Kernels
import Testing

@testable import LanguageModel

/// What is not written, and what is left alone.
@Suite struct ExportRefusalTests {
  private let folder: ExportFolder

  init() throws { folder = try ExportFolder() }

  private func refusal(_ name: String, _ format: ExportPlan.Format, _ type: ElementType? = nil) throws -> FormatError {
    try #require(throws: FormatError.self) {
      _ = try ExportPlan(try ExportFolder.source(name), format: format, type: type)
    }
  }

  @Test func whatAFormatCannotHold() throws {
    #expect(try refusal("llama2", .safetensors, .q8_0).problem.contains("safetensors has no type Q8_0"))
    #expect(try refusal("gguf/llama2-f32.gguf", .safetensors, .q4_K).problem.contains("safetensors has no type Q4_K"))
    #expect(try refusal("qwen2-window", .gguf).problem.contains("window"))
  }

  @Test func whatIsThereIsKept() throws {
    let source = try ExportFolder.source("gguf/llama2-f32.gguf")
    func export(_ format: ExportPlan.Format, overwriting: Bool = false, to name: String) throws {
      let plan = try ExportPlan(source, format: format)
      try ModelExport(source, plan, tokenizer: ExportFolder.tokenizer()).write(
        to: folder[name], overwriting: overwriting)
    }
    try FileManager.default.createDirectory(atPath: folder["there"], withIntermediateDirectories: true)
    try AtomicFile.write("a letter", to: folder["there/letter.txt"])
    for overwriting in [false, true] {
      #expect(throws: FormatError.self) { try export(.safetensors, overwriting: overwriting, to: "there") }
      #expect(throws: FormatError.self) { try export(.gguf, overwriting: overwriting, to: "there") }
      #expect(throws: FormatError.self) {
        try export(.safetensors, overwriting: overwriting, to: "there/letter.txt")
      }
    }
    #expect(throws: FormatError.self) { try export(.gguf, to: "there/letter.txt") }
    #expect(try ByteSource(path: folder["there/letter.txt"]).readAll(limit: 99) == Array("a letter".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["there"]) == ["letter.txt"])
    // What may be replaced.
    try export(.gguf, overwriting: true, to: "there/letter.txt")
    #expect(try ModelSource(path: folder["there/letter.txt"]).bytes() == source.bytes())
    try export(.safetensors, to: "model")
    #expect(throws: FormatError.self) { try export(.safetensors, to: "model") }
    try AtomicFile.write("old", to: folder["model/old.txt"])
    try export(.safetensors, overwriting: true, to: "model")
    #expect(try !FileManager.default.contentsOfDirectory(atPath: folder["model"]).contains("old.txt"))
    #expect(folder.names == ["model", "there"])
  }

  @Test func theSourceIsNotReplaced() throws {
    let path = folder["model"]
    try FileManager.default.copyItem(atPath: try ExportFolder.source("llama2").path, toPath: path)
    try FileManager.default.createSymbolicLink(atPath: folder["link"], withDestinationPath: path)
    let source = try ModelSource(path: path)
    let export = ModelExport(source, try ExportPlan(source, format: .safetensors), tokenizer: nil)
    for output in [path, path + "/", folder["link"], folder.path, folder["link/../model"]] {
      let error = try #require(throws: FormatError.self) { try export.write(to: output, overwriting: true) }
      #expect(error.problem.contains("the model that is exported"))
    }
    #expect(try ModelSource(path: path).bytes() == ExportFolder.source("llama2").bytes())
  }

  @Test func numbersBeyondATypeAreRefusedAndNothingIsLeft() throws {
    // The last tensor has a number that F16 does not: files are begun and given up.
    let large = try folder.rewritten(
      try ExportFolder.source("gguf/llama2-f32.gguf"), to: "large.gguf",
      change: { name, floats in
        if name == "output.weight" { floats[3] = -65_520 }
      })
    for format in ExportPlan.Format.allCases {
      let error = try #require(throws: FormatError.self) {
        _ = try folder.export(large, as: format, .f16, to: "f16")
      }
      #expect(error.kind == .unsupported && error.field == "output.weight" && error.problem.contains("-65520.0"))
      #expect(folder.names == ["large.gguf"])
    }
    // Super-blocks have a scale of scales in F16: the rows are as long as one here.
    let huge = try folder.rewritten(
      try folder.export(try ExportFolder.source("gguf/llama256-q4_k.gguf"), as: .gguf, .f32, to: "plain.gguf"),
      to: "huge.gguf", change: { name, floats in if name == "output.weight" { floats[7] = 1e9 } })
    for type in [ElementType.q4_K, .q6_K] {
      let error = try #require(throws: FormatError.self) { _ = try folder.export(huge, as: .gguf, type, to: "k") }
      #expect(error.kind == .unsupported && error.field == "output.weight" && error.problem.contains(type.name))
    }
    let wide = try folder.export(large, as: .safetensors, .bf16, to: "bf16")
    #expect(try wide.floats()["lm_head.weight"]![3] == -65_536)
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
    let source = try ExportFolder.source("gguf/llama31-f32.gguf")
    let strange = try folder.rewritten(
      source, to: "strange.gguf",
      change: { name, floats in
        if name == "rope_freqs.weight" { floats[2] = 5 }
      })
    let error = try #require(throws: FormatError.self) { _ = try folder.export(strange, as: .safetensors, to: "out") }
    #expect(error.kind == .unsupported && error.field == "rope_freqs.weight")
    let copy = try folder.export(strange, as: .gguf, to: "copy.gguf")
    #expect(copy.configuration.shape.rotaryScaling == strange.configuration.shape.rotaryScaling)
  }

  @Test func biasesThatNoFamilyHasStayInGGUF() throws {
    let source = try ExportFolder.source("gguf/qwen2-f32.gguf")
    let strange = try folder.rewritten(source, to: "strange.gguf", leavingOut: { $0.hasSuffix(".bias") })
    let error = try #require(throws: FormatError.self) { _ = try folder.export(strange, as: .safetensors, to: "out") }
    #expect(error.kind == .unsupported && error.field.hasSuffix(".bias"))
    #expect(try folder.export(strange, as: .gguf, to: "copy.gguf").bytes() == strange.bytes())
  }
}
