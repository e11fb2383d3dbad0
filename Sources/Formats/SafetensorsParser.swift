/// Reads and checks the header of one safetensors file.
struct SafetensorsParser {
  /// Bits of one element, by the type's name: safetensors/src/tensor.rs, `Dtype::bitsize`.
  static let elementBits: [String: Int] = [
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64,
    "U64": 64,
  ]
  private static let lengthByteCount = 8

  private let source: ByteSource
  private let header: [UInt8]
  private let root: JSONField
  private let members: JSONObject

  private var dataStart: Int { Self.lengthByteCount + header.count }
  private var dataByteCount: Int { source.byteCount - dataStart }

  init(_ source: ByteSource) throws(FormatError) {
    try ModelMagic.refuseForeign(source)
    let start = Self.lengthByteCount
    var reader = ByteReader(source)
    reader.field = "header length"
    let length = try reader.number(UInt64.self)
    guard length <= UInt64(Safetensors.longestHeader) else {
      throw reader.error(.limit, at: 0, "is \(length) bytes; at most \(Safetensors.longestHeader) are allowed")
    }
    let header = try source.read(at: start, count: Int(length), field: "header")
    guard header.first == UInt8(ascii: "{") else {
      throw FormatError(
        .malformed, file: source.name, field: "header", offset: start, "a safetensors header starts with `{`")
    }
    let limits = JSONLimits(
      byteCount: Safetensors.longestHeader, depth: 8, valueCount: Safetensors.mostTensors * 10,
      rejectsDuplicateKeys: true)
    root = JSONField(try JSONValue.parse(header, file: source.name, offset: start, limits: limits), file: source.name)
    members = try root.object()
    self.source = source
    self.header = header
  }

  func metadata() throws(FormatError) -> [String: String] {
    guard let field = root[Safetensors.metadataKey].ifPresent else { return [:] }
    var result: [String: String] = [:]
    for member in try placed(Safetensors.metadataKey, field.object).members {
      result[member.key] = try placed(Safetensors.metadataKey, field[member.key].string)
    }
    return result
  }

  /// All tensors, in the order in which they lie in the file.
  func tensors() throws(FormatError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(members.count)
    for member in members.members where member.key != Safetensors.metadataKey {
      tensors.append(try tensor(member.key))
    }
    tensors.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = dataStart
    for tensor in tensors {
      guard tensor.range.lowerBound == end else {
        let fault = tensor.range.lowerBound < end ? "lies over the tensor before it" : "leaves a hole before it"
        throw error(
          .malformed, tensor.name, "\(fault): it starts at \(tensor.offset - dataStart), expected \(end - dataStart)")
      }
      end = tensor.range.upperBound
    }
    guard end == source.byteCount else {
      throw FormatError(
        .malformed, file: source.name, offset: end,
        "the tensors end here, but the file has \(source.byteCount) bytes")
    }
    return tensors
  }

  private func tensor(_ name: String) throws(FormatError) -> StoredTensor {
    let field = root[name]
    let typeName = try placed(name, field["dtype"].string)
    var shape: [Int] = []
    for dimension in try placed(name, field["shape"].array) {
      let size = try placed(name) { () throws(FormatError) in try dimension.integer() }
      guard size >= 1 else { throw error(.malformed, name, "has a dimension of \(size); at least 1 is allowed") }
      shape.append(size)
    }
    var offsets: [Int] = []
    for offset in try placed(name, field["data_offsets"].array) {
      offsets.append(try placed(name) { () throws(FormatError) in try offset.integer() })
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
      throw error(.malformed, name, "data_offsets are \(offsets.prefix(4)); expected a start and an end after it")
    }
    guard offsets[1] <= dataByteCount else {
      throw error(
        .truncated, name, "ends at \(offsets[1]), but the file holds \(dataByteCount) bytes of tensor data")
    }
    guard let elements = elementCount(shape) else {
      throw error(.malformed, name, "the product of the dimensions \(shape) is beyond 2^63")
    }
    if let bits = Self.elementBits[typeName] {
      let (total, overflow) = elements.multipliedReportingOverflow(by: bits)
      guard !overflow, total.isMultiple(of: 8), total / 8 == offsets[1] - offsets[0] else {
        throw error(
          .malformed, name,
          "\(offsets[1] - offsets[0]) bytes for \(elements) elements of \(typeName), which are \(bits) bits each")
      }
    }
    return StoredTensor(
      name: name, typeName: printable(typeName), readableType: readable(typeName), shape: shape,
      range: (dataStart + offsets[0])..<(dataStart + offsets[1]), source: source)
  }

  /// GGUF's quantised types have no name in safetensors.
  private func readable(_ typeName: String) -> ElementType? {
    ElementType(rawValue: typeName).flatMap { $0.isQuantized ? nil : $0 }
  }

  private func error(_ kind: FormatError.Kind, _ name: String, _ problem: String) -> FormatError {
    FormatError(kind, file: source.name, field: printable(name), offset: place(of: name), problem)
  }

  /// Runs `body`, and adds to its error where in the header the member `name` stands.
  private func placed<Value>(
    _ name: String, _ body: () throws(FormatError) -> Value
  ) throws(FormatError) -> Value {
    do throws(FormatError) {
      return try body()
    } catch {
      throw FormatError(error.kind, file: error.file, field: error.field, offset: place(of: name), error.problem)
    }
  }

  /// The byte at which the key `name` stands in the file; the header's start where it is written with escapes.
  private func place(of name: String) -> Int {
    let key = Array(JSONValue.string(name).encoded().utf8)
    guard key.count <= header.count else { return Self.lengthByteCount }
    let place = (0...(header.count - key.count)).first { header[$0...].starts(with: key) }
    return Self.lengthByteCount + (place ?? 0)
  }
}
