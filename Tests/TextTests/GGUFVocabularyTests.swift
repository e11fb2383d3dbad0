import Formats
import Foundation
import Testing

@testable import Text

/// What a GGUF vocabulary says of its pieces, and what it cannot say.
@Suite struct GGUFVocabularyTests {
  private func entries(_ model: URL, size: Int) throws -> [String: GGUFValue] {
    let entries = try TokenizerFiles(model: model).ggufEntries(vocabularySize: size)
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) })
  }

  private func strings(_ value: GGUFValue?) throws -> [String] {
    guard case .array(.string(let texts)) = value else { throw NotFound() }
    return texts
  }

  private func kinds(_ value: GGUFValue?) throws -> [Int32] {
    guard case .array(.int32(let kinds)) = value else { throw NotFound() }
    return kinds
  }

  private struct NotFound: Error {}

  /// A copy of a fixture's tokenizer.json with parts replaced, which must be there.
  private func changed(
    _ name: String, _ replacements: [(old: String, new: String)], in folder: ScratchFolder
  ) throws -> URL {
    let path = Fixture.folder.appending(path: "\(name)/tokenizer.json").path
    var text = String(decoding: try ByteSource(path: path).readAll(limit: 1 << 20), as: UTF8.self)
    for (old, new) in replacements {
      #expect(text.contains(old), "\(old)")
      text = text.replacing(old, with: new)
    }
    try AtomicFile.write(text, to: folder.file("tokenizer.json"))
    return URL(filePath: folder.path)
  }

  private func refusal(_ model: URL, size: Int = 2000) throws -> FormatError {
    try #require(throws: FormatError.self) {
      _ = try TokenizerFiles(model: model).ggufEntries(vocabularySize: size)
    }
  }

  @Test func piecesHaveTheirKinds() throws {
    let found = try entries(Fixture.folder.appending(path: "sentencepiece-bpe"), size: 903)
    #expect(found["tokenizer.ggml.model"] == .string("llama") && found["tokenizer.ggml.pre"] == .string("default"))
    let tokens = try strings(found["tokenizer.ggml.tokens"])
    #expect(tokens.count == 903 && tokens.suffix(3) == ["[PAD900]", "[PAD901]", "[PAD902]"])
    let kinds = try kinds(found["tokenizer.ggml.token_type"])
    // <unk> <s> </s> <tool> <0x00>
    #expect(Array(kinds[..<5]) == [2, 3, 3, 4, 6] && Array(kinds[259...261]) == [6, 1, 1])
    #expect(kinds.suffix(3) == [5, 5, 5])
    #expect(found["tokenizer.ggml.unknown_token_id"] == .uint32(0))
    #expect(found["tokenizer.ggml.bos_token_id"] == .uint32(1) && found["tokenizer.ggml.eos_token_id"] == .uint32(2))
    #expect(found["tokenizer.ggml.add_bos_token"] == .bool(true))
    #expect(found["tokenizer.ggml.add_space_prefix"] == .bool(true))
    #expect(found["tokenizer.chat_template"] == nil && found["tokenizer.ggml.padding_token_id"] == nil)
  }

  @Test(arguments: [("gpt2", "gpt-2"), ("llama3", "llama-bpe"), ("qwen2", "qwen2"), ("smollm", "smollm")])
  func byteLevelTokenizersHaveTheirNames(name: String, pre: String) throws {
    let found = try entries(Fixture.folder.appending(path: name), size: 400)
    #expect(found["tokenizer.ggml.model"] == .string("gpt2") && found["tokenizer.ggml.pre"] == .string(pre))
    let field = try JSONField(path: Fixture.folder.appending(path: "\(name)/tokenizer.json").path)
    let merges = try field["model"]["merges"].array().map { try $0.strings().joined(separator: " ") }
    #expect(try strings(found["tokenizer.ggml.merges"]) == merges)
    let kinds = try kinds(found["tokenizer.ggml.token_type"])
    let marks = try field["added_tokens"].array().map { try $0["id"].integer() }
    #expect(kinds.indices.filter { kinds[$0] == 3 } == marks && kinds.contains(5) && kinds.count == 400)
  }

  @Test(arguments: [
    ("prefixed", "pre_tokenizer"), ("sentencepiece-unigram", "trainer_spec.model_type"),
  ])
  func whatGGUFCannotExpressIsRefused(name: String, field: String) throws {
    let error = try refusal(Fixture.folder.appending(path: name))
    #expect(error.kind == .unsupported && error.field == field, "\(error)")
  }

  @Test(arguments: [
    ("qwen2", #""normalizer":{"type":"NFC"}"#, #""normalizer":null"#, "pre_tokenizer"),
    ("gpt2", #""normalizer":null"#, #""normalizer":{"type":"NFC"}"#, "normalizer"),
    ("gpt2", #""lstrip":false"#, #""lstrip":true"#, ""),
    ("metaspace", #""byte_fallback":true"#, #""byte_fallback":false"#, "model.byte_fallback"),
    ("metaspace", #""split":false"#, #""split":true"#, "pre_tokenizer"),
    ("metaspace", #""prepend_scheme":"first""#, #""prepend_scheme":"never""#, nil),
  ])
  func ofAChangedTokenizerTheFieldIsNamed(name: String, old: String, new: String, field: String?) throws {
    let folder = try ScratchFolder()
    let model = try changed(name, [(old, new)], in: folder)
    if let field {
      let error = try refusal(model)
      #expect(error.kind == .unsupported && error.field == field, "\(error)")
    } else {
      #expect(try entries(model, size: 2000)["tokenizer.ggml.add_space_prefix"] == .bool(false))
    }
  }

  /// Small vocabularies: 256 bytes, an unknown token, characters, and merges as given.
  private func model(pieces: [String], merges: [(String, String)], in folder: ScratchFolder) throws -> URL {
    var vocabulary = JSONObject()
    vocabulary["<unk>"] = 0
    for byte in 0..<256 {
      let digits = String(byte, radix: 16, uppercase: true)
      vocabulary["<0x\(digits.count < 2 ? "0" : "")\(digits)>"] = .integer(byte + 1)
    }
    for piece in pieces { vocabulary[piece] = .integer(vocabulary.count) }
    let json: JSONValue = [
      "added_tokens": [["id": 0, "content": "<unk>", "special": true]],
      "pre_tokenizer": ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": false],
      "model": [
        "type": "BPE", "byte_fallback": true, "vocab": .object(vocabulary),
        "merges": .array(merges.map { [.string($0.0), .string($0.1)] }),
      ],
    ]
    try AtomicFile.write(json.encoded(), to: folder.file("tokenizer.json"))
    return URL(filePath: folder.path)
  }

  @Test func scoresAreRanks() throws {
    let folder = try ScratchFolder()
    let model = try model(
      pieces: ["▁", "a", "b", "ab", "ba", "aba", "é"],
      merges: [("b", "a"), ("a", "b"), ("a", "ba"), ("ab", "a")], in: folder)
    let found = try entries(model, size: 264)
    guard case .array(.float32(let scores)) = found["tokenizer.ggml.scores"] else { throw NotFound() }
    // The pieces that merges make, best first; then the characters.
    #expect(scores[260] == -1 && scores[261] == 0 && scores[262] == -2)
    #expect(Set([257, 258, 259, 263].map { scores[$0] }) == [-3, -4, -5, -6])
    let files = try TokenizerFiles(model: model)
    let tokenizer = try ScratchFolder().throughGGUF(files, vocabularySize: 264)
    for text in ["abab", "baba", "abba ab", "éaba", "aaabbb"] {
      #expect(tokenizer.encode(text) == files.tokenizer.encode(text), "\(text)")
    }
  }

  @Test func mergesThatScoresCannotExpressAreRefused() throws {
    let folder = try ScratchFolder()
    let pieces = ["▁", "a", "b", "ab", "ba", "aba"]
    // "aba" is also "ab" and "a".
    let missing = try refusal(
      model(pieces: pieces, merges: [("a", "b"), ("b", "a"), ("a", "ba")], in: folder))
    #expect(missing.field == "model.merges" && missing.problem.contains("262"), "\(missing)")
    let parted = try refusal(
      model(pieces: pieces, merges: [("a", "b"), ("ab", "a"), ("b", "a"), ("a", "ba")], in: folder))
    #expect(parted.field == "model.merges" && parted.problem.contains("follow"), "\(parted)")
  }

  @Test func tokensThatAreAddedLaterArePartOfIt() throws {
    let folder = try ScratchFolder()
    let original = Fixture.folder.appending(path: "sentencepiece-bpe/tokenizer.model").path
    try AtomicFile.write(
      ByteSource(path: original).readAll(limit: 1 << 20), to: folder.file("tokenizer.model"))
    try AtomicFile.write(
      """
      {"pad_token": "[PAD901]", "added_tokens_decoder": {"900": {"content": "<|im_end|>", "special": true},
      "901": {"content": "[PAD901]", "special": true}, "903": {"content": "<thought>", "special": false}}}
      """, to: folder.file("tokenizer_config.json"))
    let model = URL(filePath: folder.path)
    let found = try entries(model, size: 905)
    let tokens = try strings(found["tokenizer.ggml.tokens"])
    #expect(tokens.suffix(5) == ["<|im_end|>", "[PAD901]", "[PAD902]", "<thought>", "[PAD904]"])
    #expect(try kinds(found["tokenizer.ggml.token_type"]).suffix(5) == [3, 3, 5, 4, 5])
    #expect(found["tokenizer.ggml.padding_token_id"] == .uint32(901))
    let files = try TokenizerFiles(model: model)
    let tokenizer = try ScratchFolder().throughGGUF(files, vocabularySize: 905)
    #expect(tokenizer.special.ends == [2, 900] && files.tokenizer.special.ends == [2, 900])
    let text = "one <thought>two"
    #expect(tokenizer.encode(text) == files.tokenizer.encode(text) && tokenizer.encode(text).contains(903))

    // A model without rows for them.
    let bare = try entries(model, size: 900)
    #expect(try strings(bare["tokenizer.ggml.tokens"]).count == 900 && bare["tokenizer.ggml.padding_token_id"] == nil)
  }

  @Test func aVocabularyThatDoesNotFitIsRefused() throws {
    let model = Fixture.folder.appending(path: "sentencepiece-bpe")
    #expect(try refusal(model, size: 899).kind == .malformed)
    #expect(try refusal(model, size: 1 << 20).kind == .limit)
    #expect(try refusal(Fixture.folder.appending(path: "gpt2"), size: 200).kind == .malformed)
  }
}
