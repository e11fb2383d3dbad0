import Formats
import Foundation
import Testing

@testable import LanguageModel

/// Adapters merged into what is exported.
@Suite struct MergedAdapterTests {
  private let folder: ExportFolder

  init() throws { folder = try ExportFolder() }

  private static func adapter(_ name: String) throws -> Adapter {
    try Adapter(path: ModelFixture.folder.appending(path: name).path(percentEncoded: false))
  }

  /// What W + scale · B · A is, in Double, for every parameter that the adapter in the folder updates.
  private func merged(_ source: ModelSource, _ path: String) throws -> [String: [Double]] {
    let config = try JSONField(path: path + "/adapter_config.json")
    let rank = try config["r"].integer()
    let isStabilized = try config["use_rslora"].ifPresent?.bool() ?? false
    let scale = try config["lora_alpha"].number() / (isStabilized ? Double(rank).squareRoot() : Double(rank))
    let file = try Safetensors(path: path + "/adapter_model.safetensors")
    var result: [String: [Double]] = [:]
    for (name, weights) in try source.floats() {
      let stem = "base_model.model." + name.replacing(".weight", with: "")
      guard let down = file.tensors[stem + ".lora_A.weight"] else { continue }
      let (a, b) = (try down.floats(), try file.tensors.tensor(stem + ".lora_B.weight").floats())
      let columns = down.columns
      result[name] = weights.indices.map { place in
        let (row, column) = (place / columns, place % columns)
        let sum = (0..<rank).reduce(0.0) { $0 + Double(b[row * rank + $1]) * Double(a[$1 * columns + column]) }
        return Double(weights[place]) + scale * sum
      }
    }
    return result
  }

  @Test(arguments: ["llama2-adapter", "llama2-adapter-rslora"], ExportPlan.Format.allCases)
  func theUpdateIsAdded(name: String, format: ExportPlan.Format) throws {
    let source = try ExportFolder.source("llama2")
    let wanted = try merged(source, Self.adapter(name).path)
    #expect(!wanted.isEmpty)
    let written = try folder.export(source, adapter: Self.adapter(name), as: format, to: "merged")
    let (before, after) = (try source.floats(), try written.floats())
    for (parameter, values) in after {
      if let wanted = wanted[parameter] {
        // Sums of r products in Float.
        #expect(zip(values, wanted).allSatisfy { abs(Double($0) - $1) <= 1e-6 * max(abs($1), 0.1) }, "\(parameter)")
        #expect(values != before[parameter], "\(parameter)")
      } else {
        #expect(values == before[parameter], "\(parameter)")
      }
    }
  }

  @Test(arguments: ["llama2-q8_0", "llama256-q4_k"]) func anUpdateOfBlocksIsRoundedToBlocksAgain(name: String) throws {
    let source = try ExportFolder.source("gguf/\(name).gguf")
    let path = try writeAdapter(for: source)
    let wanted = try merged(source, path)
    let written = try folder.export(source, adapter: try Adapter(path: path), as: .gguf, to: "merged.gguf")
    #expect(try written.types() == source.types())
    let (before, after) = (try source.bytes(), try written.bytes())
    for (parameter, values) in wanted {
      let type = try #require(source.types()[parameter])
      var blocks = [UInt8](repeating: 0, count: values.count / type.blockElements * type.blockBytes)
      values.map { Float($0) }.withUnsafeBufferPointer { floats in
        blocks.withUnsafeMutableBytes { BlockQuantizer.quantize(floats, as: type, into: $0) }
      }
      #expect(after[parameter] == blocks && after[parameter] != before[parameter], "\(parameter)")
    }
    for (parameter, bytes) in before where wanted[parameter] == nil { #expect(after[parameter] == bytes) }
  }

  @Test func anAdapterOfAnotherModelIsRefused() throws {
    let error = try #require(throws: FormatError.self) {
      _ = try ExportPlan(
        try ExportFolder.source("llama2-wide"), adapter: Self.adapter("llama2-adapter"), format: .safetensors)
    }
    #expect(error.problem.contains("another model"))
  }

  /// An adapter of rank 2 that updates queries. α is twice the rank: the scale is exact.
  private func writeAdapter(for source: ModelSource) throws -> String {
    let path = folder["adapter"]
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try AtomicFile.write(#"{"peft_type": "LORA", "r": 2, "lora_alpha": 4}"#, to: path + "/adapter_config.json")
    var shape = source.configuration.shape
    shape.lora = LoRA(rank: 2, alpha: 4, targets: ["q_proj"])
    let tensors = shape.loraParameters.map {
      TensorDeclaration(name: "base_model.model." + $0.name, type: .f32, shape: $0.shape)
    }
    var writer = try SafetensorsWriter(path: path + "/adapter_model.safetensors", tensors: tensors)
    for tensor in tensors {
      let values = (0..<tensor.byteCount / 4).map { (place: Int) -> Float in
        let number: Int = (place * 37 + 11) % 101 - 50
        return Float(number) / 400
      }
      try values.withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    return path
  }
}
