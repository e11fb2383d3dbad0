import Foundation
import Testing

@testable import Generation

@Suite struct StopMatcherTests {
  /// Feeds pieces one by one; returns what was shown and whether a stop was found.
  private func run(_ stops: [String], _ pieces: [String]) -> (shown: String, isStopped: Bool) {
    var matcher = StopMatcher(stops)
    var shown = ""
    for piece in pieces {
      let (text, isStopped) = matcher.append(piece)
      shown += text
      if isStopped { return (shown, true) }
    }
    return (shown + matcher.finish(), false)
  }

  @Test(arguments: [
    (["END"], ["one ", "EN", "D two"], "one ", true), (["END"], ["one E", "N", "two"], "one ENtwo", false),
    (["\nUSER:"], ["hi\n", "US", "ER", ": x"], "hi", true), (["aab"], ["aa", "ab"], "a", true),
    (["long stop", "stop"], ["a long", " stop"], "a ", true), (["héé"], ["h", "é", "é!"], "", true),
    ([""], ["a", "b"], "ab", false), ([], ["a"], "a", false), (["x"], [], "", false),
    (["abc", "bcd"], ["ab", "cd"], "", true), (["END"], ["EN"], "EN", false),
  ])
  func cutsBeforeTheFirst(stops: [String], pieces: [String], shown: String, isStopped: Bool) {
    let result = run(stops, pieces)
    #expect(result.shown == shown)
    #expect(result.isStopped == isStopped)
  }

  /// However the text is cut into pieces, the same is shown.
  @Test func piecesDoNotMatter() {
    let text = "the cat sat on the mat; the end of the caterpillar's tale"
    for stop in ["cater", "tale", "the e", "zzz", "; the end of"] {
      let want = text.range(of: stop).map { String(text[..<$0.lowerBound]) } ?? text
      for size in 1...7 {
        var rest = Substring(text)
        var pieces: [String] = []
        while !rest.isEmpty {
          pieces.append(String(rest.prefix(size)))
          rest = rest.dropFirst(size)
        }
        #expect(run([stop], pieces).shown == want, "\(stop) in pieces of \(size)")
      }
    }
  }

  /// Nothing is held back that can not become a stop any more.
  @Test func showsAsSoonAsItCan() {
    var matcher = StopMatcher(["abcd"])
    #expect(matcher.append("xab").text == "x")
    #expect(matcher.append("cx").text == "abcx")
    #expect(matcher.append("a").text == "")
    #expect(matcher.finish() == "a")
  }
}
