import Formats
import Testing

/// What the tests write: three tensors of different types, and bytes that tell their places.
private enum Sample {
  static let plain = [
    TensorDeclaration(name: "half", type: .f16, shape: [3]),
    TensorDeclaration(name: "single", type: .f32, shape: [2, 3]),
    TensorDeclaration(name: "brain", type: .bf16, shape: [5, 1]),
    TensorDeclaration(name: "scalar", type: .f32, shape: []),
  ]

  static func bytes(_ tensors: [TensorDeclaration]) -> [[UInt8]] {
    tensors.enumerated().map { place, tensor in
      (0..<tensor.byteCount).map { UInt8(truncatingIfNeeded: $0 * 7 + place * 50) }
    }
  }

  static func read(_ tensor: StoredTensor) throws -> [UInt8] {
    try tensor.source.read(at: tensor.offset, count: tensor.byteCount)
  }
}

@Suite struct SafetensorsWriterTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func write(pieces: Int) throws -> [UInt8] {
    let path = folder.file("model.safetensors")
    var writer = try SafetensorsWriter(
      path: path, tensors: Sample.plain, metadata: ["format": "pt", "a": "quoted \"text\"\n"])
    let all = Sample.bytes(Sample.plain).flatMap { $0 }
    for start in stride(from: 0, to: all.count, by: pieces) {
      try all[start..<min(start + pieces, all.count)].withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    return try ByteSource(path: path).readAll(limit: 1 << 20)
  }

  @Test func whatIsWrittenIsRead() throws {
    _ = try write(pieces: 5)
    let file = try Safetensors(folder: folder.path)
    #expect(file.metadata == ["format": "pt", "a": "quoted \"text\"\n"])
    for (declaration, bytes) in zip(Sample.plain, Sample.bytes(Sample.plain)) {
      let tensor = try file.tensors.tensor(declaration.name)
      #expect(tensor.shape == declaration.shape)
      #expect(try tensor.elementType() == declaration.type)
      #expect(try Sample.read(tensor) == bytes)
      #expect(tensor.offset.isMultiple(of: declaration.type.blockBytes))
    }
    #expect(folder.names == ["model.safetensors"])
  }

  @Test func piecesDoNotChangeTheBytes() throws {
    #expect(try write(pieces: 1) == write(pieces: 1000))
  }

