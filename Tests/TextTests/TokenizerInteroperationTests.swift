import Formats
import Foundation
import Testing

@testable import Text

/// Writes tokenizers for `Tools/check_tokenizers.py`, which reads them with other programs.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["EVOLCANO_TOKENIZERS_OUTPUT"] != nil,
    "Tools/check_tokenizers.py asks for these files"))
struct TokenizerInteroperationTests {
  private let output = ProcessInfo.processInfo.environment["EVOLCANO_TOKENIZERS_OUTPUT"] ?? ""
  private static let real = [
    ("real-gpt2", "vocabularies/ggml-vocab-gpt-2.gguf"), ("real-llama3", "vocabularies/ggml-vocab-llama-bpe.gguf"),
    ("real-qwen2", "vocabularies/ggml-vocab-qwen2.gguf"), ("real-llama", "vocabularies/ggml-vocab-llama-spm.gguf"),
    ("llama2-tokenizer", "llama2-tokenizer"), ("stories260K", "stories260K"),
  ]

  /// `NAME.gguf`, the folder `NAME` that is made of it, and `NAME.json` with the ids of the original.
  @Test func everyTokenizerInBothForms() throws {
    let fixtures = (TokenizerFilesTests.expressible + ["metaspace"]).map { ($0, Fixture.folder.appending(path: $0)) }
    let models = Self.real.map { ($0.0, Fixture.models.appending(path: $0.1)) }
    for (name, model) in fixtures + (Fixture.hasModels ? models : []) {
      let files = try TokenizerFiles(model: model)
      let metadata: [(key: String, value: GGUFValue)] = [("general.architecture", .string("llama"))]
      let entries = try files.ggufEntries(vocabularySize: files.tokenizer.vocabularySize)
      let path = "\(output)/\(name).gguf"
      try GGUFWriter(path: path, metadata: metadata + entries, tensors: []).finish()
      let folder = try AtomicFolder(path: "\(output)/\(name)", replacing: true)
      try TokenizerFiles(model: URL(filePath: path)).write(toFolder: folder.temporaryPath)
      try folder.commit()
      try AtomicFile.write(ids(files.tokenizer).encoded(), to: "\(output)/\(name).json")
    }
  }

  /// Vocabularies that are made here, one with each template: beside the folder and the file also `NAME.chat.json`, with
  /// conversations as this project writes them.
  @Test(arguments: ChatTemplate.families)
  func everyTemplateWithAVocabularyOfItsOwn(template: ChatTemplate) throws {
    for pieces in [600, 2600] {
      let name = "trained-\(template.name)-\(pieces)"
      let vocabulary = try VocabularyTrainer(pieceLimit: pieces, template: template)
        .train(VocabularyTrainerTests.rows(500))
      let files = try TokenizerFiles(trained: vocabulary, template: template)
      let folder = try AtomicFolder(path: "\(output)/\(name)", replacing: true)
      try files.write(toFolder: folder.temporaryPath)
      try folder.commit()
      if vocabulary.hasByteFallback {
        let metadata: [(key: String, value: GGUFValue)] = [("general.architecture", .string("llama"))]
        let entries = try files.ggufEntries(vocabularySize: vocabulary.pieceCount)
        try GGUFWriter(path: "\(output)/\(name).gguf", metadata: metadata + entries, tensors: []).finish()
      }
      try AtomicFile.write(ids(files.tokenizer).encoded(), to: "\(output)/\(name).json")
      try AtomicFile.write(chats(files.tokenizer, template).encoded(), to: "\(output)/\(name).chat.json")
    }
  }

  /// What `Fixtures/templates.json` holds.
  @Test func everyTemplateInJinja() throws {
    var templates = JSONObject()
    for template in ChatTemplate.families { templates[template.name] = .string(template.jinja) }
    try AtomicFile.write(JSONValue.object(templates).encoded(indent: 2) + "\n", to: "\(output)/templates.json")
  }

  private func ids(_ tokenizer: Tokenizer) -> JSONValue {
    [
      "texts": .array(Fixture.texts.map { .string($0) }),
      "ids": .array(Fixture.texts.map { .array(tokenizer.encode($0).map { .integer($0) }) }),
      "vocabulary_size": .integer(tokenizer.vocabularySize),
    ]
  }

  private func chats(_ tokenizer: Tokenizer, _ template: ChatTemplate) throws -> JSONValue {
    let renderer = ChatRenderer(tokenizer: tokenizer, template: template)
    let chats = try ChatTests.conversations().map { messages -> JSONValue in
      let prompting = messages.last?.role == .user
      let chat = try renderer.render(messages, prompting: prompting)
      return [
        "messages": .array(messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] }),
        "prompting": .bool(prompting), "text": .string(chat.text), "ids": .array(chat.ids.map { .integer($0) }),
      ]
    }
    return ["chats": .array(chats)]
  }
}
