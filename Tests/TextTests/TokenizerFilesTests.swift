import Formats
import Foundation
import Testing

@testable import Text

/// A tokenizer written into a GGUF file or a Hugging Face folder gives the ids that it was written from.
@Suite struct TokenizerFilesTests {
  /// Tokenizers that GGUF can express.
  static let expressible = ["gpt2", "llama3", "qwen2", "smollm", "prepend", "sentencepiece-bpe"]
  static let vocabularies = [
    ("real-gpt2", "gpt-2"), ("real-llama3", "llama-bpe"), ("real-qwen2", "qwen2"), ("real-llama", "llama-spm"),
  ]

  private func files(_ name: String) throws -> TokenizerFiles {
    try TokenizerFiles(model: Fixture.folder.appending(path: name))
  }

  @Test(arguments: expressible)
  func aFolderBecomesGGUF(name: String) throws {
    let files = try files(name)
    let scratch = try ScratchFolder()
    let tokenizer = try scratch.throughGGUF(files, vocabularySize: files.tokenizer.vocabularySize)
    try expectSame(tokenizer, as: name)
    try expectSameMarks(tokenizer, files.tokenizer)
  }

  /// Metaspace puts no space before text that starts with one; SentencePiece and llama.cpp do.
  @Test func metaspaceDiffersOnlyBeforeASpace() throws {
    let files = try files("metaspace")
    let scratch = try ScratchFolder()
    let tokenizer = try scratch.throughGGUF(files, vocabularySize: files.tokenizer.vocabularySize)
    let pieces = try Fixture.tokenizer("sentencepiece-bpe")
    for text in Fixture.texts {
      let found = tokenizer.encode(text, addBOS: false)
      let startsWithSpace = text.hasPrefix(" ") || text.unicodeScalars.first == "\u{2581}"
      #expect(found == (startsWithSpace ? pieces : files.tokenizer).encode(text, addBOS: false), "\(text)")
    }
    #expect(Fixture.texts.count { $0.hasPrefix(" ") } > 3)
  }

  @Test(.enabled(if: Fixture.hasModels, "needs ../shared/models"), arguments: ["llama2-tokenizer", "stories260K"])
  func aRealFolderBecomesGGUF(name: String) throws {
    let files = try TokenizerFiles(model: Fixture.models.appending(path: name))
    let scratch = try ScratchFolder()
    let tokenizer = try scratch.throughGGUF(files, vocabularySize: files.tokenizer.vocabularySize)
    for text in Fixture.texts {
      let ids = files.tokenizer.encode(text)
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
      #expect(tokenizer.decode(ids).utf8.elementsEqual(files.tokenizer.decode(ids).utf8))
    }
    try expectSameMarks(tokenizer, files.tokenizer)
  }

  @Test(.enabled(if: Fixture.hasModels, "needs ../shared/models"), arguments: vocabularies)
  func aFileBecomesAFolder(name: String, file: String) throws {
    let path = Fixture.models.appending(path: "vocabularies/ggml-vocab-\(file).gguf")
    let files = try TokenizerFiles(model: path)
    let scratch = try ScratchFolder()
    try files.write(toFolder: scratch.path)
    let tokenizer = try Tokenizer.load(model: URL(filePath: scratch.path))
    try expectSame(tokenizer, as: name)
    try expectSameMarks(tokenizer, files.tokenizer)
    // And back again.
    let again = try ScratchFolder().throughGGUF(
      TokenizerFiles(model: URL(filePath: scratch.path)), vocabularySize: tokenizer.vocabularySize)
    try expectSame(again, as: name)
    try expectSameMarks(again, files.tokenizer)
  }

  @Test(arguments: expressible)
  func aFixturesFileBecomesAFolder(name: String) throws {
    let files = try files(name)
    let scratch = try ScratchFolder()
    _ = try scratch.throughGGUF(files, vocabularySize: files.tokenizer.vocabularySize + 20)
    let folder = try ScratchFolder()
    try TokenizerFiles(model: URL(filePath: scratch.file("model.gguf"))).write(toFolder: folder.path)
    let tokenizer = try Tokenizer.load(model: URL(filePath: folder.path))
    try expectSame(tokenizer, as: name)
    try expectSameMarks(tokenizer, files.tokenizer)
  }

