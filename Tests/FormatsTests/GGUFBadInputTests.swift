import Formats
import Testing

@Suite struct GGUFBadInputTests {
  @Test func everyTruncationIsRefused() throws {
    let bytes = GGUFBytes.sample.bytes
    for count in 0..<bytes.count {
      let error = try refusal("cut at \(count)") {
        try GGUF(ByteSource(bytes: Array(bytes[..<count]), name: "t.gguf"))
      }
      #expect(!error.field.isEmpty && error.offset != nil)
    }
  }

  @Test func everyByteMayBeWrong() throws {
    // The header's fields one after another get values that no file can have; a typed error or other values follow.
    let bytes = GGUFBytes.sample.bytes
    for place in 0..<GGUFBytes.sample.header.count {
      for value in [0x00, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = bytes
        changed[place] = value
        let source = ByteSource(bytes: changed, name: "t.gguf")
        do { _ = try GGUF(source) } catch { #expect(error.file == "t.gguf" && error.offset != nil) }
      }
    }
  }

  @Test(arguments: [0, 1, 4, 0x0300_0000, .max] as [UInt32])
  func otherVersionsAreRefused(version: UInt32) throws {
    var file = GGUFBytes.sample
    file.version = version
    let error = try refusal { try file.open() }
    #expect(error.kind == .unsupported && error.offset == 4)
    if version == 0x0300_0000 { #expect(error.problem.contains("big-endian")) }
  }

  static let hugeCounts: [UInt64] = [
    1000, 1 << 31, 1 << 32, 1 << 60, (1 << 61) + 1, 1 << 62, 1 << 63, .max, UInt64.max / 8, UInt64.max / 32 + 1,
  ]

  @Test(arguments: hugeCounts)
  func hugeCountsAreRefused(count: UInt64) throws {
    var tensors = GGUFBytes.sample
    tensors.tensorCount = count
    let error = try refusal { try tensors.open() }
    #expect(error.field == "tensor_count" && error.offset == 8)
    var entries = GGUFBytes.sample
    entries.entryCount = count
    #expect(try refusal { try entries.open() }.field == "metadata_kv_count")
  }

  /// Counts that the file's size would justify and no model has.
  @Test func manyEntriesAreRefused() throws {
    for (tensors, entries) in [(0, 65_537), (131_073, 0)] as [(UInt64, UInt64)] {
      var file = GGUFBytes()
      file.tensorCount = tensors
      file.entryCount = entries
      file.data = [UInt8](repeating: 0, count: 5_000_000)
      #expect(try refusal { try file.open() }.kind == .limit)
    }
  }

  @Test(arguments: hugeCounts)
  func hugeLengthsAreRefused(length: UInt64) throws {
    for type in 0..<UInt32(13) {
      var file = GGUFBytes()
      file.entry("list", type: 9) {
        $0.append(number: type)
        $0.append(number: length)
      }
      let error = try refusal("array of type \(type)") { try file.open() }
      #expect(error.field == "list" && error.offset == 24 + 8 + 4 + 4 + 4)
    }
    var text = GGUFBytes()
    text.entry("text", type: 8) { $0.append(number: length) }
    #expect(try refusal { try text.open() }.field == "text")
    var key = GGUFBytes()
    key.entries = [[UInt8](repeating: 0, count: 14)]
    key.entries[0].replaceSubrange(0..<8, with: withUnsafeBytes(of: length.littleEndian) { Array($0) })
    #expect(try refusal { try key.open() }.field == "metadata key 0")
  }

  @Test func elementsAreNamed() throws {
    var file = GGUFBytes()
    file.entry("tokens", type: 9) {
      $0.append(number: UInt32(8))
      $0.append(number: UInt64(2))
      $0.append(text: "good")
      $0.append(number: UInt64(1))
      $0.append(0xFF)
    }
    let error = try refusal { try file.open() }
    #expect(error.field == "tokens[1]" && error.offset == 24 + 14 + 4 + 12 + 12 && error.problem.contains("UTF-8"))
  }

  @Test func badMetadataIsRefused() throws {
    var twice = GGUFBytes()
    for _ in 0..<2 { twice.entry("same", type: 0) { $0.append(1) } }
    #expect(try refusal { try twice.open() }.field == "same")
    var type = GGUFBytes()
    type.entry("key", type: 13) { $0.append(number: UInt64(0)) }
    #expect(try refusal { try type.open() }.problem.contains("13"))
    var flag = GGUFBytes()
    flag.entry("key", type: 7) { $0.append(2) }
    #expect(try refusal { try flag.open() }.kind == .malformed)
    var flags = GGUFBytes()
    flags.entry("key", type: 9) {
      $0.append(number: UInt32(7))
      $0.append(number: UInt64(3))
      $0.append(contentsOf: [0, 1, 2])
    }
    #expect(try refusal { try flags.open() }.offset == 24 + 11 + 4 + 12 + 2)
    var key = GGUFBytes()
    key.entry(String(repeating: "k", count: 65_536), type: 0) { $0.append(1) }
    #expect(try refusal { try key.open() }.kind == .limit)
  }

  @Test func deepArraysAreRefused() throws {
    for depth in [4, 5, 100_000] {
      var file = GGUFBytes()
      file.entry("deep", type: 9) {
        for _ in 1..<depth {
          $0.append(number: UInt32(9))
          $0.append(number: UInt64(1))
        }
        $0.append(number: UInt32(0))
        $0.append(number: UInt64(0))
      }
      if depth <= 4 { _ = try file.open() } else { #expect(try refusal { try file.open() }.kind == .limit) }
    }
  }

  @Test(arguments: [0, 3, 24, 1 << 40] as [UInt64])
  func badAlignmentsAreRefused(alignment: UInt64) throws {
    var file = GGUFBytes()
    file.entry("general.alignment", type: 10) { $0.append(number: alignment) }
    #expect(try refusal { try file.open() }.field == "general.alignment")
    var text = GGUFBytes()
    text.entry("general.alignment", type: 8) { $0.append(text: "32") }
    #expect(try refusal { try text.open() }.kind == .wrongType)
  }
}

@Suite struct GGUFBadTensorTests {
  private func open(
    _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, name: String = "t", data: Int = 4096
  ) throws -> GGUF {
    var file = GGUFBytes()
    file.tensor(name, dimensions, type: type, offset: offset)
    file.data = [UInt8](repeating: 0, count: data)
    return try file.open()
  }

  @Test func whatFitsIsFound() throws {
    #expect(try open([1024]).tensors[0].byteCount == 4096)
    #expect(try open([32, 2], type: 8, offset: 32).tensors[0].byteCount == 68)
    #expect(try open([1, 1, 1, 1]).tensors[0].shape == [1, 1, 1, 1])
    #expect(try open([1], name: String(repeating: "n", count: 64)).tensors.count == 1)
  }

  static let badShapes: [[UInt64]] = [
    [], [1, 1, 1, 1, 1], [0], [4, 0], [1 << 63], [.max], [1 << 62], [1 << 62, 4], [1 << 32, 1 << 32],
    [1 << 32, 1 << 31, 2], [(1 << 61) + 1], [(1 << 62) + 1], [1025], [3, 1 << 60],
  ]

  @Test(arguments: badShapes)
  func badShapesAreRefused(dimensions: [UInt64]) throws {
    for type in [0, 1, 30] as [UInt32] where dimensions != [1025] || type == 0 {
      let error = try refusal { try open(dimensions, type: type) }
      #expect(error.field == "t" && (error.offset ?? 0) >= 24)
    }
  }

  @Test(arguments: [2, 8, 12, 14] as [UInt32])
  func rowsAreWholeBlocks(type: UInt32) throws {
    #expect(try refusal { try open([33], type: type) }.kind == .malformed)
    #expect(try refusal { try open([16, 2], type: type) }.kind == .malformed)
    #expect(try open([256], type: type).tensors[0].elementType().isQuantized)
    #expect(try refusal { try open([1 << 62], type: type) }.kind == .truncated)
    #expect(try refusal { try open([1 << 62, 3], type: type) }.kind == .malformed)
  }

  @Test(arguments: [1, 31, 4096, 1 << 32, 1 << 62, 1 << 63, UInt64.max - 31] as [UInt64])
  func badOffsetsAreRefused(offset: UInt64) throws {
    #expect(try refusal { try open([1], offset: offset) }.field == "t")
  }

  @Test func badNamesAreRefused() throws {
    #expect(try refusal { try open([1], name: String(repeating: "n", count: 65)) }.kind == .limit)
    var file = GGUFBytes.sample
    file.tensor("a.weight", [1], offset: 96)
    #expect(try refusal { try file.open() }.field == "a.weight")
  }

  @Test(arguments: [(0, 0), (0, 32), (32, 0), (64, 32)] as [(UInt64, UInt64)])
  func overlapsAreRefused(first: UInt64, second: UInt64) throws {
    var file = GGUFBytes()
    file.tensor("first", [16], offset: first)
    file.tensor("second", [16], offset: second)
    file.data = [UInt8](repeating: 0, count: 4096)
    #expect(try refusal { try file.open() }.problem.contains("lies over"))
  }

  @Test func otherTypesAreRefusedWhenAskedFor() throws {
    for (type, name) in [(3, "Q4_1"), (10, "Q2_K"), (23, "IQ4_XS"), (28, "F64"), (999, "999")] as [(UInt32, String)] {
      let tensor = try open([256], type: type).tensors[0]
      let uses: [() throws -> Void] = [
        { _ = try tensor.elementType() }, { _ = try tensor.stream() }, { _ = try tensor.floats() },
      ]
      for refused in uses {
        let error = try refusal { try refused() }
        #expect(error.kind == .unsupported && error.problem.contains(name) && error.field == "t")
      }
    }
    #expect(try refusal { try open([256], type: 8).tensors[0].floats() }.kind == .wrongType)
  }
}
