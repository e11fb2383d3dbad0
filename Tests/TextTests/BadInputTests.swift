import Formats
import Foundation
import Testing

@testable import Text

/// Malformed tokenizers give a `FormatError` that names the file, never a crash.
@Suite struct BadInputTests {
  private static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Fixture.folder.appending(path: path)))
  }

  private static func load(json bytes: [UInt8]) throws -> Tokenizer {
    try Tokenizer.load(
      json: JSONField(JSONValue.parse(bytes, file: "test"), file: "test"), settings: TokenizerSettings())
  }

  private static func load(sentencePiece bytes: [UInt8]) throws -> Tokenizer {
    try Tokenizer.load(sentencePiece: bytes, file: "test", settings: TokenizerSettings())
  }

  private static func load(gguf bytes: [UInt8]) throws -> Tokenizer {
    try Tokenizer.load(gguf: GGUF(ByteSource(bytes: bytes, name: "test")).metadata)
  }

  private func refusal(_ body: () throws -> Tokenizer) throws -> FormatError {
    var refusal: FormatError?
    do { _ = try body() } catch let error as FormatError { refusal = error }
    return try #require(refusal, "the file was taken")
  }

  // MARK: tokenizer.json

  /// A change to a small good file, and the field that the error names.
  private static let changes: [(path: [String], value: JSONValue, field: String)] = [
    (["model", "vocab", "zz"], 1_099_511_627_776, "model.vocab"),
    (["model", "vocab", "zz"], -1, "model.vocab"),
    (["model", "vocab", "zz"], 2, "model.vocab"),
    (["model", "vocab", "zz"], "2", "model.vocab.zz"),
    (["model", "vocab"], [1], "model.vocab"),
    (["model", "merges"], ["a zz"], "model.merges[0]"),
    (["model", "merges"], ["a b", "b a"], "model.merges[1]"),
    (["model", "merges"], ["a b ab"], "model.merges[0]"),
    (["model", "merges"], ["ab"], "model.merges[0]"),
    (["model", "merges"], [["a", "b"], ["a"]], "model.merges[1]"),
    (["model", "merges"], [3], "model.merges[0]"),
    (["model", "merges"], ["a ▁"], "model.merges[0]"),
    (["model", "merges"], nil, "model.merges"),
    (["model", "unk_token"], "<unknown>", "model.unk_token"),
    (["model", "type"], "WordPiece", "model.type"),
    (["model", "end_of_word_suffix"], "</w>", "model.end_of_word_suffix"),
    (["added_tokens"], [["id": 1, "content": "", "special": true]], "added_tokens[0].content"),
    (["added_tokens"], [["id": 1, "content": "<s>", "special": true]], "added_tokens"),
    (["added_tokens"], [["id": 99_999_999, "content": "<s>"]], "added_tokens"),
    (["normalizer"], ["type": "BertNormalizer"], "normalizer.type"),
    (["normalizer"], ["type": "Prepend", "prepend": ""], "normalizer.prepend"),
    (["pre_tokenizer"], ["type": "Whitespace"], "pre_tokenizer.type"),
    (
      ["pre_tokenizer"], ["type": "Split", "pattern": ["Regex": "(a+)+$"], "behavior": "Isolated"],
      "pre_tokenizer.pattern.Regex"
    ),
    (
      ["post_processor"],
      [
        "type": "TemplateProcessing", "single": [["SpecialToken": ["id": "<s>"]]],
        "special_tokens": ["<s>": ["ids": [77]]],
      ], "post_processor.special_tokens"
    ),
  ]

  private static let small: JSONValue = [
    "added_tokens": [["id": 3, "content": "<s>", "special": true]],
    "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false],
    "model": ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": ["a b"]],
  ]

  private func set(_ value: JSONValue, at path: ArraySlice<String>, in root: JSONValue) -> JSONValue {
    guard let key = path.first else { return value }
    guard case .object(var object) = root else { return root }
    object[key] = set(value, at: path.dropFirst(), in: object[key] ?? .object(JSONObject()))
    return .object(object)
  }

  @Test(arguments: changes.indices)
  func badJSONIsRefused(index: Int) throws {
    let good = try Self.load(json: Array(Self.small.encoded().utf8))
    #expect(good.encode("abba<s>") == [2, 1, 0])
    let (path, value, field) = Self.changes[index]
    let changed = set(value, at: path[...], in: Self.small)
    let error = try refusal { try Self.load(json: Array(changed.encoded().utf8)) }
    #expect(error.file == "test" && error.field == field, "\(error)")
  }

  @Test func aLongMarkIsRefused() throws {
    let mark = String(repeating: "x", count: 1025)
    let changed = set([["id": 3, "content": .string(mark)]], at: ["added_tokens"], in: Self.small)
    #expect(try refusal { try Self.load(json: Array(changed.encoded().utf8)) }.kind == .limit)
  }

  // MARK: tokenizer.model

  private static let pieces: SentencePieceVocabulary = {
    var vocabulary = SentencePieceVocabulary(pieces: [
      .init(text: "<unk>", kind: .unknown), .init(text: "<s>", kind: .control), .init(text: "▁"), .init(text: "a"),
    ])
    for byte in 0...255 {
      let digits = (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      vocabulary.pieces.append(.init(text: "<0x\(digits)>", kind: .byte))
    }
    return vocabulary
  }()

  @Test func badPiecesAreRefused() throws {
    #expect(try Self.load(sentencePiece: Self.pieces.modelProto(addsSpace: true)).encode("aaé").count == 6)
    let changes: [(field: String, change: (inout SentencePieceVocabulary) -> Void)] = [
      ("pieces[3]", { $0.pieces[3].text = "▁" }),
      ("pieces[3]", { $0.pieces[3].text = "" }),
      ("pieces[3]", { $0.pieces[3].text = "a\0b" }),
      ("pieces[3]", { $0.pieces[3].score = .nan }),
      ("pieces[3]", { $0.pieces[3].kind = .byte }),
      ("pieces[4]", { $0.pieces[4].text = "<0x-1>" }),
      ("pieces", { $0.pieces.removeLast() }),
      ("pieces", { $0.pieces[0].kind = .normal }),
      ("pieces", { $0.pieces[3].kind = .unknown }),
      ("normalizer_spec.precompiled_charsmap", { $0.characterMap = [1, 2, 3] }),
      (
        "normalizer_spec.precompiled_charsmap",
        { $0.characterMap = [0, 4, 0, 0] + [UInt8](repeating: 255, count: 1024) }
      ),
      // Unit 0 leads far beyond the array.
      (
        "normalizer_spec.precompiled_charsmap",
        { $0.characterMap = [0, 4, 0, 0, 0, 0xFC, 0xFF, 0x7F] + Array(repeating: 0, count: 1021) }
      ),
    ]
    for (field, change) in changes {
      var vocabulary = Self.pieces
      change(&vocabulary)
      let error = try refusal { try Self.load(sentencePiece: vocabulary.modelProto(addsSpace: true)) }
      #expect(error.file == "test" && error.field == field, "\(error)")
    }
    #expect(try refusal { try Self.load(sentencePiece: []) }.kind == .malformed)
    // model_type 3: words.
    let words = Self.pieces.modelProto(addsSpace: true) + [0x12, 2, 0x18, 3]
    #expect(try refusal { try Self.load(sentencePiece: words) }.field == "trainer_spec.model_type")
  }

  @Test func everyTruncationGivesAModelOrAnError() throws {
    let bytes = Self.pieces.modelProto(addsSpace: true)
    var refused = 0
    for count in bytes.indices {
      do { _ = try Self.load(sentencePiece: Array(bytes[..<count])) } catch is FormatError { refused += 1 }
    }
    // What ends between two messages is whole; it lacks pieces, though, until the last.
    #expect(refused >= bytes.count * 9 / 10)
  }

  // MARK: GGUF

  private static func gguf(_ model: String, _ change: (inout [String: any Sendable]) -> Void = { _ in }) -> [UInt8] {
    var entries: [String: any Sendable] = ["model": model, "bos_token_id": UInt32(1)]
    if model == "llama" {
      entries["tokens"] = pieces.pieces.map(\.text)
      entries["scores"] = pieces.pieces.map(\.score)
      entries["token_type"] = pieces.pieces.map { Int32($0.kind.rawValue) }
    } else {
      entries["tokens"] = ["a", "b", "ab", "<s>"]
      entries["token_type"] = [1, 1, 1, 3] as [Int32]
      entries["merges"] = ["a b"]
      entries["pre"] = "gpt-2"
    }
    change(&entries)
    var file = GGUFBytes()
    for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
      let key = "tokenizer.ggml.\(key)"
      switch value {
      case let value as String: file.add(key, value)
      case let value as UInt32: file.add(key, value)
      case let value as [String]: file.add(key, value)
      case let value as [Int32]: file.add(key, value)
      case let value as [Float]: file.add(key, value)
      default: fatalError("no GGUF type for \(value)")
      }
    }
    return file.bytes
  }

  @Test func badGGUFVocabulariesAreRefused() throws {
    #expect(try Self.load(gguf: Self.gguf("gpt2")).encode("abb", addBOS: false) == [2, 1])
    #expect(try Self.load(gguf: Self.gguf("llama")).encode("a") == [1, 2, 3])
    let changes: [(model: String, field: String, value: (any Sendable)?)] = [
      ("bert", "model", nil), ("llama", "tokens", nil), ("llama", "scores", nil), ("llama", "scores", [0] as [Float]),
      ("llama", "token_type", [9] as [Int32]), ("llama", "bos_token_id", UInt32(260)), ("gpt2", "merges", nil),
      ("gpt2", "merges", ["a zz"]), ("gpt2", "token_type", [1] as [Int32]), ("gpt2", "pre", "default"),
      ("gpt2", "pre", nil), ("gpt2", "tokens", ["a", "b", "ab", ""]),
    ]
    for (model, field, value) in changes {
      let bytes = Self.gguf(model) { if model != "bert" { $0[field] = value } }
      let error = try refusal { try Self.load(gguf: bytes) }
      #expect(error.field.hasPrefix("tokenizer.ggml.\(field)"), "\(error)")
    }
  }

  // MARK: Mutation

  /// What was taken can be written in the other form, or the error says why not.
  private func expectWritableOrRefused(_ tokenizer: Tokenizer, isGGUF: Bool) {
    do throws(FormatError) {
      if isGGUF {
        #expect(try tokenizer.huggingFaceFiles(file: "test").count >= 4)
      } else {
        let size = tokenizer.vocabularySize + 1
        #expect(try tokenizer.ggufEntries(vocabularySize: size, file: "test").count >= 6)
      }
    } catch {
      #expect(error.file == "test" && !error.problem.isEmpty)
    }
  }

  private static let seconds = ProcessInfo.processInfo.environment["EVOLCANO_FUZZ_SECONDS"].flatMap(Double.init)

  /// A fixed number of changes from a fixed seed; with `EVOLCANO_FUZZ_SECONDS` in the environment that long, from a seed
  /// that the clock gives.
  @Test(arguments: [
    "gpt2/tokenizer.json", "metaspace/tokenizer.json", "sentencepiece-bpe/tokenizer.model",
    "sentencepiece-unigram/tokenizer.model", "small.model", "small.json", "gpt2.gguf", "llama.gguf",
  ])
  func changedFilesGiveTokenizersOrErrors(name: String) throws {
    let original: [UInt8]
    switch name {
    case "small.model": original = Self.pieces.modelProto(addsSpace: true)
    case "small.json": original = Array(Self.small.encoded().utf8)
    case "gpt2.gguf": original = Self.gguf("gpt2")
    case "llama.gguf": original = Self.gguf("llama")
    default: original = try Self.bytes(name)
    }
    let clock = ContinuousClock()
    let end = Self.seconds.map { clock.now + .seconds($0) }
    let seed = end == nil ? 1 : UInt64(Date().timeIntervalSince1970)
    var generator = Generator(state: seed)
    let fixedCount = original.count > 10_000 ? 60 : 600
    var (count, refused) = (0, 0)
    while end.map({ clock.now < $0 }) ?? (count < fixedCount) {
      count += 1
      let bytes = generator.change(original)
      do {
        let tokenizer =
          try name.hasSuffix("json")
          ? Self.load(json: bytes)
          : name.hasSuffix("gguf") ? Self.load(gguf: bytes) : Self.load(sentencePiece: bytes)
        let ids = tokenizer.encode("ab aé ﬁ \u{1F600}\n<s>", allowSpecial: true)
        #expect(ids.allSatisfy { (0..<tokenizer.vocabularySize).contains($0) }, "change \(count) from seed \(seed)")
        _ = tokenizer.decode(ids + [-1, tokenizer.vocabularySize], skippingSpecial: false)
        expectWritableOrRefused(tokenizer, isGGUF: name.hasSuffix("gguf"))
      } catch let error as FormatError {
        refused += 1
        #expect(error.file == "test" && !error.problem.isEmpty)
      }
    }
    #expect(refused > 0 && refused < count, "\(refused) of \(count) changes were refused")
  }
}
