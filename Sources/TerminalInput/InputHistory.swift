/// The lines that were entered before, oldest first.
public struct InputHistory: Equatable, Sendable {
  public private(set) var entries: [String] = []
  /// How many lines are kept; the oldest go first.
  public let capacity: Int

  public init(_ entries: [String] = [], capacity: Int = 1000) {
    self.capacity = capacity
    for entry in entries { add(entry) }
  }

  /// Adds a line, unless it is blank or says again what the last one said.
  public mutating func add(_ line: String) {
    guard line.contains(where: { !$0.isWhitespace }), line != entries.last else { return }
    entries.append(line)
    if entries.count > capacity { entries.removeFirst(entries.count - capacity) }
  }

  /// The nearest entry before `place` (after it when `forward`) that `matches`.
  func place(from place: Int, forward: Bool = false, where matches: (String) -> Bool) -> Int? {
    forward
      ? (place + 1 < entries.count ? entries[(place + 1)...].firstIndex(where: matches) : nil)
      : entries[..<min(max(place, 0), entries.count)].lastIndex(where: matches)
  }
}
