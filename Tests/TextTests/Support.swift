import Formats
import Foundation
import Testing

@testable import Text

/// The files that Tools/tokenizer_fixtures.py wrote, and real models where they lie beside the repository.
enum Fixture {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = root.appending(path: "Tests/TextTests/Fixtures")
  static let models = root.appending(path: "../shared/models").standardizedFileURL
  static var hasModels: Bool { FileManager.default.fileExists(atPath: models.path) }

  static func json(_ name: String) throws -> JSONField {
    try JSONField(path: folder.appending(path: "\(name).json").path)
  }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer.load(model: folder.appending(path: name))
  }

  static let texts: [String] = {
    do { return try json("texts")["texts"].strings() } catch { fatalError("\(error)") }
  }()
}

extension JSONField {
  func integers() throws -> [Int] { try array().map { try $0.integer() } }
}

/// Holds a tokenizer to the ids and texts of a fixture.
func expectSame(_ tokenizer: Tokenizer, as name: String) throws {
  let fixture = try Fixture.json(name)
  let ids = try fixture["ids"].array().map { try $0.ifPresent?.integers() }
  let decoded = try fixture["decoded"].array()
  #expect(ids.count == Fixture.texts.count && ids.count > 100)
  #expect(ids.count { $0 == nil } < 50)
  for (place, text) in Fixture.texts.enumerated() {
    guard let ids = ids[place] else { continue }
    let found = tokenizer.encode(text, addBOS: false)
    #expect(found == ids, "\(name), text \(place): \(text.debugDescription)")
    let wanted = try decoded[place].ifPresent?.string() ?? text
    let got = tokenizer.decode(ids)
    #expect(got.utf8.elementsEqual(wanted.utf8), "\(name), text \(place): \(got.debugDescription)")
  }
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  /// The tokenizer after it was written into `model.gguf` here and read from it.
  func throughGGUF(_ files: TokenizerFiles, vocabularySize: Int) throws -> Tokenizer {
    let metadata = try files.ggufEntries(vocabularySize: vocabularySize)
    try GGUFWriter(path: file("model.gguf"), metadata: metadata, tensors: []).finish()
    return try Tokenizer.load(model: URL(filePath: file("model.gguf")))
  }
}
