/// Writes one safetensors file: the header from the declarations, then the tensors' bytes as they come.
///
/// ```swift
/// var writer = try SafetensorsWriter(path: "adapter_model.safetensors", tensors: declarations)
/// for tensor in declarations { try writer.append(bytes(of: tensor)) }
/// try writer.finish()
/// ```
public struct SafetensorsWriter: ~Copyable {
  private var file: AtomicFile
  private var regions: TensorRegions

  /// - Parameters:
  ///   - tensors: Their names differ; the bytes are appended in this order.
  ///   - metadata: What `__metadata__` says; `transformers` wants a `format`.
  /// - Throws: `FormatError` when the file cannot be made or a type has no name in safetensors.
  public init(
    path: String, tensors: [TensorDeclaration], metadata: [String: String] = ["format": "pt"]
  ) throws(FormatError) {
    if let quantized = tensors.first(where: { $0.type.isQuantized }) {
      throw FormatError(
        .unsupported, file: path, field: printable(quantized.name),
        "safetensors has no type \(quantized.type.name); allowed are F32, F16 and BF16")
    }
    var header = JSONObject()
    if !metadata.isEmpty {
      var texts = JSONObject()
      for key in metadata.keys.sorted() { texts[key] = .string(metadata[key]!) }
      header[Safetensors.metadataKey] = .object(texts)
    }
    // Wider types first: a reader may view the bytes as numbers only where their offset is a multiple of their size.
    let order = tensors.indices.sorted { first, second in
      let (a, b) = (tensors[first].type.blockBytes, tensors[second].type.blockBytes)
      return a == b ? first < second : a > b
    }
    var ranges = [Range<Int>](repeating: 0..<0, count: tensors.count)
    var end = 0
    for place in order {
      let tensor = tensors[place]
      precondition(header[tensor.name] == nil, "the name \(tensor.name) is taken")
      ranges[place] = end..<(end + tensor.byteCount)
      end += tensor.byteCount
      header[tensor.name] = [
        "dtype": .string(tensor.type.name), "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": [.integer(ranges[place].lowerBound), .integer(end)],
      ]
    }
    var text = Array(JSONValue.object(header).encoded().utf8)
    while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
    var file = try AtomicFile(path: path)
    try file.append(littleEndian(UInt64(text.count)) + text)
    let start = file.byteCount
    regions = TensorRegions(ranges.map { ($0.lowerBound + start)..<($0.upperBound + start) })
    self.file = file
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
    try file.commit()
  }
}

/// The bytes of a number, the least significant first.
func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
