import Formats
import Foundation
import Testing

/// Writes files for `Tools/check_formats.py`, which reads them with other programs.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["EVOLCANO_FORMATS_OUTPUT"] != nil,
    "Tools/check_formats.py asks for these files"))
struct InteroperationTests {
  private let folder = ProcessInfo.processInfo.environment["EVOLCANO_FORMATS_OUTPUT"] ?? ""
  /// Small whole numbers, which every plain type holds: element i of tensor t is i - 2 t.
  private let plain = [
    TensorDeclaration(name: "half", type: .f16, shape: [3]),
    TensorDeclaration(name: "single", type: .f32, shape: [2, 3]),
    TensorDeclaration(name: "brain", type: .bf16, shape: [5, 1]),
  ]

  private func bytes(_ place: Int) -> [UInt8] {
    let tensor = plain[place]
    let floats = (0..<tensor.shape.reduce(1, *)).map { Float($0 - 2 * place) }
    var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
    bytes.withUnsafeMutableBytes { output in
      floats.withUnsafeBufferPointer { Transcode.encode($0, as: tensor.type, into: output) }
    }
    return bytes
  }

  @Test func safetensors() throws {
    var writer = try SafetensorsWriter(
      path: folder + "/plain.safetensors", tensors: plain, metadata: ["format": "pt", "note": "▁ \"quoted\"\n"])
    for place in plain.indices { try bytes(place).withUnsafeBytes { try writer.append($0) } }
    try writer.finish()
  }

  @Test func shards() throws {
    let output = try AtomicFolder(path: folder + "/shards", replacing: true)
    var writer = try SafetensorsFolderWriter(folder: output.temporaryPath, tensors: plain, shardByteCount: 30)
    for place in plain.indices { try bytes(place).withUnsafeBytes { try writer.append($0) } }
    try writer.finish()
    try output.commit()
  }

  @Test func gguf() throws {
    let metadata: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string("llama")), ("general.alignment", .uint32(64)),
      ("llama.block_count", .uint32(5)), ("llama.rope.freq_base", .float32(10_000)), ("test.i64", .int64(.min)),
      ("test.u64", .uint64(.max)), ("test.f64", .float64(0.1)), ("test.yes", .bool(true)),
      ("tokenizer.ggml.tokens", .array(.string(["<s>", "▁a", ""]))),
      ("tokenizer.ggml.scores", .array(.float32([0, -1.5, 2]))),
      ("tokenizer.ggml.token_type", .array(.int32([3, 1, 1]))), ("test.flags", .array(.bool([true, false]))),
    ]
    // Blocks of Q8_0: the scale 1 as a half, then the quants 0...31.
    let blocks = (0..<2).flatMap { _ in [0x00, 0x3C] + [UInt8](0..<32) }
    let quantized = TensorDeclaration(name: "quantized", type: .q8_0, shape: [2, 32])
    var writer = try GGUFWriter(path: folder + "/model.gguf", metadata: metadata, tensors: plain + [quantized])
    for place in plain.indices { try bytes(place).withUnsafeBytes { try writer.append($0) } }
    try blocks.withUnsafeBytes { try writer.append($0) }
    try writer.finish()
  }
}
