import Foundation
import Formats
import Testing

@testable import Text

/// Ids and texts are those of the sentencepiece and tokenizers packages.
@Suite struct TokenizerTests {
  static let trained = [
    "gpt2", "prefixed", "llama3", "qwen2", "smollm", "metaspace", "prepend", "sentencepiece-bpe",
    "sentencepiece-unigram",
  ]

  @Test(arguments: trained)
  func idsAreThoseOfTheLibraries(name: String) throws {
    try expectSame(try Fixture.tokenizer(name), as: name)
  }

  @Test(
    .enabled(if: Fixture.hasModels, "needs ../shared/models"),
    arguments: [
      ("real-gpt2", "vocabularies/ggml-vocab-gpt-2.gguf"), ("real-llama3", "vocabularies/ggml-vocab-llama-bpe.gguf"),
      ("real-qwen2", "vocabularies/ggml-vocab-qwen2.gguf"), ("real-llama", "vocabularies/ggml-vocab-llama-spm.gguf"),
      ("real-llama", "llama2-tokenizer"),
    ])
  func idsOfRealVocabulariesAreThoseOfTheLibraries(name: String, path: String) throws {
    try expectSame(try Tokenizer.load(model: Fixture.models.appending(path: path)), as: name)
  }

  /// With marks allowed and BOS as the model has it, the ids are those of `encode` in the tokenizers package.
  @Test(arguments: ["gpt2", "llama3", "qwen2", "smollm", "metaspace", "prepend"])
  func marksArePartOfTextWhereAllowed(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let wanted = try Fixture.json(name)["special"].array()
    for (place, text) in Fixture.texts.enumerated() {
      let found = tokenizer.encode(text, allowSpecial: true)
      #expect(try found == wanted[place].integers(), "text \(place): \(text.debugDescription)")
    }
  }

  @Test(arguments: trained)
  func marksNeverComeFromText(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for token in tokenizer.added.tokens where token.isSpecial {
      let ids = tokenizer.encode("a\(token.content) \(token.content)\(token.content)", addBOS: false)
      #expect(!ids.contains { tokenizer.isSpecial($0) }, "\(token.content) became a mark")
    }
  }

  @Test(arguments: trained)
  func spansCoverTheText(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for text in Fixture.texts {
      let text = tokenizer.composed(text)
      let spans = tokenizer.encodeSpans(text, addBOS: false).map(\.bytes)
      #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound <= $1.upperBound })
      #expect(spans.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= text.utf8.count })
      if name != "sentencepiece-unigram", !text.isEmpty { #expect(spans.last?.upperBound == text.utf8.count) }
    }
  }

  @Test(arguments: ["gpt2", "metaspace", "sentencepiece-bpe"])
  func brokenTextIsRepaired(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let fixture = try Fixture.json("texts")
    let ids = try Fixture.json(name)["ids"].array()
    let first = try fixture["broken_at"].integer()
    for (place, digits) in try fixture["broken"].strings().enumerated() {
      let bytes = stride(from: 0, to: digits.count, by: 2).map { start in
        UInt8(Array(digits)[start..<start + 2].reduce(into: "") { $0.append($1) }, radix: 16) ?? 0
      }
      #expect(try tokenizer.encode(bytes: bytes, addBOS: false) == ids[first + place].integers(), "\(digits)")
    }
  }

  /// A run of one letter has no word ends; merging it must stay near linear.
  @Test(arguments: ["gpt2", "metaspace", "sentencepiece-bpe", "sentencepiece-unigram"])
  func aMegabyteOfOneLetterIsNoAttack(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let text = String(repeating: "a", count: 1 << 20)
    let start = ContinuousClock.now
    let ids = tokenizer.encode(text, addBOS: false)
    #expect(ContinuousClock.now - start <= .seconds(20))
    #expect(tokenizer.decode(ids) == text)
  }

  @Test(arguments: trained)
  func aStreamGivesTheWholeText(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for text in Fixture.texts {
      let ids = tokenizer.encode(text, addBOS: false)
      var stream = TextStream(tokenizer)
      var pieces: [String] = []
      for id in ids { pieces.append(stream.append(id)) }
      pieces.append(stream.finish())
      #expect(pieces.joined().utf8.elementsEqual(tokenizer.decode(ids).utf8))
      // A character is given whole or not at all, so that only a text with U+FFFD in it shows any.
      if !text.unicodeScalars.contains("\u{FFFD}") {
        #expect(!pieces.contains { $0.unicodeScalars.contains("\u{FFFD}") }, "\(text.debugDescription)")
      }
    }
  }

  @Test func aCharacterIsHeldBackUntilItIsWhole() throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    let bytes = try "é🏽".utf8.map { try #require(tokenizer.id(of: ByteAlphabet.encode([$0]))) }
    var stream = TextStream(tokenizer)
    #expect(bytes.map { stream.append($0) } == ["", "é", "", "", "", "🏽"])
    #expect(stream.append(bytes[2]) == "" && stream.finish() == "\u{FFFD}" && stream.finish() == "")
  }

  @Test func theModelSaysWhichMarksItHas() throws {
    let llama3 = try Fixture.tokenizer("llama3")
    #expect(llama3.addsBOS && llama3.special.bos.flatMap(llama3.piece) == "<|begin_of_text|>")
    #expect(llama3.special.ends.compactMap(llama3.piece).sorted() == ["<|end_of_text|>", "<|eot_id|>"])
    let pieces = try Fixture.tokenizer("sentencepiece-bpe")
    #expect(pieces.special.bos == 1 && pieces.special.eos == 2 && pieces.special.unknown == 0)
    #expect(pieces.encode("a").first == 1 && pieces.encode("a", addBOS: false).first != 1)
    #expect(pieces.vocabularySize == 900 && pieces.piece(1) == "<s>" && pieces.piece(900) == nil)
    #expect(pieces.decode([1, 5, 2, 99_999], skippingSpecial: false).hasPrefix("<s>"))
  }

  /// SentencePiece rebuilt from a GGUF file is the same model as the `tokenizer.model` that the file was made from.
  @Test(.enabled(if: Fixture.hasModels, "needs ../shared/models"))
  func aVocabularyFromGGUFIsTheOriginal() throws {
    let path = Fixture.models.appending(path: "llama2-tokenizer/tokenizer.model").path
    let original = try SentencePieceVocabulary(
      modelProto: ByteSource(path: path).readAll(limit: 1 << 20), file: path)
    let gguf = Fixture.models.appending(path: "vocabularies/ggml-vocab-llama-spm.gguf").path
    let rebuilt = try SentencePieceVocabulary(GGUF(path: gguf).metadata)
    #expect(rebuilt.pieces == original.pieces)
    #expect(rebuilt.algorithm == original.algorithm && rebuilt.addsSpace == original.addsSpace)
  }
}
