import Foundation
import Testing
import Text

@testable import TrainingData

/// The instruction data that lies beside the repository.
@Suite(.enabled(if: Fixture.hasShared, "../shared is not there"))
struct RealDataTests {
  @Test(arguments: [("alpaca_random_9k.json", 9229), ("dolly_3k.json", 2996)])
  func alpacaData(name: String, count: Int) throws {
    let path = Fixture.seeds.appending(path: name).path
    let tokenizer = try Tokenizer.load(model: Fixture.llama2)
    let set = try TrainingSet(files: [path], template: .vicuna, tokenizer: tokenizer, length: 2048, validation: 0.02)
    #expect(set.report.rowCount == count && set.report.files[0].format == .alpaca)
    #expect(set.report.badRowCount * 100 <= count, "\(set.report.badRowSummary)")
    #expect(set.examples.count + set.validation.count + set.report.badRowCount == count)
    // The whole parser agrees on what and where the rows are.
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [[String: Any]])
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    for example in set.examples.prefix(200) {
      let element = try #require(example.place.element)
      let instruction = try #require(rows[element]["instruction"] as? String)
      let text = example.maskedText(tokenizer)
      #expect(text[0].text.contains("USER: " + instruction.trimmingCharacters(in: .newlines)))
      #expect(text.last?.isTrained == true && text.last?.text.hasSuffix("</s>") == true)
      #expect(lines[example.place.line - 1].contains("{"))
    }
    let summary = DataSummary(set, length: 2048)
    #expect(summary.packed.fill >= 0.97 && summary.packed.fill <= 1)
    #expect(summary.buckets.reduce(0) { $0 + $1.rowCount } == set.report.tokenCounts.count)
  }

  @Test func seedTasksAreNoTrainingData() throws {
    let path = Fixture.seeds.appending(path: "self_instruct_seed_tasks.jsonl").path
    let tokenizer = try Tokenizer.load(model: Fixture.llama2)
    let error = try #require(throws: TrainingDataError.self) {
      try TrainingSet(files: [path], template: .vicuna, tokenizer: tokenizer, length: 2048)
    }
    #expect(error.description.contains("instances"), "\(error)")
  }
}
