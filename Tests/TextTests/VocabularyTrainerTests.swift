import Formats
import Foundation
import Testing

@testable import Text

/// A vocabulary that is made of texts writes them, and what is not in them, as it says it does.
@Suite struct VocabularyTrainerTests {
  /// Rows of a small world, all different, in words that occur often and words that do not.
  static func rows(_ count: Int) -> [String] {
    let names = ["Lily", "Tom", "the old café", "a small dog", "my sister", "the teacher"]
    let verbs = ["found", "counted", "painted", "lost", "wrote about", "carried"]
    return (0..<count).map { row in
      let name = names[row % names.count]
      let verb = verbs[row / 7 % verbs.count]
      return "Write what happened when \(name) \(verb) \(row) apples.\n\n- List  each step.\n- Then say why it's so."
    }
  }

  private static let odd = [
    "", " ", "two  spaces", "   three before and two after  ", "tab\tand\ttab", "line\nline\n\n\nline\r\n", "\n", "\t",
    "é è café", "👋🏽 👨‍👩‍👧‍👦", "1 23 456", "你好", "a\u{0}b", "\u{2581} \u{2585}", "<s> </s> <unk> <0x0A>",
  ]

  private func tokenizer(_ vocabulary: TrainedVocabulary, template: ChatTemplate? = nil) throws -> Tokenizer {
    try TokenizerFiles(trained: vocabulary, template: template).tokenizer
  }

  @Test(arguments: [400, 3000])
  func theSameTextsGiveTheSameBytes(pieces: Int) throws {
    let trainer = VocabularyTrainer(pieceLimit: pieces, template: .vicuna)
    let first = try trainer.train(Self.rows(500))
    #expect(try trainer.train(Self.rows(500)) == first)
    #expect(try trainer.train(Self.rows(400)) != first)
    #expect(first.hasByteFallback == (pieces >= 2048))
  }

  @Test func theMarksAreLLaMAs() throws {
    let tokenizer = try tokenizer(VocabularyTrainer(pieceLimit: 3000).train(Self.rows(500)))
    #expect((0..<3).map { tokenizer.piece($0) } == ["<unk>", "<s>", "</s>"])
    #expect((0..<256).map { tokenizer.bytes($0 + 3) } == (0..<256).map { [UInt8($0)] })
    let special = tokenizer.special
    #expect(special == .init(bos: 1, eos: 2, unknown: 0, padding: nil, ends: [2]) && tokenizer.addsBOS)
    #expect(tokenizer.encode("7 apples").first == 1)
  }

  /// Words of the texts become few pieces; digits stand alone; a line's end is written.
  @Test func textIsWrittenInFewPieces() throws {
    let tokenizer = try tokenizer(VocabularyTrainer(pieceLimit: 600).train(Self.rows(500)))
    let pieces = tokenizer.encode("when Lily counted 123 apples.\n\n- List", addBOS: false).map { tokenizer.piece($0) }
    #expect(pieces == ["▁when", "▁Lily", "▁counted", "▁", "1", "2", "3", "▁apples", ".\n\n-", "▁List"])
  }

  @Test(arguments: [120, 400, 3000])
  func everyPrintableCharacterHasAPiece(pieces: Int) throws {
    let vocabulary = try VocabularyTrainer(pieceLimit: pieces).train(["aaa bbb"])
    let tokenizer = try tokenizer(vocabulary)
    for character in [0x09, 0x0A] + Array(0x20...0x7E as ClosedRange<UInt8>) {
      let text = String(decoding: [character], as: UTF8.self)
      for text in [text, "a" + text + text + "a"] {
        let ids = tokenizer.encode(text)
        #expect(!ids.contains(0), "\(text.debugDescription)")
        #expect(!ids.contains { tokenizer.piece($0)?.hasPrefix("<0x") ?? true }, "\(text.debugDescription)")
        #expect(tokenizer.decode(ids) == text)
      }
    }
  }

