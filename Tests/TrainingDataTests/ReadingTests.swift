import Formats
import Foundation
import Randomness
import Testing
import Text

@testable import TrainingData

/// Files, formats and what is wrong with rows.
@Suite struct ReadingTests {
  private static let good = #"{"instruction": "a", "output": "b"}"#

  @Test func formatsAreSeenFromTheFirstValidRow() throws {
    let rows: [(RowFormat, String)] = [
      (.alpaca, Self.good), (.text, #"{"text": "a"}"#),
      (.sharegpt, #"{"id": 1, "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}"#),
      (.messages, #"{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}"#),
      // Published Alpaca data has the rendered text beside the fields.
      (.alpaca, #"{"instruction": "a", "input": "", "output": "b", "text": "Below is"}"#),
    ]
    for (format, row) in rows {
      for text in [row, "[\(row)]", "not JSON\n\n" + row, "\u{FEFF}" + row, "{\"text\": 3}\n" + row] {
        // Only a row a line may have what is no JSON between; what starts the file decides which it is.
        let text = text.hasPrefix("not") ? "{" + text : text
        let set = try trainingSet(text)
        #expect(set.report.files.map(\.format) == [format] && set.report.files[0].isDetected, "\(text)")
        #expect(set.examples.count == 1)
      }
      #expect(try trainingSet(row, format: format).report.files[0].isDetected == false)
    }
  }

  @Test func rowsOfLinesAndOfArraysAreTheSame() throws {
    let rows = (0..<50).map {
      #"{"instruction": "say [\#($0)], \"{\\\\\" or ]", "input": "}", "output": "[\#($0)\\"}"#
    }
    let lines = try trainingSet(rows.joined(separator: "\r\n\n"))
    let array = try trainingSet(" [\n" + rows.joined(separator: "\n ,\n") + "]\n")
    #expect(lines.examples.count == 50 && lines.report.badRowCount == 0)
    #expect(lines.examples.map(\.tokens) == array.examples.map(\.tokens))
    #expect(lines.examples.map(\.trained) == array.examples.map(\.trained))
    #expect(lines.examples.map(\.place.line) == (0..<50).map { 2 * $0 + 1 })
    #expect(array.examples.map(\.place.line) == (0..<50).map { 2 * $0 + 2 })
    #expect(array.examples.map(\.place.element) == (0..<50).map { $0 })
    #expect(lines.fingerprint == array.fingerprint)
  }

  /// Rows are rendered on many processors; what comes out must not show it.
  @Test func rowsKeepTheirOrder() throws {
    let rows = (0..<2500).map { $0 % 25 == 7 ? "{}" : "{\"text\": \"row \($0)\"}" }
    let set = try trainingSet(rows.joined(separator: "\n"))
    #expect(set.examples.map(\.place.line) == (1...2500).filter { $0 % 25 != 8 })
    #expect(set.report.badRows.map(\.place.line) == (1...2500).filter { $0 % 25 == 8 })
    for example in set.examples {
      #expect(example.tokens.map(Int.init) == Fixture.small.encode("row \(example.place.line - 1)") + [2])
    }
    #expect(set.fingerprint == (try trainingSet(rows.joined(separator: "\n"))).fingerprint)
    #expect(set.fingerprint != (try trainingSet(rows.reversed().joined(separator: "\n"))).fingerprint)
  }

  @Test func theSummaryCountsTokensAndLengths() throws {
    let text = ["a", "b c", String(repeating: "word ", count: 60)].map { "{\"text\": \"\($0)\"}" }.joined(
      separator: "\n")
    let set = try trainingSet(text, length: 40)
    let lengths = set.examples.map(\.tokens.count)
    let summary = DataSummary(set, length: 40)
    // The third text is cut in five.
    #expect(lengths.count == 7 && summary.tokenCount == lengths.reduce(0, +))
    #expect(summary.cut == 1 && summary.pieces == 5)
    // Of a text all tokens are learned but the first, and each piece's first is learned in the one before.
    #expect(summary.targetCount == summary.tokenCount - 7)
    #expect(summary.longest > 60 && summary.medianLength == lengths[1])
    #expect(summary.buckets.first == DataSummary.Bucket(tokens: 0..<16, rowCount: 2))
    #expect(summary.buckets.last?.rowCount == 1 && summary.buckets.last?.tokens.contains(summary.longest) == true)
    #expect(summary.packed == DataSummary.Sequences(count: 5, fill: Double(summary.tokenCount) / 200))
    #expect(summary.single == DataSummary.Sequences(count: 7, fill: Double(summary.tokenCount) / 280))
  }

  @Test func badRowsAreListedByReasonAndLine() throws {
    let rows: [(BadRow.Reason?, String)] = [
      (nil, Self.good), (.malformed, #"{"instruction": "a", "output": "b""#), (.malformed, "[]"),
      (.malformed, #"{"instruction": "a"}"#), (.malformed, #"{"instruction": 3, "output": "b"}"#),
      (.malformed, #"{"instruction": "a", "input": [], "output": "b"}"#),
      (.malformed, #"{"instruction": "a", "output": null}"#),
      (.noInstruction, #"{"instruction": " \n", "output": "b"}"#),
      (.noInstruction, #"{"instruction": "", "input": "x", "output": "b"}"#),
      (.noAnswer, #"{"instruction": "a", "output": ""}"#),
      (.tooLong, #"{"instruction": "\#(String(repeating: "word ", count: 500))", "output": "b"}"#), (nil, Self.good),
    ]
    let report = try trainingSet(rows.map(\.1).joined(separator: "\n"), length: 400).report
    #expect(report.rowCount == rows.count && report.badRowCount == rows.count - 2)
    let wanted = rows.enumerated().compactMap { index, row in row.0.map { "\(index + 1) \($0)" } }
    #expect(report.badRows.map { "\($0.place.line) \($0.reason)" } == wanted)
    #expect(report.counts == Dictionary(rows.compactMap(\.0).map { ($0, 1) }, uniquingKeysWith: +))
    #expect(report.badRows[3].detail == "instruction: expected a string, found an integer", "\(report.badRows[3])")
    #expect(report.badRows[9 - 0].detail.contains("400"))
    #expect(report.tokenCounts.count == 3 && report.tokenCounts.max()! > 400)
  }

  @Test func badConversationsAreListedByReason() throws {
    func reason(_ turns: [(String, String)], _ template: ChatTemplate) throws -> BadRow.Reason? {
      let list = turns.map { "{\"from\": \"\($0)\", \"value\": \"\($1)\"}" }.joined(separator: ", ")
      let good = #"{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}"#
      return try trainingSet("\(good)\n{\"conversations\": [\(list)]}", template: template).report.badRows.first?.reason
    }
    let (ask, answer) = (("human", "a"), ("gpt", "b"))
    for template in ChatTemplate.families {
      #expect(try reason([ask, answer, ask, answer], template) == nil)
      #expect(try reason([("system", "s"), ask, answer], template) == nil)
      #expect(try reason([], template) == .noInstruction)
      #expect(try reason([ask], template) == .noAnswer)
      #expect(try reason([ask, ("gpt", " ")], template) == .noAnswer)
      #expect(try reason([("human", ""), answer], template) == .noInstruction)
      #expect(try reason([ask, ("tool", "x"), answer], template) == .unknownRole)
      #expect(try reason([ask, answer, ("system", "s")], template) == .turnOrder)
    }
    // Where each turn says whose it is, two in a row are two turns; elsewhere they would run together.
    for turns in [[ask, ask, answer], [ask, answer, answer], [answer, ask, answer]] {
      for template in [ChatTemplate.llama2, .mistral(), .wizardLM] {
        #expect(try reason(turns, template) == .turnOrder)
      }
      for template in [ChatTemplate.llama3, .chatML(), .vicuna] { #expect(try reason(turns, template) == nil) }
    }
    #expect(try trainingSet("{\"text\": \"a\"}\n{\"text\": \" \"}").report.badRows.map(\.reason) == [.noText])
  }

  @Test func badElementsOfAnArrayAreListedByElement() throws {
    let report = try trainingSet("[\(Self.good),\n3,\n{\"instruction\": ]},\n\(Self.good)]").report
    #expect(report.badRows.map(\.place.element) == [1, 2] && report.badRows.map(\.place.line) == [2, 3])
    #expect(report.rowCount == 4)
  }

  @Test func tooManyBadRowsAreAnErrorUnlessAllowed() throws {
    func read(bad: Int, of count: Int, allowBad: Bool = false) throws -> TrainingSet {
      let rows = (0..<count).map { $0 < bad ? "{}" : Self.good }
      return try trainingSet(rows.joined(separator: "\n"), allowBad: allowBad)
    }
    #expect(try read(bad: 1, of: 10).examples.count == 9)
    #expect(try read(bad: 2, of: 10, allowBad: true).examples.count == 8)
    let error = try #require(throws: TrainingDataError.self) { try read(bad: 2, of: 10) }
    #expect(error.description.hasPrefix("2 of 10 rows cannot be used: 2 malformed ("), "\(error)")
    #expect(error.description.contains("data.jsonl:1, ") && error.description.contains("data.jsonl:2)"))
    let none = try #require(throws: TrainingDataError.self) {
      try trainingSet("{\"text\": 3}", allowBad: true)
    }
    guard case .noUsableRows = none else { return #expect(Bool(false), "\(none)") }
  }

  @Test(arguments: [
    ("", "is empty"), (" \n\n", "is empty"), ("[ ]", "holds no rows"), ("\u{1F}\u{8B}", "expected `[`"),
    ("instruction,output\n", "expected `[`"), ("[{\"text\": \"a\"}", "line 1"), ("[{\"text\": \"a\"},\n]", "on line 2"),
    ("[{\"text\": \"a\"}, {\"text\": \"b", "no end"), ("[{\"text\": \"a\"}]\n{}", "follows the end"),
    ("{\"prompt\": \"a\", \"answer\": \"b\"}", "its first row has the fields prompt, answer"), ("{", "no row"),
  ])
  func filesThatAreNoData(text: String, problem: String) throws {
    let error = try #require(throws: TrainingDataError.self) { try trainingSet(text) }
    guard case .file(let inner) = error else { return #expect(Bool(false), "\(error)") }
    #expect(inner.file.hasSuffix("/data.jsonl") && error.description.contains(problem), "\(error)")
  }

  @Test func aMissingFileIsAnErrorThatNamesIt() throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    let error = try #require(throws: TrainingDataError.self) {
      try TrainingSet(files: ["/nonexistent.json"], template: .vicuna, tokenizer: tokenizer, length: 8)
    }
    #expect(error.description.contains("/nonexistent.json"))
  }

  @Test func aRowThatIsTooLargeIsAnError() throws {
    for text in [
      "{\"text\": \"\(String(repeating: "a", count: 100))\"}", "[{\"text\": \"never closed, and so on and on",
    ] {
      try withFile(text) { path in
        var file = try RowFile(path: path, rowLimit: 20)
        let error = try #require(throws: FormatError.self) { try file.next() }
        #expect(error.kind == .limit && error.problem.contains("line 1"))
      }
    }
  }

  /// Bytes cut off or changed anywhere end in rows or a typed error, never in a crash.
  @Test func filesThatAreBrokenAnywhere() throws {
    let whole = Array("[\n{\"text\": \"a\\\"b\"}, {\"text\": \"c\", \"d\": [1, {}]}\n]".utf8)
    var generator = SplitMix64(state: 7)
    for cut in 0..<whole.count {
      var bytes = Array(whole[..<cut])
      if cut > 0 { bytes[Int(generator.next(below: UInt64(cut)))] = UInt8(generator.next(below: 128)) }
      do {
        _ = try trainingSet(String(decoding: bytes, as: UTF8.self))
      } catch is TrainingDataError {}
    }
  }
}
