/// Writes a GGUF file of version 3: the header from metadata and declarations, then the tensors' bytes as they come.
///
/// ```swift
/// var writer = try GGUFWriter(path: "model.gguf", metadata: entries, tensors: declarations)
/// for tensor in declarations { try writer.append(bytes(of: tensor)) }
/// try writer.finish()
/// ```
public struct GGUFWriter: ~Copyable {
  private static let version: UInt32 = 3

  private var file: AtomicFile
  private var regions: TensorRegions
  /// Where the last tensor's padding ends.
  private let end: Int

  /// - Parameters:
  ///   - metadata: In the order in which it is written. `general.alignment`, a uint32 and a power of two, is obeyed;
  ///     without it tensors are aligned to 32 bytes.
  ///   - tensors: The bytes are appended in this order. Shapes are outermost first, as everywhere here.
  /// - Throws: `FormatError` when the file cannot be made, or a name or key is longer than the format allows.
  /// - Precondition: Keys and names differ.
  public init(
    path: String, metadata: [(key: String, value: GGUFValue)], tensors: [TensorDeclaration]
  ) throws(FormatError) {
    try Self.check(metadata, tensors, path)
    let alignment = Self.alignment(metadata)
    func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

    var header = GGUF.magic + littleEndian(Self.version)
    header += littleEndian(UInt64(tensors.count)) + littleEndian(UInt64(metadata.count))
    for (key, value) in metadata {
      header.append(gguf: key)
      header.append(gguf: value.type.rawValue)
      header.append(gguf: value)
    }
    var ranges: [Range<Int>] = []
    var end = 0
    for tensor in tensors {
      header.append(gguf: tensor.name)
      let dimensions = tensor.shape.isEmpty ? [1] : tensor.shape
      header.append(gguf: UInt32(dimensions.count))
      for dimension in dimensions.reversed() { header.append(gguf: UInt64(dimension)) }
      header.append(gguf: GGMLType.number(tensor.type))
      header.append(gguf: UInt64(end))
      ranges.append(end..<(end + tensor.byteCount))
      end = aligned(end + tensor.byteCount)
    }
    var file = try AtomicFile(path: path)
    try file.append(header)
    let start = aligned(header.count)
    regions = TensorRegions(ranges.map { ($0.lowerBound + start)..<($0.upperBound + start) })
    self.end = start + end
    self.file = file
  }

  private static func alignment(_ metadata: [(key: String, value: GGUFValue)]) -> Int {
    guard let entry = metadata.first(where: { $0.key == GGUF.alignmentKey }) else { return GGUF.defaultAlignment }
    guard case .uint32(let alignment) = entry.value, alignment.nonzeroBitCount == 1 else {
      preconditionFailure("\(GGUF.alignmentKey) is \(entry.value); it must be a uint32 and a power of two")
    }
    return Int(alignment)
  }

  private static func check(
    _ metadata: [(key: String, value: GGUFValue)], _ tensors: [TensorDeclaration], _ path: String
  ) throws(FormatError) {
    precondition(Set(metadata.map(\.key)).count == metadata.count, "a metadata key stands twice")
    precondition(Set(tensors.map(\.name)).count == tensors.count, "a tensor's name stands twice")
    if let long = metadata.first(where: { $0.key.utf8.count > GGUF.longestKey }) {
      throw FormatError(
        .limit, file: path, field: printable(long.key), "a key has at most \(GGUF.longestKey) bytes")
    }
    for tensor in tensors {
      let field = printable(tensor.name)
      guard tensor.name.utf8.count < GGUF.longestTensorName else {
        throw FormatError(
          .limit, file: path, field: field, "llama.cpp reads names of at most \(GGUF.longestTensorName - 1) bytes")
      }
      guard tensor.shape.count <= GGUF.mostDimensions else {
        throw FormatError(.limit, file: path, field: field, "a tensor has at most \(GGUF.mostDimensions) dimensions")
      }
    }
  }

  /// Appends the next bytes of the tensors, in any pieces.
  ///
  /// - Precondition: They are no more than the declared tensors have.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    try regions.write(bytes, to: &file)
  }

  /// Gives the file its name.
  ///
  /// - Precondition: All declared tensors have been written.
  public consuming func finish() throws(FormatError) {
    precondition(regions.isFull, "\(file.path): not all declared tensors were written")
    // ggml reads the last tensor's padding as well.
    let padding = [UInt8](repeating: 0, count: max(0, end - file.byteCount))
    try file.append(padding)
    try file.commit()
  }
}

extension GGUFValue {
  /// The type's number in a file.
  public var type: GGUFType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .bool: .bool
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append<Number: FixedWidthInteger>(gguf number: Number) {
    append(contentsOf: littleEndian(number))
  }

  fileprivate mutating func append(gguf text: String) {
    append(gguf: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func append(gguf value: GGUFValue) {
    switch value {
    case .uint8(let number): append(gguf: number)
    case .int8(let number): append(gguf: number)
    case .uint16(let number): append(gguf: number)
    case .int16(let number): append(gguf: number)
    case .uint32(let number): append(gguf: number)
    case .int32(let number): append(gguf: number)
    case .float32(let number): append(gguf: number.bitPattern)
    case .bool(let flag): append(flag ? 1 : 0)
    case .string(let text): append(gguf: text)
    case .array(let array): append(gguf: array)
    case .uint64(let number): append(gguf: number)
    case .int64(let number): append(gguf: number)
    case .float64(let number): append(gguf: number.bitPattern)
    }
  }

  fileprivate mutating func append(gguf array: GGUFArray) {
    append(gguf: array.type.rawValue)
    append(gguf: UInt64(array.count))
    switch array {
    case .uint8(let numbers): append(contentsOf: numbers)
    case .int8(let numbers): for number in numbers { append(gguf: number) }
    case .uint16(let numbers): for number in numbers { append(gguf: number) }
    case .int16(let numbers): for number in numbers { append(gguf: number) }
    case .uint32(let numbers): for number in numbers { append(gguf: number) }
    case .int32(let numbers): for number in numbers { append(gguf: number) }
    case .float32(let numbers): for number in numbers { append(gguf: number.bitPattern) }
    case .bool(let flags): for flag in flags { append(flag ? 1 : 0) }
    case .string(let texts): for text in texts { append(gguf: text) }
    case .array(let arrays): for array in arrays { append(gguf: array) }
    case .uint64(let numbers): for number in numbers { append(gguf: number) }
    case .int64(let numbers): for number in numbers { append(gguf: number) }
    case .float64(let numbers): for number in numbers { append(gguf: number.bitPattern) }
    }
  }
}
