import Formats
import Foundation
import Testing

@testable import Text

/// Tokenizers written into another kind of file give the same ids and texts.
@Suite struct TokenizerFilesTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// Writes a GGUF file of metadata alone.
  private func gguf(_ entries: [(key: String, value: GGUFValue)], in folder: URL) throws -> URL {
    let path = folder.appending(path: "vocabulary.gguf")
    let writer = try GGUFWriter(
      path: path.path, metadata: [("general.architecture", .string("llama"))] + entries, tensors: [])
    try writer.finish()
    return path
  }

  private func expectSame(_ got: Tokenizer, _ want: Tokenizer, _ comment: String) {
    for (place, text) in Fixture.texts.enumerated() {
      // Metaspace puts no space before a text that begins with one; GGUF's `llama` has no word for that.
      if comment.hasPrefix("metaspace"), text.hasPrefix(" ") || text.hasPrefix("▁") { continue }
      let (found, wanted) = (got.encode(text), want.encode(text))
      #expect(found == wanted, "\(comment), text \(place): \(text.debugDescription)")
      #expect(got.decode(wanted) == want.decode(wanted), "\(comment), text \(place)")
    }
    // The other file may name marks that the first one has and does not name.
    #expect(want.special.bos == nil || got.special.bos == want.special.bos, "\(comment)")
    #expect(want.special.eos == nil || got.special.eos == want.special.eos, "\(comment)")
    #expect(got.special.ends.isSuperset(of: want.special.ends), "\(comment)")
    #expect(got.addsBOS == want.addsBOS && got.chatTemplate == want.chatTemplate, "\(comment)")
  }

  /// A folder's tokenizer as GGUF, and that as a folder again.
  @Test(arguments: ["gpt2", "llama3", "qwen2", "smollm", "metaspace", "prepend", "sentencepiece-bpe"])
  func throughGGUFAndBack(name: String) throws {
    let model = Fixture.folder.appending(path: name)
    let files = try TokenizerFiles(model: model)
    let size = files.tokenizer.vocabularySize + 5
    try withFolder { folder in
      let file = try gguf(files.ggufEntries(vocabularySize: size), in: folder)
      let through = try Tokenizer.load(model: file)
      #expect(through.vocabularySize == size)
      expectSame(through, files.tokenizer, "\(name) as GGUF")
      let back = folder.appending(path: "back")
      try FileManager.default.createDirectory(at: back, withIntermediateDirectories: true)
      try TokenizerFiles(model: file).write(toFolder: back.path)
      expectSame(try Tokenizer.load(model: back), files.tokenizer, "\(name) as a folder again")
    }
  }

  @Test(
    .enabled(if: Fixture.hasModels, "needs ../shared/models"),
    arguments: ["ggml-vocab-gpt-2", "ggml-vocab-llama-bpe", "ggml-vocab-qwen2", "ggml-vocab-llama-spm"])
  func realVocabulariesBecomeFolders(name: String) throws {
    let model = Fixture.models.appending(path: "vocabularies/\(name).gguf")
    try withFolder { folder in
      try TokenizerFiles(model: model).write(toFolder: folder.path)
      expectSame(try Tokenizer.load(model: folder), try Tokenizer.load(model: model), name)
    }
  }

  @Test(
    .enabled(if: Fixture.hasModels, "needs ../shared/models"), arguments: ["llama2-tokenizer", "stories260K"])
  func realFoldersBecomeGGUF(name: String) throws {
    let files = try TokenizerFiles(model: Fixture.models.appending(path: name))
    try withFolder { folder in
      let file = try gguf(files.ggufEntries(vocabularySize: files.tokenizer.vocabularySize), in: folder)
      expectSame(try Tokenizer.load(model: file), files.tokenizer, name)
    }
  }

  /// A folder's own files are copied as they are.
  @Test func foldersAreCopied() throws {
    let model = Fixture.folder.appending(path: "metaspace")
    try withFolder { folder in
      try TokenizerFiles(model: model).write(toFolder: folder.path)
      let name = "tokenizer.json"
      #expect(try Data(contentsOf: folder.appending(path: name)) == Data(contentsOf: model.appending(path: name)))
    }
  }

  /// A GGUF file's own keys are passed on as they are.
  @Test func keysArePassedOn() throws {
    let files = try TokenizerFiles(model: Fixture.folder.appending(path: "llama3"))
    try withFolder { folder in
      let entries = try files.ggufEntries(vocabularySize: files.tokenizer.vocabularySize)
      let file = try gguf(entries, in: folder)
      let again = try TokenizerFiles(model: file).ggufEntries(vocabularySize: 1)
      #expect(again.map(\.key) == entries.map(\.key) && again.map(\.value) == entries.map(\.value))
    }
  }

  @Test func whatGGUFCannotSayIsRefused() throws {
    for (name, word) in [("sentencepiece-unigram", "unigram"), ("prefixed", "changes text")] {
      let files = try TokenizerFiles(model: Fixture.folder.appending(path: name))
      do {
        _ = try files.ggufEntries(vocabularySize: files.tokenizer.vocabularySize)
        Issue.record("\(name) was written")
      } catch {
        #expect(error.kind == .unsupported && "\(error)".contains(word), "\(error)")
      }
    }
    let files = try TokenizerFiles(model: Fixture.folder.appending(path: "gpt2"))
    #expect(throws: FormatError.self) { try files.ggufEntries(vocabularySize: 10) }
  }
}
