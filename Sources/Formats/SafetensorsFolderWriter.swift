/// Writes a model's weights into a folder as `transformers` does: one `model.safetensors`, or shards of limited size
/// and their index.
///
/// Every file appears whole, the index last. For a folder that appears whole, write into an `AtomicFolder`.
public struct SafetensorsFolderWriter: ~Copyable {
  /// What `transformers` takes for the size of a shard.
  public static let defaultShardByteCount = 5_000_000_000

  private let folder: String
  private let metadata: [String: String]
  /// The shards' tensors, and the names that have been given to them.
  private let shards: [[TensorDeclaration]]
  private var current = 0
  /// Bytes that the current shard still waits for.
  private var missing = 0
  private var writer: SafetensorsWriter?

  /// - Parameters:
  ///   - folder: Where the files go; it exists.
  ///   - tensors: Their names differ; the bytes are appended in this order.
  ///   - shardByteCount: The most tensor bytes in one file; a larger tensor has a file of its own.
  public init(
    folder: String, tensors: [TensorDeclaration], metadata: [String: String] = ["format": "pt"],
    shardByteCount: Int = defaultShardByteCount
  ) throws(FormatError) {
    var shards: [[TensorDeclaration]] = [[]]
    var size = 0
    for tensor in tensors {
      if size + tensor.byteCount > shardByteCount, !shards.last!.isEmpty {
        shards.append([])
        size = 0
      }
      shards[shards.count - 1].append(tensor)
      size += tensor.byteCount
    }
    self.folder = folder
    self.metadata = metadata
    self.shards = shards
    writer = nil
    try open()
  }

  /// The file name of a shard.
  private func name(_ shard: Int) -> String {
    if shards.count == 1 { return Safetensors.weightsName }
    func padded(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return "model-\(padded(shard + 1))-of-\(padded(shards.count)).safetensors"
  }

  private mutating func open() throws(FormatError) {
    missing = shards[current].reduce(0) { $0 + $1.byteCount }
    writer = try SafetensorsWriter(path: folder + "/" + name(current), tensors: shards[current], metadata: metadata)
  }

  private mutating func close() throws(FormatError) {
    if let writer = writer.take() { try writer.finish() }
  }

  /// Appends the next bytes of the tensors, in any pieces.
  ///
  /// - Precondition: They are no more than the declared tensors have.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      if missing == 0 {
        precondition(current + 1 < shards.count, "\(rest.count) bytes more than the declared tensors have")
        try close()
        current += 1
        try open()
      }
      let piece = rest.prefix(missing)
      try writer!.append(UnsafeRawBufferPointer(rebasing: piece))
      missing -= piece.count
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Writes what is left: the last shard's name and the index.
  ///
  /// - Precondition: All declared tensors have been written.
  public consuming func finish() throws(FormatError) {
    precondition(current == shards.count - 1, "\(folder): not all declared tensors were written")
    try close()
    guard shards.count > 1 else { return }
    var map = JSONObject()
    for (shard, tensors) in shards.enumerated() {
      for tensor in tensors { map[tensor.name] = .string(name(shard)) }
    }
    let size = shards.joined().reduce(0) { $0 + $1.byteCount }
    let index: JSONValue = ["metadata": ["total_size": .integer(size)], "weight_map": .object(map)]
    try AtomicFile.write(index.encoded(indent: 2) + "\n", to: folder + "/" + Safetensors.indexName)
  }
}
