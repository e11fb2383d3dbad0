/// Reads a GGUF header from the front to the back.
struct GGUFParser {
  private struct TensorHeader {
    let name: String
    let type: UInt32
    let shape: [Int]
    /// Where the header starts in the file, for errors.
    let place: Int
    /// From the start of the tensor data.
    let dataOffset: UInt64
  }

  /// Arrays inside arrays: the format sets no limit, known files use one level.
  private static let deepestArray = 4
  private var reader: ByteReader

  init(_ source: ByteSource) {
    reader = ByteReader(source)
  }

  // MARK: Header

  mutating func header() throws(FormatError) -> (version: UInt32, tensorCount: Int, metadataCount: Int) {
    try ModelMagic.refuseForeign(reader.source)
    reader.field = "magic"
    guard reader.remaining >= 4 else { throw reader.error(.truncated, "a GGUF file has at least 24 bytes") }
    let magic = try reader.number(UInt32.self)
    guard withUnsafeBytes(of: magic, { $0.elementsEqual(GGUF.magic) }) else {
      throw reader.error(.malformed, at: 0, "is not a GGUF file: it does not start with `GGUF`")
    }
    reader.field = "version"
    let version = try reader.number(UInt32.self)
    guard version == 2 || version == 3 else {
      let swapped = version.byteSwapped == 2 || version.byteSwapped == 3
      throw reader.error(
        .unsupported, at: 4,
        swapped
          ? "the file is big-endian; only little-endian files can be read"
          : "GGUF version \(version); versions 2 and 3 can be read")
    }
    // A tensor takes at least: name length 8, dimension count 4, one dimension 8, type 4, offset 8.
    // An entry at least: key length 8, one byte of key, type 4, one byte of value.
    let tensors = try count("tensor_count", "tensors", ofAtLeast: 32, limit: GGUF.mostTensors)
    let entries = try count("metadata_kv_count", "entries", ofAtLeast: 14, limit: GGUF.mostEntries)
    return (version, tensors, entries)
  }

  private mutating func count(
    _ field: String, _ things: String, ofAtLeast size: Int, limit: Int
  ) throws(FormatError) -> Int {
    reader.field = field
    let place = reader.offset
    let count = try reader.expect(try reader.number(UInt64.self), things, ofAtLeast: size, at: place)
    guard count <= limit else { throw reader.error(.limit, at: place, "\(count) \(things); at most \(limit) are read") }
    return count
  }

  // MARK: Metadata

  mutating func metadata(count: Int) throws(FormatError) -> GGUFMetadata {
    var metadata = GGUFMetadata(file: reader.source.name)
    for index in 0..<count {
      reader.field = "metadata key \(index)"
      let place = reader.offset
      let key = try reader.string(limit: GGUF.longestKey)
      reader.field = printable(key)
      let type = try type()
      let start = reader.offset
      let value = try value(type)
      guard metadata.append(key, value, offset: start) else {
        throw reader.error(.malformed, at: place, "the key stands twice in the file")
      }
    }
    return metadata
  }

  private mutating func type() throws(FormatError) -> GGUFType {
    let place = reader.offset
    let number = try reader.number(UInt32.self)
    guard let type = GGUFType(rawValue: number) else {
      throw reader.error(.malformed, at: place, "value type \(number); types are 0 to \(GGUFType.allCases.count - 1)")
    }
    return type
  }

  private mutating func value(_ type: GGUFType) throws(FormatError) -> GGUFValue {
    switch type {
    case .uint8: return .uint8(try reader.number(UInt8.self))
    case .int8: return .int8(try reader.number(Int8.self))
    case .uint16: return .uint16(try reader.number(UInt16.self))
    case .int16: return .int16(try reader.number(Int16.self))
    case .uint32: return .uint32(try reader.number(UInt32.self))
    case .int32: return .int32(try reader.number(Int32.self))
    case .float32: return .float32(try reader.number(Float.self))
    case .uint64: return .uint64(try reader.number(UInt64.self))
    case .int64: return .int64(try reader.number(Int64.self))
    case .float64: return .float64(try reader.number(Double.self))
    case .string: return .string(try reader.string(limit: .max))
    case .array: return .array(try array(depth: 1))
    case .bool:
      let place = reader.offset
      return .bool(try bool(try reader.number(UInt8.self), at: place))
    }
  }

  private func bool(_ byte: UInt8, at place: Int) throws(FormatError) -> Bool {
    guard byte <= 1 else { throw reader.error(.malformed, at: place, "a boolean is 0 or 1, found \(byte)") }
    return byte == 1
  }

