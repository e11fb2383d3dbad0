import Foundation
import Testing

@testable import TaskWorld

/// Tasks as text.
@Suite struct CodingTests {
  @Test func comesBackTheSame() throws {
    for task in Sample.evolved {
      let text = task.encoded
      #expect(try WorldTask(encoded: text) == task)
      #expect(!text.contains("\n") && text.utf8.count <= 1200, "\(text.utf8.count)")
    }
  }

  private static let good =
    #"{"domain":"lists","input":{"words":["cat","dog"]},"phrasing":"7","steps":[{"amount":0,"kind":"reverse"}]}"#

  @Test func readsWhatItWrites() throws {
    let task = try WorldTask(encoded: Self.good)
    #expect(task.answer == "dog, cat")
    #expect(task.encoded == Self.good)
  }

  /// What is changed in a good text, and what the refusal names.
  @Test(arguments: [
    (#""lists""#, #""stars""#, "domain"), (#""words""#, #""birds""#, "input"), (#"["cat","dog"]"#, "[]", "answer"),
    (#""dog""#, #""zebra""#, "answer"), (#""7""#, #""-7""#, "phrasing"), (#""7""#, "7", "phrasing"),
    (#""reverse""#, #""explode""#, "steps"), (#""reverse""#, #""sum""#, "answer"),
    (#""amount":0"#, #""amount":99999999999999999999"#, ""), (#""amount":0"#, #""amount":1"#, "answer"),
    (#"{"words":["cat","dog"]}"#, #"{"date":-1}"#, "date"),
    (#"{"words":["cat","dog"]}"#, #"{"sets":[["cat"]]}"#, "sets"),
    (#"{"words":["cat","dog"]}"#, #"{"numbers":[9223372036854775807,1]}"#, "answer"),
    ("}]}", "}", ""), ("{", "", ""),
  ])
  func refusesOthers(part: String, replacement: String, named: String) {
    let text = Self.good.replacing(part, with: replacement)
    #expect(text != Self.good)
    do {
      _ = try WorldTask(encoded: text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(named.isEmpty || error.problem.contains(named), "\(error)")
    }
  }

  @Test func refusesLongText() {
    #expect(throws: WorldTaskError.self) {
      try WorldTask(encoded: String(repeating: " ", count: 20_000) + Self.good)
    }
  }
}
