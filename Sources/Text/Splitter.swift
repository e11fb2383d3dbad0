/// Cuts text into the words within which merges happen.
enum Splitter: Sendable, Hashable {
  case words(WordPattern)
  /// Numbers apart from all else, each digit alone where `individual`.
  case digits(individual: Bool)
  /// Before each character that stands for a space (U+2581).
  case beforeSpaces

  static let spaceSymbol: [UInt8] = [0xE2, 0x96, 0x81]

  /// Calls `body` with each word of `range`, in order, after all `splitters` have cut it.
  static func split(
    _ range: Range<Int>, of reader: ScalarReader, by splitters: ArraySlice<Splitter>, _ body: (Range<Int>) -> Void
  ) {
    guard let splitter = splitters.first else { return body(range) }
    var start = range.lowerBound
    while start < range.upperBound {
      let end = splitter.end(from: start, to: range.upperBound, in: reader)
      split(start..<end, of: reader, by: splitters.dropFirst(), body)
      start = end
    }
  }

  private func end(from start: Int, to end: Int, in reader: ScalarReader) -> Int {
    switch self {
    case .words(let pattern): return pattern.endOfWord(from: start, to: end, in: reader)
    case .digits(let individual):
      let (kind, count) = reader.characterClass(at: start)
      if kind == .number && individual { return start + count }
      var place = start + count
      while place < end {
        let (next, count) = reader.characterClass(at: place)
        if (next == .number) != (kind == .number) { break }
        place += count
      }
      return place
    case .beforeSpaces:
      var place = start + 1
      while place < end, !reader.bytes[place..<end].starts(with: Self.spaceSymbol) { place += 1 }
      return place
    }
  }
}
