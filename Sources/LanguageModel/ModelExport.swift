public import Formats
import Foundation
public import Text
import VulkanRuntime

/// Writes a model into another kind of file: as a Hugging Face folder or as GGUF, in another type, with an adapter merged
/// into it. Tensors pass through in chunks of a few megabytes; no device is needed.
public struct ModelExport {
  private let source: ModelSource
  private let plan: ExportPlan
  private let tokenizer: TokenizerFiles?

  /// - Parameter tokenizer: the model's; nil writes the weights of a folder alone. A GGUF file needs one.
  public init(_ source: ModelSource, _ plan: ExportPlan, tokenizer: TokenizerFiles?) {
    self.source = source
    self.plan = plan
    self.tokenizer = tokenizer
  }

  /// Writes everything; what was there before stays until all is on the disk.
  /// - Parameters:
  ///   - path: of the folder or file.
  ///   - overwriting: whether something that is there may be replaced.
  ///   - progress: called with the bytes written and to be written.
  /// - Throws: `FormatError`: what is there already, what the disk has no room for, what the format cannot say.
  public func write(
    to path: String, overwriting: Bool = false, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws(FormatError) {
    try checkOutput(path, overwriting)
    try checkSpace(path)
    switch plan.format {
    case .safetensors: try writeFolder(path, overwriting, progress)
    case .gguf: try writeGGUF(path, progress)
    }
  }

  /// Refuses to replace what nobody asked to replace, and what this reads from.
  private func checkOutput(_ path: String, _ overwriting: Bool) throws(FormatError) {
    func refused(_ problem: String) -> FormatError {
      FormatError(.system, file: path, "is there already and \(problem)")
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    let (output, input) = (Self.resolved(path), Self.resolved(source.path))
    guard output != input, !input.hasPrefix(output + "/") else {
      throw refused("is or holds the model that is exported; choose another place")
    }
    switch (plan.format, isFolder.boolValue) {
    case (.safetensors, false): throw refused("is no folder")
    case (.gguf, true): throw refused("is a folder; a GGUF file is to be written")
    case (.safetensors, true):
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        throw refused("cannot be read")
      }
      guard names.isEmpty || overwriting else { throw refused("is not empty") }
      // A whole folder goes when another takes its place: never one that only happens to have the name.
      guard names.isEmpty || names.contains("config.json") else {
        throw refused("holds no config.json: it is no model's folder, and is not replaced")
      }
    case (.gguf, false):
      let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
      guard size == 0 || overwriting else { throw refused("is not empty") }
    }
  }

  private static func resolved(_ path: String) -> String {
    var resolved = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
    if resolved.count > 1, resolved.hasSuffix("/") { resolved.removeLast() }
    return resolved
  }

  private func checkSpace(_ path: String) throws(FormatError) {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue else { return }
    guard free > plan.byteCount else {
      throw FormatError(
        .system, file: path,
        "the disk has \(formatted(bytes: free)) free, the model takes \(formatted(bytes: plan.byteCount))")
    }
  }

  // MARK: A folder

  private func writeFolder(
    _ path: String, _ overwriting: Bool, _ progress: (Int, Int) -> Void
  ) throws(FormatError) {
    let folder = try AtomicFolder(path: path, replacing: overwriting)
    let config = try source.huggingFaceConfiguration(type: plan.type, tokenizer: tokenizer)
    try AtomicFile.write(config.encoded(indent: 2) + "\n", to: folder.file("config.json"))
    if let tokenizer {
      try tokenizer.write(toFolder: folder.temporaryPath)
    } else if source.gguf == nil {
      try copyGenerationConfig(to: folder.file("generation_config.json"))
    }
    var writer = try SafetensorsFolderWriter(folder: folder.temporaryPath, tensors: plan.declarations)
    try eachChunk(progress) { (bytes) throws(FormatError) in try writer.append(bytes) }
    try writer.finish()
    try folder.commit()
  }

  /// How answers end goes with the tokenizer, and without one too.
  private func copyGenerationConfig(to path: String) throws(FormatError) {
    let original = source.path + "/generation_config.json"
    guard FileManager.default.fileExists(atPath: original) else { return }
    try AtomicFile.write(try ByteSource(path: original).readAll(limit: 1 << 20), to: path)
  }

  // MARK: GGUF

  private func writeGGUF(_ path: String, _ progress: (Int, Int) -> Void) throws(FormatError) {
    guard let tokenizer else {
      throw FormatError(.missing, file: source.path, "has no tokenizer, which a GGUF file holds")
    }
    let metadata =
      try entries() + (try tokenizer.ggufEntries(vocabularySize: source.configuration.shape.vocabulary))
    var writer = try GGUFWriter(path: path, metadata: metadata, tensors: plan.declarations)
    try eachChunk(progress) { (bytes) throws(FormatError) in try writer.append(bytes) }
    if let factors = plan.rotaryFactors {
      try factors.withUnsafeBufferPointer { (factors) throws(FormatError) in
        try writer.append(UnsafeRawBufferPointer(factors))
      }
    }
    try writer.finish()
  }

  /// The metadata, the tokenizer's apart: the model's, and what a file that is GGUF already says of itself: name,
  /// licence, authors.
  private func entries() throws(FormatError) -> [(key: String, value: GGUFValue)] {
    let old = source.gguf?.metadata
    let name = try old?["general.name"].ifPresent?.string()
    // A mixture of types such as Q4_K_M has a number of its own, which stays with the types.
    let fileType = plan.keepsTypes ? try old?["general.file_type"].ifPresent?.integer(in: 0...1023) : nil
    let entries = source.configuration.ggufEntries(
      name: name ?? URL(filePath: source.path).deletingPathExtension().lastPathComponent,
      fileType: fileType.map { UInt32($0) } ?? plan.type.ggufFileType)
    let taken = Set(entries.map(\.key)).union(["general.alignment"])
    return entries + (old?.entries ?? []).filter { $0.key.hasPrefix("general.") && !taken.contains($0.key) }
  }

  // MARK: Tensors

  /// Calls `body` with the new bytes of all tensors, chunk by chunk.
  private func eachChunk(
    _ progress: (Int, Int) -> Void, _ body: (UnsafeRawBufferPointer) throws(FormatError) -> Void
  ) throws(FormatError) {
    var done = 0
    for item in plan.items {
      try each(item) { (bytes) throws(FormatError) in
        try bytes.withUnsafeBufferPointer { (bytes) throws(FormatError) in try body(UnsafeRawBufferPointer(bytes)) }
        done += bytes.count
        progress(done, plan.byteCount)
      }
    }
  }

  /// Calls `body` with the new bytes of a tensor, chunk by chunk.
  private func each(_ item: ExportPlan.Item, _ body: ([UInt8]) throws(FormatError) -> Void) throws(FormatError) {
    let (stored, type) = (item.stored, item.declaration.type)
    // Elements of a bias that go with rows of heads are paired as rows of one.
    let isColumn = item.pairedRows != nil && !stored.parameter.isMatrix
    let update = try item.update.map { (update) throws(FormatError) in try update.loaded() }
    var converter = RowConverter(from: stored.type, columns: stored.columns)
    for rows in stored.chunks(unit: isColumn ? 1 : item.pairedRows ?? 1) {
      var bytes = [UInt8](repeating: 0, count: rows.count * stored.rowBytes)
      try bytes.withUnsafeMutableBufferPointer { (bytes) throws(FormatError) in
        try stored.read(rows, into: UnsafeMutableRawBufferPointer(bytes))
      }
      var new = bytes
      if stored.type != type || update != nil {
        var values = bytes.withUnsafeBytes { converter.decoded($0, rows: rows.count) }
        update?.add(to: &values, rows: rows)
        try checkRange(values, as: type, of: stored)
        new = values.withUnsafeBufferPointer { RowConverter.encoded($0, as: type) }
      }
      if let paired = item.pairedRows {
        let count = isColumn ? stored.tensor.elementCount : rows.count
        let rowBytes = new.count / count
        new.withUnsafeMutableBytes { StoredParameter.pair($0, heads: count / paired, rows: paired, rowBytes: rowBytes) }
      }
      try body(new)
    }
  }

  /// Refuses numbers that would silently become infinite, and in blocks all that is not finite: a block has one scale.
  private func checkRange(_ values: [Float], as type: ElementType, of stored: StoredParameter) throws(FormatError) {
    // The least magnitude that rounds to infinity: in F16 65,520, in BF16 halfway from its last number to the next.
    let limit: Float
    switch type {
    case .f32: return
    case .bf16: limit = Float(bitPattern: 0x7F7F_8000)
    case .q8_0: limit = 65_520 * 127
    case .q4_0: limit = 65_520 * 8
    // The scale of scales is an F16: of a minimum of 6 bits, which the search may place beyond the least element; of a
    // scale of 8 bits under quants of 32.
    case .q4_K: limit = 65_520 * 32
    case .q6_K: limit = 65_520 * 128 * 31
    default: limit = 65_520
    }
    for value in values where !(value.magnitude < limit) {
      guard value.isFinite || type.isQuantized else { continue }
      throw stored.tensor.error(.unsupported, "holds \(value), which \(type.name) cannot; choose a wider type")
    }
  }
}

extension ElementType {
  /// `general.file_type` of a GGUF file whose matrices have the type (llama.cpp, `enum llama_ftype`).
  var ggufFileType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q8_0: 7
    case .q4_K: 15
    case .q6_K: 18
    case .bf16: 32
    }
  }
}