  @Test(arguments: [400, 2048])
  func withBytesEveryTextComesBack(pieces: Int) throws {
    let trainer = VocabularyTrainer(pieceLimit: pieces, hasByteFallback: true)
    let tokenizer = try tokenizer(trainer.train(Self.rows(300)))
    for text in Self.odd + Fixture.texts {
      let ids = tokenizer.encode(text)
      // SentencePiece's own spaces and plain ones are the same to it.
      let wanted = text.replacing("\u{2581}", with: " ")
      #expect(tokenizer.decode(ids).utf8.elementsEqual(wanted.utf8), "\(text.debugDescription)")
      #expect(!ids.contains(0))
    }
  }

  @Test func withoutBytesOnlyWhatWasNeverSeenIsUnknown() throws {
    let tokenizer = try tokenizer(VocabularyTrainer(pieceLimit: 512).train(Self.rows(300)))
    for text in ["two  spaces", "  a  ", "tab\tand\ttab", "line\nline\n\n\nline", "café", "1 23 456", "<s> <0x0A>"] {
      #expect(tokenizer.decode(tokenizer.encode(text)).utf8.elementsEqual(text.utf8), "\(text.debugDescription)")
    }
    for text in ["👋🏽", "è", "你好", "a\u{0}b", "\u{2585}"] {
      #expect(tokenizer.encode("see " + text).count { $0 == 0 } == 1, "\(text.debugDescription)")
    }
    #expect(tokenizer.encode("see 你好!").suffix(2) == [0, try #require(tokenizer.id(of: "!"))])
  }

  /// Rare characters of many scripts must not crowd the pieces of words out, and the odd ones not stop training.
  @Test(arguments: [300, 512, 2500])
  func manyCharactersLeaveRoom(pieces: Int) throws {
    let strange = (0x4E00..<0x5E00).compactMap { Unicode.Scalar($0).map { "\($0)" } }
    let texts = Self.rows(300) + strange + Self.odd + Fixture.texts
    let vocabulary = try VocabularyTrainer(pieceLimit: pieces).train(texts)
    #expect(vocabulary.pieceCount == pieces)
    let tokenizer = try tokenizer(vocabulary)
    #expect(tokenizer.encode("apples", addBOS: false).count < 6)
    #expect(tokenizer.encode("cafe", addBOS: false).count < 5)
  }

  @Test func fewTextsGiveFewPieces() throws {
    let vocabulary = try VocabularyTrainer(pieceLimit: 2000).train(["Add one.", "Add two."])
    #expect((101..<150).contains(vocabulary.pieceCount))
    #expect(try tokenizer(vocabulary).vocabularySize == vocabulary.pieceCount)
    // And there are never more than were asked for.
    for pieces in [100, 101, 150, 356, 2048, 2100] {
      let template = pieces < 110 ? nil : ChatTemplate.named("llama3")
      let found = try VocabularyTrainer(pieceLimit: pieces, template: template).train(Self.rows(200)).pieceCount
      #expect(found == pieces || pieces > 300 && found < pieces, "\(found) of \(pieces)")
    }
  }

  @Test func aLongWordIsNoTrouble() throws {
    let word = String(repeating: "abcdefghé", count: 30_000)
    #expect(try VocabularyTrainer(pieceLimit: 300).train([word, "and more words", word]).pieceCount > 100)
  }

  /// Of too much text it takes some from everywhere.
  @Test func muchTextIsSampledEvenly() throws {
    let texts = (0..<1000).map { "\($0) " + String(repeating: "x", count: 500) }
    let sample = TextSample(texts, limit: 51_000)
    #expect((50_000...55_000).contains(sample.bytes.count))
    let numbers = String(decoding: sample.bytes, as: UTF8.self).split(separator: "x").compactMap {
      Int($0.filter(\.isNumber))
    }
    let gaps = zip(numbers.dropFirst(), numbers).map { $0 - $1 }
    #expect(numbers.count > 90 && numbers[0] < 20 && gaps.allSatisfy { (8...12).contains($0) })
    #expect(TextSample(texts, limit: 1 << 20).count == 1000)
    let long = TextSample([String(repeating: "é", count: 10_000)], limit: 1 << 20)
    #expect(long.count == 5 && long.ends.allSatisfy { $0 % 2 == 0 } && long.ends.last == 20_000)
  }

