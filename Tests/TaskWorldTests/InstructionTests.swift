import Foundation
import Testing

@testable import TaskWorld

/// What a task says.
@Suite struct InstructionTests {
  @Test func saysEverything() {
    for task in Sample.evolved {
      let text = task.instruction.lowercased()
      var value = task.input
      for step in task.steps {
        #expect(step.phrases(on: value).contains { text.contains($0.lowercased()) }, "\(step) in \(text)")
        value = step.apply(to: value) ?? value
      }
      for constraint in task.constraints {
        #expect(constraint.phrases.contains { text.contains($0.lowercased()) }, "\(constraint) in \(text)")
      }
      for probe in task.probes {
        #expect(probe.phrases.contains { text.contains($0.lowercased()) }, "\(probe) in \(text)")
      }
    }
  }

  @Test func showsTheInput() {
    for task in Sample.evolved {
      let text = task.instruction
      switch task.input {
      case .words(let words): #expect(words.allSatisfy(text.contains), "\(text)")
      case .numbers(let numbers, let thing):
        #expect(numbers.map(String.init).allSatisfy(text.contains), "\(text)")
        #expect(thing.flatMap(Lexicon.plural).map(text.contains) ?? true, "\(text)")
      case .date(let day): #expect(text.contains(task.isVague ? day.monthName : day.text), "\(text)")
      case .amount(let count, let unit):
        #expect(text.contains(unit.rawValue) && (task.isVague || text.contains(String(count))), "\(text)")
      case .sets(let first, let second): #expect((first + second).allSatisfy(text.contains), "\(text)")
      case .table(let rows):
        #expect(rows.allSatisfy { text.contains($0.item) && text.contains(String($0.price)) }, "\(text)")
      }
      #expect(text.contains(task.format.name) || task.format == .plain, "\(text)")
      #expect(text.hasSuffix("?") == (task.format != .plain))
    }
  }

  /// Three ways to say each thing, all different.
  @Test func phrasingVaries() {
    func check(_ phrases: [String], _ what: String) {
      #expect(Set(phrases).count >= 3, "\(what): \(phrases)")
      #expect(phrases.allSatisfy { !$0.hasSuffix(".") && $0.first?.isLowercase == true }, "\(phrases)")
    }
    for task in Sample.evolved {
      var value = task.input
      for step in task.steps {
        check(step.phrases(on: value), step.kind.rawValue)
        value = step.apply(to: value) ?? value
      }
    }
    for kind in Constraint.Kind.allCases { check(Constraint(kind, kind.amounts.lowerBound).phrases, kind.rawValue) }
    for probe in Probe.allCases { check(probe.phrases, probe.rawValue) }
    // The seed decides: one task has many wordings.
    let words = Value.words(["cat", "dog", "oak"])
    let texts = (0..<200).compactMap { seed in
      WorldTask(domain: .lists, input: words, steps: [Step(.reverse)], format: .plain, phrasing: seed)?.instruction
    }
    #expect(Set(texts).count == 9)
  }

  @Test func lengthsAndVocabularyAreSmall() {
    let lengths = Sample.evolved.map { $0.instruction.split(whereSeparator: \.isWhitespace).count }
    #expect((6...60).contains(lengths.min() ?? 0) && (6...60).contains(lengths.max() ?? 0))
    let text = Sample.evolved.map { $0.instruction + " " + $0.answer }.joined(separator: " ")
    let words = Set(text.lowercased().split { !$0.isLetter }.map(String.init))
    #expect(words.count <= 500, "\(words.count) words")
    // The figures that WorldTask's comment gives.
    let seeds = Sample.seeds.map { $0.instruction.split(whereSeparator: \.isWhitespace).count }
    func mean(_ numbers: [Int]) -> Double { Double(numbers.reduce(0, +)) / Double(numbers.count) }
    print(
      "words an instruction: seeds \(mean(seeds)), all \(mean(lengths)), most \(lengths.max() ?? 0);",
      "characters an answer: \(mean(Sample.evolved.map(\.answer.count))); words of the world: \(words.count)")
  }

  @Test(arguments: InputFormat.complex)
  func inputIsOfItsFormat(format: InputFormat) throws {
    for seed in Sample.seeds {
      let text = format.text(Field.fields(of: seed.input, isVague: seed.isVague))
      #expect(!text.contains("\n"))
      switch format {
      case .json: #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any], "\(text)")
      case .xml, .html: #expect(Self.isBalanced(text), "\(text)")
      case .sql:
        let statement = /INSERT INTO [a-z]+ VALUES \([^()]+\)(, \([^()]+\))*/
        // A semicolon ends every statement; splitting takes those between two.
        for line in text.dropLast().split(separator: "; ") {
          #expect(try statement.wholeMatch(in: line) != nil && text.hasSuffix(";"), "\(text)")
        }
      case .python:
        let statement = /[a-z]+ = (.+)/
        for line in text.split(separator: "; ") {
          let match = try #require(try statement.wholeMatch(in: line), "\(text)")
          // What is written of Python here is JSON as well.
          let value = try JSONSerialization.jsonObject(with: Data("[\(match.1)]".utf8))
          #expect(value is [Any], "\(text)")
        }
      case .shell:
        let assignment = /[a-z]+="[a-zA-Z0-9, ]+"/
        #expect(try text.split(separator: "; ").allSatisfy { try assignment.wholeMatch(in: $0) != nil }, "\(text)")
      case .plain: break
      }
    }
  }

  /// Whether every tag is closed in order.
  private static func isBalanced(_ text: String) -> Bool {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-z]+)( id="[a-z]+")?>/) {
      if match.1.isEmpty { open.append(match.2) } else if open.popLast() != match.2 { return false }
    }
    return open.isEmpty && text.hasPrefix("<") && text.hasSuffix(">")
  }
}