  /// transformers reads `tokenizer.json`, this project `tokenizer.model`; both are the whole tokenizer.
  @Test(arguments: ["prepend", "sentencepiece-bpe"])
  func mergesAreAsGoodAsScores(name: String) throws {
    let files = try files(name)
    let scratch = try ScratchFolder()
    _ = try scratch.throughGGUF(files, vocabularySize: files.tokenizer.vocabularySize)
    try TokenizerFiles(model: URL(filePath: scratch.file("model.gguf"))).write(toFolder: scratch.path)
    #expect(
      scratch.names == [
        "generation_config.json", "model.gguf", "special_tokens_map.json", "tokenizer.json", "tokenizer.model",
        "tokenizer_config.json",
      ])
    try FileManager.default.removeItem(atPath: scratch.file("tokenizer.model"))
    try expectSame(try Tokenizer.load(model: URL(filePath: scratch.path)), as: name)
  }

  @Test(.enabled(if: Fixture.hasModels, "needs ../shared/models"))
  func aFoldersFilesSayWhatTheMarksAre() throws {
    let path = Fixture.models.appending(path: "vocabularies/ggml-vocab-qwen2.gguf")
    let scratch = try ScratchFolder()
    try TokenizerFiles(model: path).write(toFolder: scratch.path)
    let config = try JSONField(path: scratch.file("tokenizer_config.json"))
    #expect(try config["eos_token"].string() == "<|endoftext|>" && config["pad_token"].string() == "<|endoftext|>")
    #expect(try !config["add_bos_token"].bool() && config["chat_template"].string().contains("<|im_start|>"))
    #expect(try config["added_tokens_decoder"]["151644"]["content"].string() == "<|im_start|>")
    #expect(try config["added_tokens_decoder"]["151644"]["special"].bool())
    let names = try JSONField(path: scratch.file("special_tokens_map.json"))
    #expect(try names["bos_token"].string() == "<|endoftext|>" && names["unk_token"].ifPresent == nil)
    let generation = try JSONField(path: scratch.file("generation_config.json"))
    #expect(try generation["eos_token_id"].integers() == [151_643, 151_645])
  }

  @Test(.enabled(if: Fixture.hasModels, "needs ../shared/models"))
  func aFilesEntriesPassThrough() throws {
    let path = Fixture.models.appending(path: "vocabularies/ggml-vocab-qwen2.gguf")
    let files = try TokenizerFiles(model: path)
    let metadata = try GGUF(path: path.path).metadata
    let wanted = metadata.entries.filter { $0.key.hasPrefix("tokenizer.") }
    let found = try files.ggufEntries(vocabularySize: 151_936)
    #expect(found.map(\.key) == wanted.map(\.key) && found.map(\.value) == wanted.map(\.value))
    #expect(wanted.count == 9)

    let tokenizer = try ScratchFolder().throughGGUF(files, vocabularySize: 151_940)
    #expect(tokenizer.vocabularySize == 151_940 && tokenizer.piece(151_939) == "[PAD151939]")
    try expectSame(tokenizer, as: "real-qwen2")
  }

  @Test func aFolderIsCopied() throws {
    let scratch = try ScratchFolder()
    let source = try ScratchFolder()
    var written: [String: [UInt8]] = [:]
    let original = Fixture.folder.appending(path: "llama3/tokenizer.json").path
    written["tokenizer.json"] = try ByteSource(path: original).readAll(limit: 1 << 20)
    written["tokenizer_config.json"] = Array(#"{"eos_token" : "<|eot_id|>"}"#.utf8)
    written["generation_config.json"] = Array(#"{ "eos_token_id": [331] }"#.utf8)
    written["chat_template.jinja"] = Array("{{ 'é' }}\n".utf8)
    for (name, bytes) in written { try AtomicFile.write(bytes, to: source.file(name)) }
    try AtomicFile.write("{}", to: source.file("config.json"))
    try TokenizerFiles(model: URL(filePath: source.path)).write(toFolder: scratch.path)
    #expect(scratch.names == written.keys.sorted())
    for (name, bytes) in written {
      #expect(try ByteSource(path: scratch.file(name)).readAll(limit: 1 << 20) == bytes, "\(name)")
    }
  }

  @Test(arguments: [600, 3000])
  func aTrainedVocabularyBecomesAFolder(pieces: Int) throws {
    let template = ChatTemplate.chatML()
    let vocabulary = try VocabularyTrainer(pieceLimit: pieces, template: template)
      .train(VocabularyTrainerTests.rows(300))
    let files = try TokenizerFiles(trained: vocabulary, template: template)
    let scratch = try ScratchFolder()
    try files.write(toFolder: scratch.path)
    #expect(
      scratch.names == [
        "generation_config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer.model",
        "tokenizer_config.json",
      ])
    #expect(
      try ByteSource(path: scratch.file("tokenizer.model")).readAll(limit: 1 << 20) == vocabulary.modelProto)
    let config = try JSONField(path: scratch.file("tokenizer_config.json"))
    #expect(try config["bos_token"].string() == "<s>" && config["eos_token"].string() == "</s>")
    #expect(try config["unk_token"].string() == "<unk>" && config["add_bos_token"].bool())
    let folder = URL(filePath: scratch.path)
    let read = try TokenizerFiles(model: folder).tokenizer
    try expectSameMarks(read, files.tokenizer)
    #expect(ChatTemplate.recognized(in: try #require(read.chatTemplate)) == template)
    var others: [Tokenizer] = [read]
    if vocabulary.hasByteFallback {
      others.append(try scratch.throughGGUF(files, vocabularySize: vocabulary.pieceCount))
    } else {
      #expect(throws: FormatError.self) { try files.ggufEntries(vocabularySize: vocabulary.pieceCount) }
    }
    // Other programs read this one.
    try FileManager.default.removeItem(atPath: scratch.file("tokenizer.model"))
    others.append(try Tokenizer.load(model: folder))
    for text in Fixture.texts {
      let ids = files.tokenizer.encode(text)
      for tokenizer in others {
        #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
        // tokenizer.json does not say what the unknown piece looks like.
        let decoded = tokenizer.decode(ids.filter { $0 != 0 })
        #expect(decoded.utf8.elementsEqual(files.tokenizer.decode(ids.filter { $0 != 0 }).utf8))
      }
    }
  }

  /// A reader may find an end of text where the writer's own tokenizer named none.
  private func expectSameMarks(
    _ found: Tokenizer, _ wanted: Tokenizer, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(found.special.bos == wanted.special.bos, sourceLocation: sourceLocation)
    #expect(found.special.padding == wanted.special.padding, sourceLocation: sourceLocation)
    if let eos = wanted.special.eos {
      #expect(found.special.eos == eos && found.special.ends == wanted.special.ends, sourceLocation: sourceLocation)
    }
    #expect(found.addsBOS == wanted.addsBOS, sourceLocation: sourceLocation)
    #expect(found.chatTemplate == wanted.chatTemplate, sourceLocation: sourceLocation)
    let differing = (0..<wanted.vocabularySize).filter {
      $0 != wanted.special.unknown && $0 != found.special.unknown && found.isSpecial($0) != wanted.isSpecial($0)
    }
    #expect(differing.isEmpty, sourceLocation: sourceLocation)
  }
}
