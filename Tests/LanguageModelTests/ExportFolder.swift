import Formats
import Foundation
import Testing
import Text

@testable import LanguageModel

/// A folder of its own for the exports of one test, removed with it.
final class ExportFolder {
  static let stories = ModelFixture.folder.appending(path: "../../../../shared/models/stories260K").standardizedFileURL
    .path(percentEncoded: false)
  static var hasStories: Bool { FileManager.default.fileExists(atPath: stories) }

  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { path + "/" + name }

  /// Names in the folder, hidden ones as well.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  static func source(_ name: String) throws -> ModelSource {
    try ModelSource(path: ModelFixture.folder.appending(path: name).path(percentEncoded: false))
  }

  /// A tokenizer of as many pieces as the fixtures have: the folders of weights have none.
  static func tokenizer() throws -> TokenizerFiles {
    try TokenizerFiles(model: ModelFixture.folder.appending(path: "gguf/llama2-f32.gguf"))
  }

  /// Exports into this folder and opens what was written.
  func export(
    _ source: ModelSource, adapter: Adapter? = nil, as format: ExportPlan.Format, _ type: ElementType? = nil,
    to name: String
  ) throws -> ModelSource {
    let plan = try ExportPlan(source, adapter: adapter, format: format, type: type)
    let tokenizer = source.hasTokenizer ? try TokenizerFiles(model: URL(filePath: source.path)) : try Self.tokenizer()
    try ModelExport(source, plan, tokenizer: tokenizer).write(to: self[name])
    return try ModelSource(path: self[name])
  }

  /// A file of plain numbers with something changed, in this folder.
  func rewritten(
    _ source: ModelSource, to name: String, leavingOut isLeftOut: (String) -> Bool = { _ in false },
    change: (String, inout [Float]) -> Void = { _, _ in }
  ) throws -> ModelSource {
    let gguf = try #require(source.gguf)
    let tensors = gguf.tensors.filter { !isLeftOut($0.name) }
    var writer = try GGUFWriter(
      path: self[name], metadata: gguf.metadata.entries + [("general.license", .string("MIT"))],
      tensors: tensors.map { TensorDeclaration(name: $0.name, type: .f32, shape: $0.shape) })
    for tensor in tensors {
      var floats = try tensor.floats()
      change(tensor.name, &floats)
      try floats.withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    return try ModelSource(path: self[name])
  }
}

extension ModelSource {
  /// Every parameter's bytes in the order of `transformers`.
  func bytes() throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for parameter in configuration.shape.parameters {
      let stored = try stored(parameter)
      var bytes = [UInt8](repeating: 0, count: stored.tensor.byteCount)
      try bytes.withUnsafeMutableBytes { try stored.read(0..<stored.rows, into: $0) }
      result[parameter.name] = bytes
    }
    return result
  }

  /// Every parameter's numbers in the order of `transformers`.
  func floats() throws -> [String: [Float]] {
    let bytes = try bytes()
    var result: [String: [Float]] = [:]
    for parameter in configuration.shape.parameters {
      let stored = try stored(parameter)
      var converter = RowConverter(from: stored.type, columns: stored.columns)
      result[parameter.name] = bytes[parameter.name]!.withUnsafeBytes { converter.decoded($0, rows: stored.rows) }
    }
    return result
  }

  func types() throws -> [String: ElementType] {
    var result: [String: ElementType] = [:]
    for parameter in configuration.shape.parameters { result[parameter.name] = try stored(parameter).type }
    return result
  }
}
