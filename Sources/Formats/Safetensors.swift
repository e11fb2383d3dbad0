/// Tensors and metadata of a safetensors file, or of a folder of them; found and measured, not yet read.
///
/// The rules are those of the reference implementation (huggingface/safetensors, safetensors/src/tensor.rs): a JSON
/// header of at most 100 MB, tensors that follow one another without hole or overlap, an end that is the file's end.
/// Beyond them a name may not stand twice and a dimension may not be 0.
public struct Safetensors: Sendable {
  /// The longest header that the reference implementation takes.
  static let longestHeader = 100_000_000
  /// Far beyond any model, and few enough to be read at once.
  static let mostTensors = 1 << 17
  static let metadataKey = "__metadata__"
  static let weightsName = "model.safetensors"
  static let indexName = "model.safetensors.index.json"
  /// Every shard stays open; a process may have about 1,000 files open.
  static let mostShards = 512

  /// What the header says beside the tensors, often `["format": "pt"]`.
  public let metadata: [String: String]
  /// In the order in which they lie in the file.
  public let tensors: TensorTable

  /// Opens one file.
  public init(path: String) throws(FormatError) {
    try self.init(ByteSource(path: path))
  }

  /// Opens one file.
  public init(_ source: ByteSource) throws(FormatError) {
    let parser = try SafetensorsParser(source)
    metadata = try parser.metadata()
    tensors = TensorTable(try parser.tensors(), file: source.name)
  }

  /// Opens a model's folder: `model.safetensors`, or shards through `model.safetensors.index.json`.
  ///
  /// - Throws: `FormatError`; of kind `.pickle`, with advice, where only pickles lie in the folder.
  public init(folder: String) throws(FormatError) {
    let index = folder + "/" + Self.indexName
    let single = folder + "/" + Self.weightsName
    if System.status(path: index) != nil {
      try self.init(index: index, folder: folder)
    } else if System.status(path: single) != nil {
      try self.init(path: single)
    } else {
      try ModelMagic.refusePickles(folder: folder)
      throw FormatError(.missing, file: folder, "has neither \(Self.weightsName) nor \(Self.indexName)")
    }
  }

  /// Opens the shards that `index` lists.
  private init(index: String, folder: String) throws(FormatError) {
    let root = try JSONField(
      path: index, limits: JSONLimits(byteCount: Self.longestHeader, rejectsDuplicateKeys: true))
    let map = root["weight_map"]
    var shards: [String: Safetensors] = [:]
    var tensors: [StoredTensor] = []
    var metadata: [String: String] = [:]
    for member in try map.object().members {
      let field = map[member.key]
      let name = try field.string()
      if shards[name] == nil {
        guard Self.isPlainFileName(name) else {
          throw field.error(.malformed, "`\(printable(name))` is no file of the same folder")
        }
        guard shards.count < Self.mostShards else {
          throw map.error(.limit, "lists more than \(Self.mostShards) shards")
        }
        shards[name] = try Safetensors(path: folder + "/" + name)
        if shards.count == 1 { metadata = shards[name]!.metadata }
      }
      guard let tensor = shards[name]!.tensors[member.key] else {
        throw field.error(.missing, "the shard \(printable(name)) does not hold it")
      }
      tensors.append(tensor)
    }
    self.metadata = metadata
    self.tensors = TensorTable(tensors, file: index)
  }

  /// Whether `name` stays in its folder: no separator, no parent, nothing hidden.
  static func isPlainFileName(_ name: String) -> Bool {
    let forbidden: Set<Unicode.Scalar> = ["/", "\\", ":", "\0"]
    return !name.isEmpty && !name.hasPrefix(".") && name.utf8.count <= 255
      && !name.unicodeScalars.contains { forbidden.contains($0) }
  }
}
