import Randomness
import Testing

@testable import TaskWorld

/// The small world: narrow, and whole nevertheless.
@Suite struct WorldSizeTests {
  private static let loop = Sample.rounds(2, of: WorldTask.seeds(count: 1500, seed: 41, world: .small), seed: 42)

  @Test func staysSmall() {
    let extent = WorldSize.small.extent
    let nouns = Set(extent.nouns)
    #expect(nouns.count == 8)
    for task in Self.loop.all {
      #expect(task.world == .small && task.size <= extent.parts)
      #expect(WorldSize.small.domains.contains(task.domain))
      guard case .words(let words) = task.input else {
        Issue.record("\(task.encoded)")
        continue
      }
      #expect(nouns.isSuperset(of: words) && words.count <= extent.listLengths.upperBound, "\(words)")
      #expect(task.answer.count <= 40, "\(task.answer)")
    }
    let text = Self.loop.all.map { $0.instruction + " " + $0.answer }.joined(separator: " ")
    let words = Set(text.lowercased().split { !$0.isLetter }.map(String.init))
    #expect(words.count <= 170, "\(words.count) words")
  }

  @Test func agreesWithTheOracle() throws {
    for task in Self.loop.all {
      let text = task.encoded
      #expect(try Oracle(text).answer == task.answer, "\(task.instruction)")
      #expect(try WorldTask(encoded: text) == task)
    }
  }

  /// Whatever the world has stands in its tasks, and no operation is empty.
  @Test func hasEverything() {
    let (extent, tasks) = (WorldSize.small.extent, Self.loop.all)
    #expect(Set(tasks.flatMap { $0.steps.map(\.kind) }) == extent.steps)
    #expect(Set(tasks.flatMap { $0.constraints.map(\.kind) }) == Set(extent.constraints))
    #expect(Set(tasks.flatMap(\.probes)) == Set(extent.probes))
    #expect(Set(tasks.map(\.format)) == Set(InputFormat.allCases))
    for operation in Operation.allCases {
      #expect(tasks.count { $0.operations.last == operation } >= 200, "\(operation)")
    }
    for world in WorldSize.allCases {
      #expect(!world.description.isEmpty)
      for domain in world.domains {
        #expect(!world.extent.common(of: domain).isEmpty && !world.extent.rare(of: domain).isEmpty, "\(domain)")
      }
    }
  }

  @Test func trainingAndTestingDoNotMeet() {
    let test = HeldOut().testSet(seed: 43, world: .small)
    let complex = test.filter { !$0.isPlain }
    #expect(complex.count == 600 && test.count == 900)
    #expect(test.allSatisfy { $0.task.world == .small && $0.operations.count <= WorldSize.small.rounds })
    for operation in Operation.allCases {
      #expect(complex.count { $0.operations.contains(operation) } >= 50, "\(operation)")
    }
    let tested = Set(complex.map { HeldOut.combination(of: $0.task) })
    let read = Set(test.map(\.instruction))
    #expect(tested.count >= 20)
    for task in Self.loop.all {
      let isTested = tested.contains(HeldOut.combination(of: task))
      #expect(!isTested, "\(task.instruction)")
      let isRead = read.contains(task.instruction)
      #expect(!isRead, "\(task.instruction)")
    }
  }

  /// What a world lacks cannot be smuggled into it as a stored task.
  @Test func refusesWhatItLacks() throws {
    func task(_ domain: String, _ input: String, _ step: String, _ more: String = "") throws -> WorldTask {
      let text =
        #"{"domain":"\#(domain)","input":\#(input),"phrasing":"1","steps":[{"amount":0,"kind":"\#(step)"}],"#
        + #"\#(more)"world":"small"}"#
      return try WorldTask(encoded: text)
    }
    let words = #"{"words":["cat","dog","apple"]}"#
    let good = try task("lists", words, "reverse")
    #expect(good.world == .small && good.answer == "apple, dog, cat")
    #expect(throws: WorldTaskError.self) { try task("dates", #"{"date":3}"#, "month") }
    #expect(throws: WorldTaskError.self) { try task("lists", words, "sort") }
    #expect(throws: WorldTaskError.self) { try task("lists", words, "reverse", #""probes":["season"],"#) }
    #expect(throws: WorldTaskError.self) {
      try task("lists", words, "reverse", #""constraints":[{"amount":0,"kind":"json"}],"#)
    }
    let probes = #""probes":["count","first"],"#
    #expect(try task("lists", words, "reverse", probes).size == 3)
    #expect(throws: WorldTaskError.self) { try task("lists", words, "reverse", probes + #""format":"sql","#) }
  }
}
