import Formats
import Foundation
import Testing

/// A safetensors file put together by hand, so that any part of it can be wrong.
func safetensorsBytes(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.append(number: length ?? UInt64(header.utf8.count))
  return bytes + Array(header.utf8) + data
}

@Suite struct SafetensorsTests {
  private func open(_ header: String, data: [UInt8] = [], length: UInt64? = nil) throws -> Safetensors {
    try Safetensors(ByteSource(bytes: safetensorsBytes(header, data: data, length: length), name: "t.safetensors"))
  }

  private static let data = [UInt8](0..<16)
  private static let good = """
    {"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,2],"data_offsets":[4,12]},\
    "a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"c":{"dtype":"I8","shape":[4],"data_offsets":[12,16]}}
    """

  @Test func everythingIsFound() throws {
    let file = try open(Self.good, data: Self.data)
    let start = 8 + Self.good.utf8.count
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors.map(\.name) == ["a", "b", "c"])
    let tensor = try file.tensors.tensor("b")
    #expect(tensor.shape == [2, 2] && tensor.range == (start + 4)..<(start + 12))
    #expect(try tensor.elementType() == .f16)
    let scalar = try file.tensors.tensor("a")
    #expect(scalar.shape == [] && scalar.rows == 1 && scalar.columns == 1 && scalar.elementCount == 1)
    let error = try refusal { try file.tensors.tensor("c").stream() }
    #expect(error.kind == .unsupported && error.field == "c" && error.problem.contains("I8"))
    #expect(try refusal { try file.tensors.tensor("d") }.kind == .missing)
  }

  @Test func nothingButAHeader() throws {
    #expect(try open("{}").tensors.isEmpty)
    #expect(try open("{}   ").tensors.isEmpty)
  }

  @Test(arguments: [
    // Offsets: holes, overlaps, ends before the file's end, beyond it, backwards, not numbers.
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16,32]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":["0","16"]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,9223372036854775807]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,18446744073709551632]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#,
    #"{}"#,
    // Shapes: 0, negative, 2^63, products beyond 2^64, not the bytes' number, not numbers.
    #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,2,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2305843009213693956],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F4","shape":[31],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[4.5],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":4,"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[[4]],"data_offsets":[0,16]}}"#,
    // Members: missing, of another type, twice.
    #"{"a":{"shape":[4],"data_offsets":[0,16]}}"#, #"{"a":{"dtype":"F32","data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[4]}}"#, #"{"a":{"dtype":7,"shape":[4],"data_offsets":[0,16]}}"#, #"{"a":[]}"#,
    #"{"__metadata__":{"format":1}}"#, #"{"__metadata__":"pt"}"#,
    #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","dtype":"F16","shape":[4],"data_offsets":[0,16]}}"#,
    // No JSON object.
    "[]", " {}", "{", "", "x", "{}x", "{\"a\":\u{1}}", "{\"a\":[[[[[[[[[[]]]]]]]]]]}",
  ])
  func badHeadersAreRefused(header: String) throws {
    let error = try refusal { try open(header, data: Self.data) }
    #expect(error.file == "t.safetensors" && error.offset != nil)
    #expect(!error.field.isEmpty || error.kind == .malformed || error.kind == .truncated)
  }

  @Test(arguments: [
    17, 100_000_000, 100_000_001, 1 << 32, UInt64(Int.max), UInt64(Int.max) - 7, UInt64.max, UInt64.max - 7,
  ])
  func lyingLengthsAreRefused(length: UInt64) throws {
    let error = try refusal { try open("{}", length: length) }
    #expect(error.field.hasPrefix("header"))
  }

  @Test func errorsNameThePlace() throws {
    let header =
      #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":"2","data_offsets":[8,16]}}"#
    let error = try refusal { try open(header, data: Self.data) }
    #expect(error.description == "t.safetensors: y.shape (byte 62): expected an array, found a string")
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = safetensorsBytes(Self.good, data: Self.data)
    for count in 0..<bytes.count {
      _ = try refusal("cut at \(count)") {
        try Safetensors(ByteSource(bytes: Array(bytes[..<count]), name: "t.safetensors"))
      }
    }
  }

  @Test(.enabled(if: Shared.isPresent, Shared.absence))
  func realModel() throws {
    let file = try Safetensors(folder: Shared.path("stories260K"))
    let embedding = try file.tensors.tensor("model.embed_tokens.weight")
    #expect(embedding.shape == [512, 64])
    #expect(file.tensors.count == 1 + 5 * 9 + 1)
    let floats = try embedding.floats()
    #expect(floats.count == 512 * 64 && floats.allSatisfy { $0.isFinite && abs($0) < 10 })
  }
}