  private mutating func array(depth: Int) throws(FormatError) -> GGUFArray {
    guard depth <= Self.deepestArray else {
      throw reader.error(.limit, "arrays lie more than \(Self.deepestArray) deep in one another")
    }
    let type = try type()
    let place = reader.offset
    let announced = try reader.number(UInt64.self)
    let count = try reader.expect(announced, "elements", ofAtLeast: type.minimumByteCount, at: place)
    switch type {
    case .uint8: return .uint8(try reader.numbers(count, UInt8.self))
    case .int8: return .int8(try reader.numbers(count, Int8.self))
    case .uint16: return .uint16(try reader.numbers(count, UInt16.self))
    case .int16: return .int16(try reader.numbers(count, Int16.self))
    case .uint32: return .uint32(try reader.numbers(count, UInt32.self))
    case .int32: return .int32(try reader.numbers(count, Int32.self))
    case .float32: return .float32(try reader.numbers(count, Float.self))
    case .uint64: return .uint64(try reader.numbers(count, UInt64.self))
    case .int64: return .int64(try reader.numbers(count, Int64.self))
    case .float64: return .float64(try reader.numbers(count, Double.self))
    case .bool: return .bool(try bools(count))
    case .string:
      return .string(
        try elements(count) { (parser) throws(FormatError) in
          try parser.reader.string(limit: .max)
        })
    case .array:
      return .array(
        try elements(count) { (parser) throws(FormatError) in
          try parser.array(depth: depth + 1)
        })
    }
  }

  private mutating func bools(_ count: Int) throws(FormatError) -> [Bool] {
    let place = reader.offset
    var flags: [Bool] = []
    flags.reserveCapacity(count)
    for (index, byte) in try reader.numbers(count, UInt8.self).enumerated() {
      flags.append(try bool(byte, at: place + index))
    }
    return flags
  }

  private mutating func elements<Element>(
    _ count: Int, _ read: (inout GGUFParser) throws(FormatError) -> Element
  ) throws(FormatError) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(count)
    let field = reader.field
    for index in 0..<count {
      do throws(FormatError) {
        elements.append(try read(&self))
      } catch {
        throw FormatError(
          error.kind, file: error.file, field: field + "[\(index)]" + error.field.dropFirst(field.count),
          offset: error.offset, error.problem)
      }
    }
    return elements
  }

  func alignment(_ metadata: GGUFMetadata) throws(FormatError) -> Int {
    let field = metadata[GGUF.alignmentKey]
    guard let value = try field.ifPresent?.integer() else { return GGUF.defaultAlignment }
    guard value > 0, value & (value - 1) == 0, value <= UInt32.max else {
      throw field.error(.malformed, "is \(value); an alignment is a power of two below 2^32")
    }
    return value
  }

  // MARK: Tensors

  mutating func tensors(count: Int, alignment: Int) throws(FormatError) -> [StoredTensor] {
    var headers: [TensorHeader] = []
    headers.reserveCapacity(count)
    var names = Set<String>(minimumCapacity: count)
    for index in 0..<count {
      let header = try tensorHeader(index)
      guard names.insert(header.name).inserted else {
        reader.field = printable(header.name)
        throw reader.error(.malformed, at: header.place, "two tensors have this name")
      }
      headers.append(header)
    }
    // The data starts at the next multiple of the alignment. Below 2^63, so the sum cannot overflow.
    let start = (reader.offset + alignment - 1) / alignment * alignment
    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(count)
    for header in headers { tensors.append(try tensor(header, dataStart: start, alignment: alignment)) }
    try refuseOverlaps(tensors, headers)
    return tensors
  }

  private mutating func tensorHeader(_ index: Int) throws(FormatError) -> TensorHeader {
    reader.field = "tensor \(index)"
    let place = reader.offset
    let name = try reader.string(limit: GGUF.longestTensorName)
    reader.field = printable(name)
    let countPlace = reader.offset
    let dimensions = try reader.number(UInt32.self)
    guard dimensions >= 1, dimensions <= GGUF.mostDimensions else {
      throw reader.error(
        .malformed, at: countPlace, "has \(dimensions) dimensions; 1 to \(GGUF.mostDimensions) are allowed")
    }
    var shape: [Int] = []
    for _ in 0..<dimensions {
      let place = reader.offset
      let dimension = try reader.number(UInt64.self)
      guard dimension >= 1, let size = Int(exactly: dimension) else {
        throw reader.error(.malformed, at: place, "has a dimension of \(dimension); 1 to 2^63 - 1 are allowed")
      }
      shape.insert(size, at: 0)
    }
    let type = try reader.number(UInt32.self)
    let offset = try reader.number(UInt64.self)
    return TensorHeader(name: name, type: type, shape: shape, place: place, dataOffset: offset)
  }

  private mutating func tensor(
    _ header: TensorHeader, dataStart: Int, alignment: Int
  ) throws(FormatError) -> StoredTensor {
    reader.field = printable(header.name)
    guard let elements = elementCount(header.shape) else {
      throw reader.error(.malformed, at: header.place, "the product of the dimensions \(header.shape) is beyond 2^63")
    }
    guard header.dataOffset.isMultiple(of: UInt64(alignment)) else {
      throw reader.error(
        .malformed, at: header.place, "data offset \(header.dataOffset) is no multiple of the alignment \(alignment)")
    }
    let layout = GGMLType.layouts[header.type]
    // Of an unknown type nothing is known but that it needs a byte at least.
    var byteCount = 1
    if let layout {
      guard header.shape.last!.isMultiple(of: layout.blockElements) else {
        throw reader.error(
          .malformed, at: header.place,
          "rows of \(header.shape.last!) elements; \(layout.name) needs multiples of \(layout.blockElements)")
      }
      let (bytes, overflow) = (elements / layout.blockElements).multipliedReportingOverflow(by: layout.blockBytes)
      guard !overflow else {
        throw reader.error(.malformed, at: header.place, "its size in bytes is beyond 2^63")
      }
      byteCount = bytes
    }
    let available = reader.source.byteCount - min(dataStart, reader.source.byteCount)
    guard header.dataOffset <= UInt64(available), byteCount <= available - Int(header.dataOffset) else {
      throw reader.error(
        .truncated, at: header.place,
        "needs \(byteCount) bytes from \(header.dataOffset) on, but the file holds \(available) bytes of tensor data")
    }
    let offset = dataStart + Int(header.dataOffset)
    return StoredTensor(
      name: header.name, typeName: layout?.name ?? "number \(header.type)",
      readableType: layout.flatMap { ElementType(rawValue: $0.name) }, shape: header.shape,
      range: offset..<(offset + byteCount), source: reader.source)
  }

  private mutating func refuseOverlaps(_ tensors: [StoredTensor], _ headers: [TensorHeader]) throws(FormatError) {
    let order = tensors.indices.sorted { tensors[$0].offset < tensors[$1].offset }
    for (first, second) in zip(order, order.dropFirst())
    where tensors[first].range.upperBound > tensors[second].range.lowerBound {
      reader.field = printable(tensors[second].name)
      throw reader.error(
        .malformed, at: headers[second].place, "lies over \(printable(tensors[first].name)) in the file")
    }
  }
}