  @Test func marksOfATemplateAreOnePieceEach() throws {
    let template = ChatTemplate.chatML()
    let tokenizer = try tokenizer(
      VocabularyTrainer(pieceLimit: 500, template: template).train(Self.rows(300)), template: template)
    let end = try #require(tokenizer.id(of: "<|im_end|>"))
    #expect(tokenizer.isSpecial(end) && tokenizer.special.ends == [2, end])
    let chat = try ChatRenderer(tokenizer: tokenizer, template: template)
      .render([ChatMessage(.user, "Say <|im_end|>."), ChatMessage(.assistant, "No.")], prompting: false)
    #expect(chat.ids.count { $0 == end } == 2)
    #expect(!chat.ids.contains(0))
  }

  /// What stands in every conversation is worth pieces.
  @Test func wordsOfATemplateCount() throws {
    let rows = Self.rows(300)
    let prompt = try #require(ChatTemplate.vicuna.defaultSystem)
    let with = try tokenizer(VocabularyTrainer(pieceLimit: 600, template: .vicuna).train(rows))
    let without = try tokenizer(VocabularyTrainer(pieceLimit: 600).train(rows))
    #expect(with.encode(prompt).count * 2 < without.encode(prompt).count)
  }

  @Test func aLimitThatCannotBeIsRefused() {
    #expect(throws: VocabularyError.pieceLimit(99, allowed: 100...1_048_576)) {
      try VocabularyTrainer(pieceLimit: 99).train(["a"])
    }
    #expect(throws: VocabularyError.pieceLimit(100, allowed: 102...1_048_576)) {
      try VocabularyTrainer(pieceLimit: 100, template: .chatML()).train(["a"])
    }
    #expect(throws: VocabularyError.pieceLimit(-1, allowed: 100...1_048_576)) {
      try VocabularyTrainer(pieceLimit: -1).train(["a"])
    }
    #expect(throws: VocabularyError.pieceLimit(Int.max, allowed: 356...1_048_576)) {
      try VocabularyTrainer(pieceLimit: Int.max).train(["a"])
    }
    #expect(throws: VocabularyError.pieceLimit(355, allowed: 356...1_048_576)) {
      try VocabularyTrainer(pieceLimit: 355, hasByteFallback: true).train(["a"])
    }
    #expect("\(VocabularyError.pieceLimit(64, allowed: 100...1_048_576))".contains("at least 100"))
    #expect("\(VocabularyError.pieceLimit(2_000_000, allowed: 100...1_048_576))".contains("at most 1048576"))
  }

  @Test(arguments: [[], [""], [" ", "\n\t", "\u{0}"]])
  func noTextIsRefused(texts: [String]) {
    #expect(throws: VocabularyError.noText) { try VocabularyTrainer(pieceLimit: 500).train(texts) }
  }

  /// libsentencepiece takes the bytes as they are, and gives the ids that this project's reader gives.
  @Test(arguments: [400, 3000])
  func theBytesAreAModelOfTheLibrary(pieces: Int) throws {
    let vocabulary = try VocabularyTrainer(pieceLimit: pieces).train(Self.rows(300))
    let read = try SentencePieceVocabulary(modelProto: vocabulary.modelProto, file: "test")
    #expect(
      read.algorithm == .bytePair && read.pieces.count == vocabulary.pieceCount && read.normalization == "identity")
    #expect(read.addsSpace && !read.removesExtraSpaces && read.characterMap.isEmpty)
    let tokenizer = try tokenizer(vocabulary)
    let model = try SentencePieceModel(read, scheme: .always, file: "test")
    for text in Self.odd + Fixture.texts where !text.isEmpty {
      var found: [TokenSpan] = []
      model.encode(Array(text.utf8)[...], isFirst: true, into: &found)
      #expect(found.map(\.id) == tokenizer.encode(text, addBOS: false))
    }
  }
}
