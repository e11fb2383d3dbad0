/// A GGUF file of version 2 or 3: metadata, and tensors that are found but not read.
///
/// Nothing is believed: every count is held against the bytes that are left before memory is taken for it, every size
/// and offset is computed in checked arithmetic and held against the file's length. Source: ggml, docs/gguf.md.
public struct GGUF: Sendable {
  /// `GGUF` as the file's first four bytes.
  static let magic: [UInt8] = Array("GGUF".utf8)
  static let defaultAlignment = 32
  static let alignmentKey = "general.alignment"
  /// Limits that the format itself sets (docs/gguf.md).
  static let longestKey = 65_535
  static let longestTensorName = 64
  static let mostDimensions = 4
  /// Far beyond any model, and few enough to be read at once: known files have under 100 entries and 100,000 tensors.
  static let mostEntries = 1 << 16
  static let mostTensors = 1 << 17

  public let source: ByteSource
  public let version: UInt32
  /// Tensors start at multiples of this.
  public let alignment: Int
  public let metadata: GGUFMetadata
  /// In the order of the file.
  public let tensors: TensorTable

  public init(path: String) throws(FormatError) {
    try self.init(ByteSource(path: path))
  }

  public init(_ source: ByteSource) throws(FormatError) {
    var parser = GGUFParser(source)
    let header = try parser.header()
    let metadata = try parser.metadata(count: header.metadataCount)
    let alignment = try parser.alignment(metadata)
    let tensors = try parser.tensors(count: header.tensorCount, alignment: alignment)
    self.source = source
    version = header.version
    self.alignment = alignment
    self.metadata = metadata
    self.tensors = TensorTable(tensors, file: source.name)
  }
}
