import Formats
import Foundation
import Testing
import Text

@testable import LanguageModel

/// The models that Tools/model_fixtures.py, gguf_fixtures.py and adapter_fixtures.py wrote, and room for exports.
///
/// A folder of its own for one test, removed with it.
final class ExportFolder {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let fixtures = root.appending(path: "Tests/LanguageModelTests/Fixtures").path
  static let stories = root.appending(path: "../shared/models/stories260K").standardizedFileURL.path
  static var hasStories: Bool { FileManager.default.fileExists(atPath: stories) }

  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { path + "/" + name }

  /// Names in the folder, hidden ones as well.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  static func fixture(_ name: String) throws -> ModelSource { try ModelSource(path: fixtures + "/" + name) }

  /// A fixture with a tokenizer beside it: that of GPT-2's kind in Tests/TextTests, cut to the fixtures' 67 tokens.
  func withTokenizer(_ name: String) throws -> ModelSource {
    let copy = self["tokenized-" + name]
    try FileManager.default.copyItem(atPath: Self.fixtures + "/" + name, toPath: copy)
    let path = Self.root.appending(path: "Tests/TextTests/Fixtures/gpt2/tokenizer.json").path
    var tokenizer = try JSONField(path: path).object()
    var model = try JSONField(.object(tokenizer), file: path)["model"].object()
    var vocabulary = JSONObject()
    for member in try JSONField(.object(model), file: path)["vocab"].object().members {
      if case .integer(let id) = member.value, id < 66 { vocabulary[member.key] = member.value }
    }
    model["vocab"] = .object(vocabulary)
    model["merges"] = []
    tokenizer["model"] = .object(model)
    tokenizer["added_tokens"] = [["id": 66, "content": "<|endoftext|>", "special": true]]
    try AtomicFile.write(JSONValue.object(tokenizer).encoded(), to: copy + "/tokenizer.json")
    return try ModelSource(path: copy)
  }

  /// Exports into this folder and opens what was written.
  func export(
    _ source: ModelSource, adapter: Adapter? = nil, as format: ModelExport.Format, type: ElementType? = nil,
    to name: String
  ) throws -> ModelSource {
    let export = try ModelExport(source, adapter: adapter, options: ModelExport.Options(format: format, type: type))
    try export.write(to: self[name])
    return try ModelSource(path: self[name])
  }
}

extension ModelSource {
  /// Every parameter's bytes in the order of `transformers`.
  func bytes() throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for parameter in configuration.shape.parameters {
      let stored = try stored(parameter)
      var bytes: [UInt8] = []
      try stored.read(0..<stored.rows, into: &bytes)
      result[parameter.name] = bytes
    }
    return result
  }

  /// Every parameter's numbers in the order of `transformers`.
  func floats() throws -> [String: [Float]] {
    var result: [String: [Float]] = [:]
    for parameter in configuration.shape.parameters {
      let stored = try stored(parameter)
      result[parameter.name] = try stored.floats(0..<stored.rows)
    }
    return result
  }

  func types() throws -> [String: ElementType] {
    var result: [String: ElementType] = [:]
    for parameter in configuration.shape.parameters { result[parameter.name] = try stored(parameter).type }
    return result
  }
}

/// Holds two models to the same configuration, whatever the family is called.
func expectSame(_ found: ModelSource, as wanted: ModelSource) {
  let (a, b) = (found.configuration, wanted.configuration)
  #expect(a.shape.parameters == b.shape.parameters)
  #expect(a.shape.epsilon == b.shape.epsilon && a.shape.theta == b.shape.theta && a.length == b.length)
  #expect((0..<b.shape.layers).allSatisfy { a.shape.window($0) == b.shape.window($0) })
  #expect(a.shape.rotaryScaling == b.shape.rotaryScaling)
}

/// The error that `body` throws, which must be a `FormatError`.
func exportRefusal<Value>(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) throws -> FormatError {
  try #require(throws: FormatError.self, sourceLocation: sourceLocation) { _ = try body() }
}
