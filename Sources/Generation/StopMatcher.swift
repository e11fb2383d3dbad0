/// Finds the first of some texts in a stream of text that comes in pieces, and holds back what might be the start of one.
struct StopMatcher {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []

  /// - Parameter stops: empty ones are ignored.
  init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty } }

  /// The text that can be shown, and whether a stop was found; it is cut off.
  mutating func append(_ text: String) -> (text: String, isStopped: Bool) {
    guard !stops.isEmpty else { return (text, false) }
    held += Array(text.utf8)
    var first: Int?
    for stop in stops {
      if let place = Self.find(stop, in: held), place < first ?? .max { first = place }
    }
    if let first { return (take(first, dropping: true), true) }
    // The longest end that begins a stop waits for more.
    let waiting = stops.map { Self.overlap($0, held) }.max() ?? 0
    return (take(held.count - waiting, dropping: false), false)
  }

  /// What was held back.
  mutating func finish() -> String { take(held.count, dropping: true) }

  private mutating func take(_ count: Int, dropping: Bool) -> String {
    // Whole characters come in and stops are whole characters, so every cut is between two.
    defer { held = dropping ? [] : Array(held[count...]) }
    return String(decoding: held[..<count], as: UTF8.self)
  }

  private static func find(_ stop: [UInt8], in text: [UInt8]) -> Int? {
    guard text.count >= stop.count else { return nil }
    return (0...text.count - stop.count).first { text[$0..<$0 + stop.count].elementsEqual(stop) }
  }

  /// The most bytes at the end of `text` with which `stop` begins, less than all of it.
  private static func overlap(_ stop: [UInt8], _ text: [UInt8]) -> Int {
    let most = min(stop.count - 1, text.count)
    return stride(from: most, to: 0, by: -1).first { text.suffix($0).elementsEqual(stop.prefix($0)) } ?? 0
  }
}
