import Formats
import Testing

/// A GGUF file put together by hand, so that any part of it can be wrong.
struct GGUFBytes {
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var entryCount: UInt64?
  var entries: [[UInt8]] = []
  var tensors: [[UInt8]] = []
  var data: [UInt8] = []
  var alignment = 32

  mutating func entry(_ key: String, type: UInt32, _ value: (inout [UInt8]) -> Void) {
    var bytes: [UInt8] = []
    bytes.append(text: key)
    bytes.append(number: type)
    value(&bytes)
    entries.append(bytes)
  }

  mutating func tensor(_ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64) {
    var bytes: [UInt8] = []
    bytes.append(text: name)
    bytes.append(number: UInt32(dimensions.count))
    for dimension in dimensions { bytes.append(number: dimension) }
    bytes.append(number: type)
    bytes.append(number: offset)
    tensors.append(bytes)
  }

  /// The header alone.
  var header: [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.append(number: version)
    bytes.append(number: tensorCount ?? UInt64(tensors.count))
    bytes.append(number: entryCount ?? UInt64(entries.count))
    return bytes + entries.flatMap { $0 } + tensors.flatMap { $0 }
  }

  var bytes: [UInt8] {
    let header = header
    return header + [UInt8](repeating: 0, count: (alignment - header.count % alignment) % alignment) + data
  }

  func open() throws -> GGUF { try GGUF(ByteSource(bytes: bytes, name: "t.gguf")) }

  /// Metadata of every type and two tensors.
  static var sample: GGUFBytes {
    var file = GGUFBytes()
    file.entry("general.architecture", type: 8) { $0.append(text: "llama") }
    file.entry("u8", type: 0) { $0.append(200) }
    file.entry("i8", type: 1) { $0.append(number: Int8(-5)) }
    file.entry("u16", type: 2) { $0.append(number: UInt16(60_000)) }
    file.entry("i16", type: 3) { $0.append(number: Int16(-6)) }
    file.entry("u32", type: 4) { $0.append(number: UInt32(4_000_000_000)) }
    file.entry("i32", type: 5) { $0.append(number: Int32(-7)) }
    file.entry("f32", type: 6) { $0.append(number: Float(1e-5).bitPattern) }
    file.entry("bool", type: 7) { $0.append(1) }
    file.entry("u64", type: 10) { $0.append(number: UInt64.max) }
    file.entry("i64", type: 11) { $0.append(number: Int64.min) }
    file.entry("f64", type: 12) { $0.append(number: 0.1.bitPattern) }
    file.entry("strings", type: 9) {
      $0.append(number: UInt32(8))
      $0.append(number: UInt64(2))
      $0.append(text: "▁a")
      $0.append(text: "")
    }
    file.entry("floats", type: 9) {
      $0.append(number: UInt32(6))
      $0.append(number: UInt64(2))
      $0.append(number: Float(-1.5).bitPattern)
      $0.append(number: Float(2).bitPattern)
    }
    file.entry("nested", type: 9) {
      $0.append(number: UInt32(9))
      $0.append(number: UInt64(1))
      $0.append(number: UInt32(7))
      $0.append(number: UInt64(2))
      $0.append(contentsOf: [1, 0])
    }
    file.tensor("a.weight", [3, 2], offset: 0)
    file.tensor("b.weight", [64], type: 8, offset: 32)
    file.data = (0..<100).map { UInt8($0) }
    return file
  }
}

@Suite struct GGUFTests {
  @Test(arguments: [2, 3] as [UInt32])
  func everythingIsRead(version: UInt32) throws {
    var sample = GGUFBytes.sample
    sample.version = version
    let file = try sample.open()
    let metadata = file.metadata
    #expect(file.version == version)
    #expect(metadata.entries.count == 15)
    #expect(try metadata["general.architecture"].string() == "llama")
    let integers = try ["u8", "i8", "u16", "i16", "u32", "i32", "i64"].map { try metadata[$0].integer() }
    #expect(integers == [200, -5, 60_000, -6, 4_000_000_000, -7, .min])
    #expect(metadata["u64"].value == .uint64(.max))
    #expect(try metadata["f32"].number() == Double(Float(1e-5)))
    #expect(try metadata["f64"].number() == 0.1)
    #expect(try metadata["u8"].number() == 200)
    #expect(try metadata["bool"].bool())
    #expect(try metadata["strings"].strings() == ["▁a", ""])
    #expect(try metadata["floats"].floats() == [-1.5, 2])
    #expect(metadata["nested"].value == .array(.array([.bool([true, false])])))
    #expect(metadata["absent"].ifPresent == nil)
    #expect(try refusal { try metadata["absent"].string() }.kind == .missing)
    #expect(try refusal { try metadata["u64"].integer() }.kind == .wrongType)
    #expect(try refusal { try metadata["strings"].integers() }.description.contains("found an array of string"))
  }

  @Test func tensorsAreFound() throws {
    let bytes = GGUFBytes.sample.bytes
    let file = try GGUFBytes.sample.open()
    let start = bytes.count - 100
    let first = try file.tensors.tensor("a.weight")
    #expect(first.shape == [2, 3] && first.rows == 2 && first.columns == 3 && first.range == start..<(start + 24))
    let second = try file.tensors.tensor("b.weight")
    #expect(try second.elementType() == .q8_0 && second.range == (start + 32)..<(start + 100))
    #expect(try refusal { try file.tensors.tensor("c") }.kind == .missing)
    var stream = try first.stream(rows: 1..<2)
    var row = [UInt8](repeating: 0, count: 5)
    var pieces: [[UInt8]] = []
    while case let count = try row.withUnsafeMutableBytes({ try stream.next(into: $0) }), count > 0 {
      pieces.append(Array(row[..<count]))
    }
    #expect(pieces.map(\.count) == [5, 5, 2] && pieces.flatMap { $0 } == (12..<24).map { UInt8($0) })
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.absence),
    arguments: [("gpt-2", 50_257), ("llama-bpe", 128_256), ("llama-spm", 32_000), ("qwen2", 151_936)])
  func realVocabularies(name: String, tokens: Int) throws {
    let file = try GGUF(path: Shared.path("vocabularies/ggml-vocab-\(name).gguf"))
    #expect(try file.metadata["tokenizer.ggml.tokens"].strings().count == tokens)
    #expect(try file.metadata["tokenizer.ggml.token_type"].integers().count == tokens)
    #expect(file.tensors.isEmpty)
  }
}
