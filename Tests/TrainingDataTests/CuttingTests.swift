import Foundation
import Testing
import Text

@testable import TrainingData

/// Texts that are longer than a sequence, and files that are one text.
@Suite struct CuttingTests {
  private static let words = (0..<400).map { "word \($0 * 7919 % 1000)" }.joined(separator: " ")

  private func row(_ text: String) -> String { "{\"text\": \"\(text)\"}" }

  @Test(arguments: [2, 3, 5, 31, 32, 33], [2, 3, 31, 32, 33, 61, 62, 63, 64, 257])
  func everyTokenIsLearnedOnce(length: Int, count: Int) {
    let pieces = ExampleRenderer.pieces(of: count, length: length)
    #expect(
      pieces.allSatisfy { $0.count <= length && $0.count > 1 } && pieces.dropLast().allSatisfy { $0.count == length })
    // The first token of a piece is not learned: it stands for what came before.
    #expect(pieces.flatMap { $0.dropFirst() } == Array(1..<count))
  }

  @Test(arguments: [2, 7, 64, 500]) func longTextsAreCut(length: Int) throws {
    let texts = ["short", Self.words, "end"]
    let set = try trainingSet(texts.map(row).joined(separator: "\n"), length: length)
    let wholes = texts.map { Fixture.small.encode($0).map(Int32.init) + [2] }
    #expect(set.report.badRowCount == 0 && set.report.rowCount == 3)
    for (line, whole) in wholes.enumerated() {
      let pieces = set.examples.filter { $0.place.line == line + 1 }
      #expect(pieces.map(\.place.piece) == (pieces.count == 1 ? [nil] : (1...pieces.count).map { $0 }))
      #expect(pieces[0].tokens.first == 1 && pieces[0].tokens.first == whole.first, "BOS")
      #expect(pieces.last?.tokens.last == 2, "EOS")
      #expect(pieces.reduce([whole[0]]) { $0 + $1.tokens.dropFirst() } == whole)
      #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.tokens.last == $1.tokens.first })
      for piece in pieces { #expect(piece.tokens.count <= length && piece.targetCount == piece.tokens.count - 1) }
    }
    let summary = DataSummary(set, length: length)
    let long = wholes.filter { $0.count > length }
    #expect(summary.cut == long.count)
    #expect(summary.pieces == long.reduce(0) { $0 + ($1.count - 1 + length - 2) / (length - 1) })
    #expect(summary.longest == wholes[1].count && summary.targetCount == wholes.reduce(0) { $0 + $1.count - 1 })
    #expect(set.fingerprint == (try trainingSet(texts.map(row).joined(separator: "\n"), length: length)).fingerprint)
  }

  @Test func aTextThatFitsIsOnePiece() throws {
    let count = Fixture.small.encode(Self.words).count + 1
    #expect(try trainingSet(row(Self.words), length: count).examples.map(\.place.piece) == [nil])
    let cut = try trainingSet(row(Self.words), length: count - 1).examples
    #expect(cut.map(\.tokens.count) == [count - 1, 2] && cut.last?.targets == [2, -1])
  }

  /// A conversation cannot be cut: its answer would lose what it answers.
  @Test func conversationsAreNotCut() throws {
    let row = "{\"instruction\": \"Say it.\", \"output\": \"\(String(repeating: Self.words, count: 5))\"}"
    let rows = row + "\n{\"instruction\": \"a\", \"output\": \"b\"}"
    let set = try trainingSet(rows, length: 400, allowBad: true)
    #expect(set.report.counts == [.tooLong: 1] && set.examples.count == 1 && set.report.cutCount == 0)
  }

  /// Pieces are examples like others: packed, shuffled, kept for validation, each once.
  @Test func piecesAreTrainedOnceAnEpoch() throws {
    let texts = (0..<20).map { index in (0...(index * 5)).map { "w\(index)x\($0)" }.joined(separator: " ") }
    let set = try trainingSet(texts.map(row).joined(separator: "\n"), length: 48, validation: 0.1)
    #expect(!set.validation.isEmpty && set.report.cutCount > 5)
    var plan = BatchPlan(set.examples, batches: .init(length: 48, micro: 2, accumulate: 2), extent: .epochs(1))
    var learned = 0
    for step in 0..<plan.stepCount { learned += plan.step(at: step).tokenCount }
    let all = texts.reduce(0) { $0 + Fixture.small.encode($1).count }
    #expect(learned + set.validation.reduce(0) { $0 + $1.targetCount } == all)
  }

  @Test func aTextFileIsOneText() throws {
    let text = "First line, with \"quotes\".\n\n" + Self.words + "\n"
    for (prefix, name) in [("", "book.txt"), ("\u{FEFF}", "BOOK.TXT")] {
      let set = try withFile(prefix + text, name: name) { path in
        try TrainingSet(files: [path], template: .vicuna, tokenizer: Fixture.small, length: 50)
      }
      #expect(set.report.files.map(\.format) == [.text] && set.report.files[0].isDetected && set.report.rowCount == 1)
      let whole = (Fixture.small.encode(text) + [2]).map(Int32.init)
      #expect(set.examples.reduce([whole[0]]) { $0 + $1.tokens.dropFirst() } == whole)
    }
  }

  @Test func textFilesThatAreNone() throws {
    func problem(_ bytes: [UInt8], format: RowFormat? = nil) throws -> String {
      try withFile("", name: "book.txt") { path in
        try Data(bytes).write(to: URL(filePath: path))
        return try #require(throws: TrainingDataError.self) {
          try TrainingSet(files: [path], format: format, template: .vicuna, tokenizer: Fixture.small, length: 50)
        }.description
      }
    }
    #expect(try problem([]).contains("book.txt: is empty"))
    #expect(try problem([0x41, 0xFF, 0x42]).contains("is no text in UTF-8"))
    #expect(try problem(Array(" \n\t\n".utf8)).contains("1 no text"))
    #expect(try problem(Array("A text.".utf8), format: .alpaca).contains("expected `[` of a JSON array"))
    #expect(try problem(Array("A text.".utf8), format: .pool).contains("is no Evolcano pool"))
  }
}
