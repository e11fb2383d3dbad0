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
      let ids = Fixture.texts.map { JSONValue.array(files.tokenizer.encode($0).map { .integer($0) }) }
      let json: JSONValue = [
        "texts": .array(Fixture.texts.map { .string($0) }), "ids": .array(ids),
        "vocabulary_size": .integer(files.tokenizer.vocabularySize),
      ]
      try AtomicFile.write(json.encoded(), to: "\(output)/\(name).json")
    }
  }
}
