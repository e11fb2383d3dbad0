import Foundation
import Pool
import Testing

@testable import EvolInstruct

@Suite struct EliminationTests {
  @Test(arguments: [
    "Sorry, I cannot.", "I am SORRY about that", "Well… sorry!",
    String(repeating: "word ", count: 78) + "sorry",
  ]) func sorryIsCaught(answer: String) {
    #expect(Elimination.sorryAnswer(answer) != nil)
  }

  @Test(arguments: [
    "", "A sorrow and a lorry", String(repeating: "word ", count: 79) + "sorry", "Use `strncpy`.",
  ]) func otherAnswersAreNotSorry(answer: String) {
    #expect(Elimination.sorryAnswer(answer) == nil)
  }

  @Test(arguments: ["...", "The.", "it is, and then?", "—", "What will you do?"]) func contentlessIsCaught(
    answer: String
  ) {
    #expect(Elimination.contentlessAnswer(answer) != nil)
  }

  @Test(arguments: ["No.", "42", "Paris", "+", "是", "🙂", "the answer", "(x)", "Yes"])
  func shortAnswersHaveContent(answer: String) {
    #expect(Elimination.contentlessAnswer(answer) == nil)
  }

  @Test(arguments: [
    "#Rewritten Prompt#: Add", "Answer the given  prompt well", "#Created_Prompt#", "My GIVEN PROMPTS", "given\nprompt",
  ]) func copiedWordsAreCaught(child: String) {
    #expect(Elimination.copiedPrompt(parent: "Add", child: child) != nil)
  }

  @Test(arguments: [
    "A forgiven prompt", "The prompt given here", "Rewritten, prompted", "Create a prompt",
  ]) func otherWordsAreNot(child: String) {
    #expect(Elimination.copiedPrompt(parent: "Add", child: child) == nil)
  }

  @Test func wordsThatTheParentHasAreItsSubject() {
    #expect(Elimination.copiedPrompt(parent: "Rate the given prompt", child: "Rate the given prompt in full") == nil)
    #expect(Elimination.copiedPrompt(parent: "Rate the given prompt", child: "A rewritten prompt") != nil)
  }

  @Test(arguments: [
    ("Equal", Judgement.equal), ("equal.", .equal), ("**Not Equal**", .notEqual), ("Not equal", .notEqual),
    ("They are not equal", .notEqual), ("Unequal", .notEqual), ("", .unclear), ("Yes", .unclear),
    ("\"Equal\" or \"Not Equal\"", .unclear), ("Equality", .unclear),
  ]) func judgementsAreRead(reply: String, judgement: Judgement) {
    #expect(Judgement(reply: reply) == judgement)
  }

  @Test func refusalsAreCaughtButNotApologies() {
    #expect(Elimination.refused(parent: "Add", child: "I'm sorry, but I can't") != nil)
    #expect(Elimination.refused(parent: "Add", child: "As an AI language model") != nil)
    #expect(Elimination.refused(parent: "Add", child: "Write an apology that says sorry, but proudly") == nil)
    #expect(Elimination.refused(parent: "I cannot sleep", child: "I cannot sleep at all") == nil)
    #expect(Elimination.refused(parent: "Add", child: "I canter, why?") == nil)
  }

  @Test func theParentAgainIsCaught() {
    #expect(Elimination.isUnchanged(parent: "Say it.", child: " say  it.\n"))
    #expect(!Elimination.isUnchanged(parent: "Say it.", child: "Say it again."))
  }

  @Test func ratingsAreRead() {
    #expect(difficulty(reply: "7") == 7)
    #expect(difficulty(reply: "Score: 10/10") == 10)
    #expect(difficulty(reply: "11") == nil)
    #expect(difficulty(reply: "hard") == nil)
  }
}

@Suite struct DuplicateTests {
  private func row(_ seed: Int, _ text: String) -> InstructionRow {
    InstructionRow(id: RowID(seed: seed, round: 1), instruction: text)
  }

  @Test func nearDuplicatesOfOtherSeedsAreFound() {
    var index = DuplicateIndex(similarityLimit: 0.8)
    let text = (0..<40).map { "word\($0)" }.joined(separator: " ")
    #expect(index.insert(row(0, text)) == nil)
    #expect(index.insert(row(1, text + " more")) == RowID(seed: 0, round: 1))
    #expect(index.insert(row(0, text + " of its own")) == nil, "an evolved instruction is near its parent")
    #expect(index.insert(row(2, text.uppercased() + "!")) == RowID(seed: 0, round: 1))
    #expect(index.insert(row(3, text.replacing("word2", with: "another"))) == nil)
    #expect(index.insert(row(4, "word0 word1 word2 word3")) == nil)
  }

  @Test func withoutALimitOnlyTheSameWordsCount() {
    var index = DuplicateIndex(similarityLimit: nil)
    let text = (0..<40).map { "word\($0)" }.joined(separator: " ")
    #expect(index.insert(row(0, text)) == nil)
    #expect(index.insert(row(1, text + " more")) == nil)
    #expect(index.insert(row(2, text)) == RowID(seed: 0, round: 1))
  }

  @Test func similarityIsTheShareOfCommonRuns() {
    #expect(abs(DuplicateIndex.similarity([1, 2, 3, 4], [3, 4, 5, 6]) - 2.0 / 6) <= 1e-12)
    #expect(DuplicateIndex.similarity([], []) == 1)
  }
}

@Suite struct TestSetTests {
  private let question = "If a car travels one hundred and twenty miles in two hours what is its average speed"

  @Test func thirteenWordsInARowAreContamination() throws {
    var index = TestSetIndex()
    index.add(question, place: "test:1")
    index.add("Name all the planets", place: "test:2")
    let words = question.split(separator: " ")
    #expect(index.match("Tell me: " + words[2..<15].joined(separator: " ").uppercased() + "?") == "test:1")
    #expect(index.match("Tell me: " + words[2..<14].joined(separator: " ") + " exactly by noon and so on") == nil)
    #expect(index.match("Name all the planets!") == "test:2")
    #expect(index.match("Name all the planets in order") == nil)
  }

  @Test func contaminatedRowsAreListed() async throws {
    let scratch = try Scratch()
    var index = TestSetIndex()
    try index.add(file: scratch.write("{\"turns\": [\"\(question)?\"]}\n", "test.jsonl"))
    try index.add(file: scratch.write("a line of four\n", "test.csv"))
    let pool = try Pool(path: scratch.path("a.pool"))
    let question = question
    let teacher = ScriptedTeacher { request in
      if case .evolve = request.task, request.row.seed == 1 { return TeacherReply(text: "So: \(question)") }
      return ScriptedTeacher.standard(request)
    }
    let start = seeds(3) + [Seed(instruction: question, output: "60")]
    let options = EvolutionOptions(rounds: 1)
    _ = try await Evolution(pool: pool, teacher: teacher, options: options, testSets: index).run(seeds: start)
    let removed = try await contents(pool).filter { $0.rule == .contaminated }
    #expect(removed.map(\.id) == [RowID(seed: 3, round: 0), RowID(seed: 1, round: 1)])
    #expect(removed.allSatisfy { $0.evidence == scratch.path("test.jsonl") + ":1" })
    #expect(try await pool.yieldTable().rounds.map(\.contaminated) == [1, 1])
    #expect(try await pool.count(round: 1) == 3, "a removed seed is not evolved")
  }
}