/// The tensor types of ggml by their number in a file: names and block sizes, also of those that cannot be read.
///
/// Source: the `gguf` package 0.19.0, `GGML_QUANT_SIZES`.
enum GGMLType {
  struct Layout: Sendable {
    let name: String
    let blockElements: Int
    let blockBytes: Int

    init(_ name: String, _ blockElements: Int, _ blockBytes: Int) {
      self.name = name
      self.blockElements = blockElements
      self.blockBytes = blockBytes
    }
  }

  static let layouts: [UInt32: Layout] = [
    0: Layout("F32", 1, 4), 1: Layout("F16", 1, 2), 2: Layout("Q4_0", 32, 18), 3: Layout("Q4_1", 32, 20),
    6: Layout("Q5_0", 32, 22), 7: Layout("Q5_1", 32, 24), 8: Layout("Q8_0", 32, 34), 9: Layout("Q8_1", 32, 40),
    10: Layout("Q2_K", 256, 84), 11: Layout("Q3_K", 256, 110), 12: Layout("Q4_K", 256, 144),
    13: Layout("Q5_K", 256, 176), 14: Layout("Q6_K", 256, 210), 15: Layout("Q8_K", 256, 292),
    16: Layout("IQ2_XXS", 256, 66), 17: Layout("IQ2_XS", 256, 74), 18: Layout("IQ3_XXS", 256, 98),
    19: Layout("IQ1_S", 256, 50), 20: Layout("IQ4_NL", 32, 18), 21: Layout("IQ3_S", 256, 110),
    22: Layout("IQ2_S", 256, 82), 23: Layout("IQ4_XS", 256, 136), 24: Layout("I8", 1, 1), 25: Layout("I16", 1, 2),
    26: Layout("I32", 1, 4), 27: Layout("I64", 1, 8), 28: Layout("F64", 1, 8), 29: Layout("IQ1_M", 256, 56),
    30: Layout("BF16", 1, 2), 34: Layout("TQ1_0", 256, 54), 35: Layout("TQ2_0", 256, 66),
    39: Layout("MXFP4", 32, 17), 40: Layout("NVFP4", 64, 36),
  ]

  /// The number in a file of a type that can be written.
  static func number(_ type: ElementType) -> UInt32 {
    switch type {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q8_0: 8
    case .q4_K: 12
    case .q6_K: 14
    case .bf16: 30
    }
  }
}
