import Foundation
import Formats
import Pool
import Recipe
import Report
import Testing
import Text

@testable import Workflow

/// The parts of a loop that need no device.
@Suite struct LoopPartsTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A pool of 40 seeds, each with two evolved rows.
  private func pool() async throws -> String {
    let path = scratch.path("pool.sqlite")
    let pool = try Pool(path: path)
    var rows: [InstructionRow] = []
    for seed in 0..<40 {
      for round in 0...2 {
        rows.append(
          InstructionRow(
            id: RowID(seed: seed, round: round), parent: round == 0 ? nil : RowID(seed: seed, round: round - 1),
            operation: round == 0 ? nil : .deepening, instruction: "Instruction \(round) of family \(seed)",
            output: "Answer \(seed)", difficulty: Double(round + 1), verdict: .kept))
      }
    }
    try await pool.save(rows)
    return path
  }

  private func recipe(_ yaml: String) throws -> LoopRecipe {
    try LoopRecipe(
      yaml: "evolve: {teacher: m, seeds: s, rounds: 2}\ntrain: {model: m}\noutput: \(scratch.path("out"))\n" + yaml,
      name: "l")
  }

  private func instructions(_ path: String) throws -> [String] {
    try JSONLines(path: path).rows.map { try $0["instruction"].string() }
  }

  @Test func wholeFamiliesAreHeldOut() async throws {
    let recipe = try recipe("evaluate: {held_out: 0.2}\n")
    let folder = LoopFolder(path: recipe.output)
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let data = LoopData(recipe: recipe, seedCount: 40)
    #expect(data.families.count == 8)
    try await data.write(pool: pool(), to: folder)
    let counts = try LoopData.Counts(path: folder.data + "/counts.json")
    #expect(counts == LoopData.Counts(seeds: 32, evolved: 96, heldOut: 24, leftOut: 0))
    func families(_ path: String) throws -> Set<Int> {
      Set(try instructions(path).compactMap { $0.split(separator: " ").last.flatMap { Int($0) } })
    }
    #expect(try families(folder.heldOut) == data.families)
    #expect(try families(folder.rows(.evolved)).isDisjoint(with: data.families))
    let items = try LoopTest(recipe: recipe, folder: folder).items()
    #expect(items.count { $0.isPlain } == 8 && items.count == 24 && items.allSatisfy { $0.difficulty != nil })
  }

  @Test func filesThatAreTestedOnAreLeftOut() async throws {
    let test = try scratch.write(
      #"{"instruction": "Instruction 1 of family 3", "input": "", "output": "yes"}"# + "\n", "test.jsonl")
    let recipe = try recipe("evaluate: {test: [\(test)]}\n")
    let folder = LoopFolder(path: recipe.output)
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try await LoopData(recipe: recipe, seedCount: 40).write(pool: pool(), to: folder)
    let counts = try LoopData.Counts(path: folder.data + "/counts.json")
    #expect(counts == LoopData.Counts(seeds: 40, evolved: 119, heldOut: 0, leftOut: 1))
    #expect(try !instructions(folder.rows(.evolved)).contains("Instruction 1 of family 3"))
    #expect(try LoopTest(recipe: recipe, folder: folder).items().map(\.file) == [test])
  }

  @Test func aPoolWithoutAnswersIsRefused() async throws {
    let path = scratch.path("empty.sqlite")
    try await Pool(path: path).save([InstructionRow(id: RowID(seed: 0, round: 0), instruction: "a", verdict: .kept)])
    let recipe = try recipe("")
    let folder = LoopFolder(path: recipe.output)
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    #expect(throws: LoopError.self) { try LoopData(recipe: recipe, seedCount: 1).write(pool: path, to: folder) }
    #expect(!FileManager.default.fileExists(atPath: folder.data))
  }

  @Test func aTornAnswerIsAskedAgain() throws {
    let path = scratch.path("answers.jsonl")
    do {
      var log = try AnswerLog(path: path)
      for item in 0..<3 { try log.append(ItemResult(item: item, text: "a\n\(item)", isRight: item == 1)) }
    }
    let whole = try Data(contentsOf: URL(filePath: path))
    for cut in 0...whole.count {
      try whole.prefix(cut).write(to: URL(filePath: path))
      var log = try AnswerLog(path: path)
      let known = log.results.count
      #expect(log.results.map(\.item) == Array(0..<known) && known <= 3)
      for item in known..<3 { try log.append(ItemResult(item: item, text: "a\n\(item)", isRight: item == 1)) }
      #expect(try AnswerLog(path: path + "x").results.isEmpty)
      #expect(try Data(contentsOf: URL(filePath: path)) == whole, "\(cut)")
    }
  }

  private func item(_ isPlain: Bool, difficulty: Double, operations: [String] = []) -> HeldOutItem {
    var item = HeldOutItem(InstructionRecord(instruction: "i", output: "o"), file: "f")
    (item.isPlain, item.difficulty, item.operations, item.file) = (isPlain, difficulty, operations, nil)
    return item
  }

  @Test func sharesAreCountedByGroup() throws {
    let items = [
      item(true, difficulty: 1), item(false, difficulty: 2, operations: ["deepening"]),
      item(false, difficulty: 3, operations: ["deepening", "breadth"]), item(false, difficulty: 3),
    ]
    func results(_ right: [Bool]) -> [ItemResult] { right.enumerated().map { ItemResult(item: $0, isRight: $1) } }
    let scores = LoopScores(
      .accuracy, items,
      [.seeds: results([true, false, true, false]), .evolved: results([true, true, true, false])])
    #expect(scores.score(.seeds) { !$0.isPlain } == LoopReport.Score(right: 1, of: 3))
    #expect(scores.score(.base) { _ in true } == nil)
    #expect(scores.gain == LoopReport.Score(gained: 1, lost: 0, of: 3))
    let breakdowns = scores.breakdowns
    #expect(breakdowns.map(\.title) == ["By difficulty", "By operation"])
    #expect(breakdowns[0].groups.map(\.name) == ["1", "2", "3"])
    #expect(breakdowns[1].groups.map(\.name) == ["breadth", "deepening"])
    #expect(breakdowns[1].groups[1].scores[.evolved] == LoopReport.Score(right: 2, of: 2))
  }

  @Test func lossesAreMeansOverTokens() throws {
    let items = [item(false, difficulty: 1), item(false, difficulty: 1), item(true, difficulty: 1)]
    let results = [
      ItemResult(item: 0, loss: 2, tokens: 4), ItemResult(item: 1, loss: 6, tokens: 4),
      ItemResult(item: 2, loss: 1, tokens: 1),
    ]
    let better = [ItemResult(item: 0, loss: 1, tokens: 4), ItemResult(item: 1, loss: 5, tokens: 4)]
    let scores = LoopScores(.loss, items, [.seeds: results, .evolved: better])
    let score = try #require(scores.score(.seeds) { !$0.isPlain })
    // The rests are ±2, their sum of squares 8; times 2 / 1, the root of it over 8 tokens.
    #expect(score == LoopReport.Score(mean: 1, standardError: 0.5, count: 2))
    let gain = try #require(scores.gain)
    #expect(gain.value == -0.25 && gain.low == -0.25 && gain.high == -0.25)
  }

  @Test func whatOtherInputsMadeIsSetAside() throws {
    let folder = LoopFolder(path: scratch.path("l"))
    try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
    var ledger = try StageLedger(folder)
    // Of nobody knows what: it may be the user's.
    let unknown = try ledger.begin(.data, of: "aaaaaaaaaaaa")
    #expect(unknown.standing == .fresh && unknown.setAside == folder.earlier + "/data")
    try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
    var again = try StageLedger(folder)
    #expect(try again.begin(.data, of: "aaaaaaaaaaaa").standing == .begun)
    try again.end(.data, isDone: true, seconds: 2)
    var done = try StageLedger(folder)
    #expect(try done.begin(.data, of: "aaaaaaaaaaaa").standing == .done && done.entries[.data]?.seconds == 2)
    let changed = try done.begin(.data, of: "bbbbbbbbbbbb")
    #expect(changed.standing == .fresh && changed.setAside == folder.earlier + "/data-aaaaaaaa")
    #expect(done.entries[.data] == StageLedger.Entry(fingerprint: "bbbbbbbbbbbb", isDone: false, seconds: 0))
  }
}