@Suite struct ShardTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    for name in ["one", "two"] {
      let header = #"{"NAME":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.replacing("NAME", with: name)
      _ = try folder.write("\(name).safetensors", safetensorsBytes(header, data: [0, 0, 0x80, 0x3F]))
    }
  }

  private func open(_ index: String) throws -> Safetensors {
    _ = try folder.write("model.safetensors.index.json", Array(index.utf8))
    return try Safetensors(folder: folder.path)
  }

  @Test func shardsAreJoined() throws {
    let model = try open(#"{"metadata":{},"weight_map":{"two":"two.safetensors","one":"one.safetensors"}}"#)
    #expect(model.tensors.map(\.name) == ["two", "one"])
    #expect(try model.tensors.tensor("two").floats() == [1])
    #expect(try model.tensors.tensor("two").source.name == folder.file("two.safetensors"))
  }

  @Test(arguments: [
    "../one.safetensors", "/etc/passwd", "sub/one.safetensors", "..", ".", "", ".hidden", "a\\\\b", "one\\u0000",
    "C:one",
  ])
  func shardsStayInTheirFolder(name: String) throws {
    let error = try refusal { try open(#"{"weight_map":{"one":"NAME"}}"#.replacing("NAME", with: name)) }
    #expect(error.kind == .malformed && error.field == "weight_map.one")
  }

  @Test(arguments: [
    #"{}"#, #"[]"#, #"{"weight_map":[]}"#, #"{"weight_map":{"one":1}}"#,
    #"{"weight_map":{"one":"absent.safetensors"}}"#,
    #"{"weight_map":{"one":"two.safetensors"}}"#,
    #"{"weight_map":{"one":"one.safetensors","one":"two.safetensors"}}"#, "",
  ])
  func badIndicesAreRefused(index: String) throws {
    _ = try refusal { try open(index) }
  }

  @Test func anEmptyFolderSaysWhatItLacks() throws {
    let empty = try ScratchFolder()
    #expect(try refusal { try Safetensors(folder: empty.path) }.kind == .missing)
    #expect(try refusal { try Safetensors(folder: empty.file("absent")) }.kind == .missing)
  }
}

@Suite struct PickleTests {
  @Test(arguments: [
    ("model.safetensors", [0x50, 0x4B, 0x03, 0x04, 0x14, 0, 0, 0, 0, 0] as [UInt8]),
    ("model.gguf", [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20]),
    ("weights", [0x80, 0x04, 0x95, 0x10, 0, 0, 0, 0, 0, 0, 0]), ("model.bin", Array("(dp0\n.".utf8)),
    ("model.pt", []),
  ])
  func picklesAreRefusedWithAdvice(name: String, bytes: [UInt8]) throws {
    for open in [{ _ = try GGUF($0) }, { _ = try Safetensors($0) }, { _ = try ModelMagic($0) }]
      as [(ByteSource) throws -> Void]
    {
      let error = try refusal { try open(ByteSource(bytes: bytes, name: name)) }
      #expect(error.kind == .pickle && error.problem.contains("safetensors"))
    }
  }

  @Test func aFolderOfPicklesIsRefusedWithAdvice() throws {
    let folder = try ScratchFolder()
    _ = try folder.write("pytorch_model.bin", [])
    #expect(try refusal { try Safetensors(folder: folder.path) }.kind == .pickle)
  }

  @Test func headersThatLookLikePicklesAreRead() throws {
    // A header of 0x10280 bytes starts with 0x80 0x02 0x01.
    let header = "{}" + String(repeating: " ", count: 0x10280 - 2)
    let source = ByteSource(bytes: safetensorsBytes(header), name: "t")
    #expect(try Safetensors(source).tensors.isEmpty)
    #expect(try ModelMagic(source) == .safetensors)
  }

  @Test func otherFilesAreNamed() throws {
    #expect(
      try refusal { try ModelMagic(ByteSource(bytes: Array("tjgg1234567".utf8), name: "t")) }.problem.contains("ggjt"))
    #expect(try refusal { try ModelMagic(ByteSource(bytes: [1, 2, 3], name: "t")) }.kind == .unsupported)
    #expect(try ModelMagic(ByteSource(bytes: GGUFBytes.sample.bytes, name: "t")) == .gguf)
  }
}