  @Test func quantizedTypesAreRefusedByName() throws {
    let tensors = [TensorDeclaration(name: "q", type: .q8_0, shape: [32])]
    let error = try refusal { try SafetensorsWriter(path: folder.file("x"), tensors: tensors).finish() }
    #expect(error.kind == .unsupported && error.problem.contains("Q8_0"))
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [1, 24, 34, 1000], [3, 1000])
  func shards(shardByteCount: Int, pieces: Int) throws {
    var writer = try SafetensorsFolderWriter(
      folder: folder.path, tensors: Sample.plain, shardByteCount: shardByteCount)
    let all = Sample.bytes(Sample.plain).flatMap { $0 }
    for start in stride(from: 0, to: all.count, by: pieces) {
      try all[start..<min(start + pieces, all.count)].withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    // 6, 24, 10 and 4 bytes, filled in order.
    let shards = [1: 4, 24: 3, 34: 2, 1000: 1][shardByteCount]!
    #expect(folder.names.count == (shards == 1 ? 1 : shards + 1))
    if shards == 3 { #expect(folder.names.first == "model-00001-of-00003.safetensors") }
    let model = try Safetensors(folder: folder.path)
    #expect(model.metadata == ["format": "pt"] && model.tensors.count == 4)
    for (declaration, bytes) in zip(Sample.plain, Sample.bytes(Sample.plain)) {
      #expect(try Sample.read(try model.tensors.tensor(declaration.name)) == bytes)
    }
  }

  @Test func noTensorsAtAll() throws {
    try SafetensorsFolderWriter(folder: folder.path, tensors: []).finish()
    #expect(try Safetensors(folder: folder.path).tensors.isEmpty)
  }
}

@Suite struct GGUFWriterTests {
  private static let metadata: [(key: String, value: GGUFValue)] = [
    ("general.architecture", .string("llama")), ("u8", .uint8(1)), ("i8", .int8(-1)), ("u16", .uint16(2)),
    ("i16", .int16(-2)), ("u32", .uint32(3)), ("i32", .int32(-3)), ("u64", .uint64(.max)), ("i64", .int64(.min)),
    ("f32", .float32(0.1)), ("f64", .float64(0.1)), ("yes", .bool(true)), ("text", .string("▁世界\n")),
    ("a.u8", .array(.uint8([1, 2]))), ("a.i8", .array(.int8([-1]))), ("a.u16", .array(.uint16([5]))),
    ("a.i16", .array(.int16([-5]))), ("a.u32", .array(.uint32([6]))), ("a.i32", .array(.int32([-6, 0]))),
    ("a.u64", .array(.uint64([7]))), ("a.i64", .array(.int64([-7]))), ("a.f32", .array(.float32([0.5, -1]))),
    ("a.f64", .array(.float64([0.25]))), ("a.bool", .array(.bool([true, false]))),
    ("a.text", .array(.string(["", "x", "▁"]))), ("a.a", .array(.array([.int32([1]), .string([])]))),
    ("empty", .array(.string([]))),
  ]
  private static let tensors = [
    TensorDeclaration(name: "f32", type: .f32, shape: [3]), TensorDeclaration(name: "f16", type: .f16, shape: [2, 5]),
    TensorDeclaration(name: "bf16", type: .bf16, shape: [1]),
    TensorDeclaration(name: "q8", type: .q8_0, shape: [2, 32]),
    TensorDeclaration(name: "q4", type: .q4_0, shape: [64]),
    TensorDeclaration(name: "q4k", type: .q4_K, shape: [2, 2, 256]),
    TensorDeclaration(name: "q6k", type: .q6_K, shape: [256]),
  ]
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(arguments: [nil, 8, 64, 4096])
  func whatIsWrittenIsRead(alignment: Int?) throws {
    let path = folder.file("model.gguf")
    let extra = alignment.map { [(key: "general.alignment", value: GGUFValue.uint32(UInt32($0)))] } ?? []
    let bytes = Sample.bytes(Self.tensors)
    var writer = try GGUFWriter(path: path, metadata: Self.metadata + extra, tensors: Self.tensors)
    for piece in bytes { try piece.withUnsafeBytes { try writer.append($0) } }
    try writer.finish()
    let file = try GGUF(path: path)
    #expect(file.version == 3 && file.alignment == alignment ?? 32)
    #expect(file.metadata.entries.count == Self.metadata.count + extra.count)
    for (key, value) in Self.metadata { #expect(file.metadata[key].value == value, "\(key)") }
    #expect(file.tensors.map(\.name) == Self.tensors.map(\.name))
    for (declaration, bytes) in zip(Self.tensors, bytes) {
      let tensor = try file.tensors.tensor(declaration.name)
      #expect(tensor.shape == declaration.shape && tensor.offset.isMultiple(of: file.alignment))
      #expect(try tensor.elementType() == declaration.type)
      #expect(try Sample.read(tensor) == bytes)
    }
    #expect(file.source.byteCount.isMultiple(of: file.alignment))
    #expect(folder.names == ["model.gguf"])
  }

  @Test func metadataAlone() throws {
    let path = folder.file("vocabulary.gguf")
    try GGUFWriter(path: path, metadata: Self.metadata, tensors: []).finish()
    #expect(try GGUF(path: path).metadata.entries.count == Self.metadata.count)
  }

  @Test func whatTheFormatCannotHoldIsRefused() throws {
    let path = folder.file("x.gguf")
    let long = TensorDeclaration(name: String(repeating: "n", count: 64), type: .f32, shape: [1])
    #expect(try refusal { try GGUFWriter(path: path, metadata: [], tensors: [long]).finish() }.kind == .limit)
    let deep = TensorDeclaration(name: "deep", type: .f32, shape: [1, 1, 1, 1, 1])
    #expect(try refusal { try GGUFWriter(path: path, metadata: [], tensors: [deep]).finish() }.kind == .limit)
    let key = String(repeating: "k", count: 65_536)
    #expect(
      try refusal { try GGUFWriter(path: path, metadata: [(key, .bool(true))], tensors: []).finish() }.kind == .limit)
    #expect(folder.names.isEmpty)
  }
}
