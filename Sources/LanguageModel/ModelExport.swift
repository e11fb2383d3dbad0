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
    try checkSpace(path)
    switch plan.format {
    case .safetensors: try writeFolder(path, overwriting, progress)
    case .gguf: try writeGGUF(path, overwriting, progress)
    }
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
    try tokenizer?.write(toFolder: folder.temporaryPath)
    var writer = try SafetensorsFolderWriter(folder: folder.temporaryPath, tensors: plan.declarations)
    try eachChunk(progress) { (bytes) throws(FormatError) in try writer.append(bytes) }
    try writer.finish()
    try folder.commit()
  }

  // MARK: GGUF

  private func writeGGUF(
    _ path: String, _ overwriting: Bool, _ progress: (Int, Int) -> Void
  ) throws(FormatError) {
    guard overwriting || !FileManager.default.fileExists(atPath: path) else {
      throw FormatError(.system, file: path, "is there already")
    }
    guard let tokenizer else {
      throw FormatError(.missing, file: source.path, "has no tokenizer, which a GGUF file holds")
    }
    let name = URL(filePath: source.path).deletingPathExtension().lastPathComponent
    let metadata =
      source.configuration.ggufEntries(name: name, fileType: plan.type.ggufFileType)
      + (try tokenizer.ggufEntries(vocabularySize: source.configuration.shape.vocabulary))
    var writer = try GGUFWriter(path: path, metadata: metadata, tensors: plan.declarations)
    try eachChunk(progress) { (bytes) throws(FormatError) in try writer.append(bytes) }
    if let factors = plan.rotaryFactors {
      try factors.withUnsafeBufferPointer { (factors) throws(FormatError) in
        try writer.append(UnsafeRawBufferPointer(factors))
      }
    }
    try writer.finish()
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
    var converter = RowConverter(from: stored.type, columns: stored.columns)
    for rows in stored.chunks(unit: isColumn ? 1 : item.pairedRows ?? 1) {
      var bytes = [UInt8](repeating: 0, count: rows.count * stored.rowBytes)
      try bytes.withUnsafeMutableBufferPointer { (bytes) throws(FormatError) in
        try stored.read(rows, into: UnsafeMutableRawBufferPointer(bytes))
      }
      var new = bytes.withUnsafeBytes { bytes in
        guard let update = item.update else { return converter.stored(bytes, rows: rows.count, as: type) }
        var values = converter.decoded(bytes, rows: rows.count)
        update.add(to: &values, rows: rows)
        return values.withUnsafeBufferPointer { RowConverter.encoded($0, as: type) }
      }
      if let paired = item.pairedRows {
        let count = isColumn ? stored.tensor.elementCount : rows.count
        let rowBytes = new.count / count
        new.withUnsafeMutableBytes { StoredParameter.pair($0, heads: count / paired, rows: paired, rowBytes: rowBytes) }
      }
      try body(new)
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
