public import Formats
import Foundation
import Text

extension ModelExport {
  /// What was written.
  public struct Summary: Sendable {
    public let path: String
    public let files: Int
    /// Of all files.
    public let byteCount: Int
    /// How many tensors there are of each type, most first.
    public let types: [(type: ElementType, tensors: Int)]
  }

  /// Writes the folder or file. It appears whole or not at all.
  /// - Parameter progress: called with the bytes of tensors written and to be written.
  /// - Throws: `FormatError`: the output is there already, the disk is full, a file cannot be read or written, a number
  ///   is beyond the type that it is to be written in.
  @discardableResult
  public func write(
    to path: String, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(FormatError) -> Summary {
    try checkOutput(path)
    // Names, shapes and places take about as much as this in a header.
    try DiskSpace.require(tensorByteCount + parameters.count * 100, for: path)
    switch options.format {
    case .safetensors: try writeFolder(path, progress)
    case .gguf: try writeFile(path, progress)
    }
    return summary(path)
  }

  /// Refuses to replace what nobody asked to replace, and what this reads from.
  private func checkOutput(_ path: String) throws(FormatError) {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    let (output, input) = (Self.resolved(path), Self.resolved(source.path))
    guard output != input, !input.hasPrefix(output + "/") else {
      throw FormatError(.system, file: path, "is or holds the model that is exported; choose another output")
    }
    func refused(_ problem: String) -> FormatError { FormatError(.system, file: path, "is there already and \(problem)") }
    switch (options.format, isFolder.boolValue) {
    case (.safetensors, false): throw refused("is no folder")
    case (.gguf, true): throw refused("is a folder; a GGUF file is to be written")
    case (.safetensors, true):
      guard let names = try? manager.contentsOfDirectory(atPath: path) else { throw refused("cannot be read") }
      guard names.isEmpty || options.overwrites else { throw refused("is not empty") }
      // A whole folder goes when another takes its place: never one that only happens to have the name.
      guard names.isEmpty || names.contains("config.json") else {
        throw refused("holds no config.json: it is no model's folder, and is not replaced")
      }
    case (.gguf, false):
      let size = (try? manager.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
      guard size == 0 || options.overwrites else { throw refused("is not empty") }
    }
  }

  private static func resolved(_ path: String) -> String {
    let resolved = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
    return resolved.count > 1 && resolved.hasSuffix("/") ? String(resolved.dropLast()) : resolved
  }

  private func writeFolder(_ path: String, _ progress: (Int, Int) -> Void) throws(FormatError) {
    let folder = try AtomicFolder(path: path, replacing: options.overwrites)
    let config = try huggingFaceConfig()
    try AtomicFile.write(config.encoded(indent: 2) + "\n", to: folder.file("config.json"))
    let generation = source.path + "/generation_config.json"
    if source.gguf == nil, FileManager.default.fileExists(atPath: generation) {
      let bytes = try ByteSource(path: generation).readAll(limit: 1 << 20)
      try AtomicFile.write(bytes, to: folder.file("generation_config.json"))
    }
    if hasTokenizer { try TokenizerFiles(model: URL(filePath: source.path)).write(toFolder: folder.temporaryPath) }
    var writer = try SafetensorsFolderWriter(
      folder: folder.temporaryPath, tensors: parameters.map(\.declaration), shardByteCount: options.shardByteCount)
    try stream(progress) { (bytes) throws(FormatError) in try writer.append(bytes) }
    try writer.finish()
    try folder.commit()
  }

  private func writeFile(_ path: String, _ progress: (Int, Int) -> Void) throws(FormatError) {
    var tensors = parameters.map(\.declaration)
    let factors = configuration.rotaryFactors
    if let factors {
      tensors.insert(TensorDeclaration(name: "rope_freqs.weight", type: .f32, shape: [factors.count]), at: 0)
    }
    var writer = try GGUFWriter(path: path, metadata: try ggufEntries(), tensors: tensors)
    if let factors {
      try factors.withUnsafeBufferPointer { (factors) throws(FormatError) in
        try writer.append(UnsafeRawBufferPointer(factors))
      }
    }
    try stream(progress) { (bytes) throws(FormatError) in try writer.append(bytes) }
    try writer.finish()
  }

  /// The bytes of all parameters in their order.
  private func stream(
    _ progress: (Int, Int) -> Void, to append: (UnsafeRawBufferPointer) throws(FormatError) -> Void
  ) throws(FormatError) {
    let total = tensorByteCount
    var done = 0
    for parameter in parameters {
      try parameter.stream { (bytes) throws(FormatError) in
        try append(bytes)
        done += bytes.count
        progress(done, total)
      }
    }
  }

  private func summary(_ path: String) -> Summary {
    let manager = FileManager.default
    let names = options.format == .gguf ? [] : (try? manager.contentsOfDirectory(atPath: path)) ?? []
    let files = options.format == .gguf ? [path] : names.map { path + "/" + $0 }
    let sizes = files.compactMap { (try? manager.attributesOfItem(atPath: $0)[.size] as? Int) ?? nil }
    let counts = Dictionary(grouping: parameters, by: \.type).map { (type: $0.key, tensors: $0.value.count) }
    return Summary(
      path: path, files: files.count, byteCount: sizes.reduce(0, +),
      types: counts.sorted { ($1.tensors, $0.type.name) < ($0.tensors, $1.type.name) })
  }
}
