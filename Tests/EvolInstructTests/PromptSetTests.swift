import Formats
import Foundation
import Pool
import Testing

@testable import EvolInstruct

@Suite struct PromptSetTests {
  let scratch: Scratch
  let set = PromptSet.standard

  init() throws { scratch = try Scratch() }

  @Test(arguments: [EvolvingOperation.addConstraints, .deepening, .concretizing, .increaseReasoning])
  func inDepthPromptsHaveEveryConstraint(operation: EvolvingOperation) {
    let prompt = set.evolve(operation, "SEED {method} TEXT", format: .xml)
    for part in [
      "rewriter", "harder", "reasonable", "understand", "tables", "code", "input", "verbose", "10 to 20 words",
      "'#Given Prompt#'", "'#Rewritten Prompt#'", "'given prompt'", "'rewritten prompt'", "SEED {method} TEXT",
    ] {
      #expect(prompt.contains(part), "\(operation) lacks \(part)")
    }
    #expect(prompt.hasSuffix("#Rewritten Prompt#:"))
    #expect(!prompt.contains("{prompt}"))
  }

  @Test func everyMethodIsItsOwn() {
    let prompts = EvolvingOperation.allCases.map { set.evolve($0, "x", format: .json) }
    #expect(Set(prompts).count == 6)
    for (operation, part) in [
      (EvolvingOperation.addConstraints, "one more constraint or one more requirement"),
      (.deepening, "deeper and wider"), (.concretizing, "more specific"), (.increaseReasoning, "several steps"),
    ] {
      #expect(set.evolve(operation, "x", format: .json).contains(part))
    }
  }

  @Test func complicatedInputHasItsFormatAndExamples() {
    for format in DataFormat.allCases {
      let prompt = set.evolve(.complicateInput, "SEED", format: format)
      #expect(prompt.contains(format.rawValue) && prompt.contains("SEED") && prompt.contains("question"))
      #expect(prompt.contains("Example") && !prompt.contains("10 to 20 words"))
    }
    #expect(DataFormat.allCases.count == 6)
  }

  @Test func breadthAsksForARareOneOfTheSameDomain() {
    let prompt = set.evolve(.breadth, "SEED", format: .xml)
    for part in ["brand-new", "same domain", "rarer", "ength and difficulty", "'created prompt'", "SEED"] {
      #expect(prompt.contains(part), "lacks \(part)")
    }
  }

  @Test func theJudgeSaysOnlyEqualOrNotEqual() {
    let prompt = set.judge(parent: "FIRST", child: "SECOND")
    for part in ["constraints and requirements", "depth", "breadth", "\"Equal\" or \"Not Equal\"", "FIRST", "SECOND"] {
      #expect(prompt.contains(part), "lacks \(part)")
    }
    #expect(set.answer("the instruction alone") == "the instruction alone")
  }

  @Test func aFolderReplacesSome() throws {
    let standard = PromptSet.standard
    _ = try scratch.write("Answer briefly: {prompt}\n", "answer.txt")
    let mine = try PromptSet(folder: scratch.folder.path)
    #expect(mine.answer("x") == "Answer briefly: x")
    #expect(mine.judge(parent: "a", child: "b") == standard.judge(parent: "a", child: "b"))
    #expect(mine.fingerprint != standard.fingerprint)
  }

  @Test(arguments: [("judge.txt", "no {first} only"), ("other.txt", "text"), ("breadth.txt", " "), ("readme.md", "x")])
  func badFoldersAreRefused(name: String, text: String) throws {
    _ = try scratch.write(text, name)
    #expect(throws: FormatError.self) { try PromptSet(folder: scratch.folder.path) }
  }
}
