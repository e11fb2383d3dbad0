/// A token that is found in text before any model sees it.
struct AddedToken: Sendable, Equatable {
  var content: String
  var id: Int
  /// A mark of the protocol, such as an end of turn: found only where the caller allows it. Others are always found.
  var isSpecial: Bool
  /// Takes in the white space before, after.
  var stripsLeft = false
  var stripsRight = false
  /// Not found inside a word.
  var isWholeWord = false
}

/// Finds added tokens in text, the leftmost first and of those the longest.
struct AddedTokens: Sendable {
  let tokens: [AddedToken]
  /// The longest token in bytes; matching is O(text × token), so this is bounded.
  static let longest = 1024

  private var edges: [UInt64: Int32] = [:]
  /// Per node of the trie: the place in `tokens` plus 1 of the token that ends there.
  private var ends: [Int32] = [0]
  private var starters = [Bool](repeating: false, count: 256)
  private var places: [[UInt8]: Int] = [:]

  /// - Precondition: Contents are not empty and at most `longest` bytes; of equal ones the first counts.
  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    for (place, token) in tokens.enumerated() {
      let content = Array(token.content.utf8)
      precondition((1...Self.longest).contains(content.count), "an added token has \(content.count) bytes")
      if places[content] != nil { continue }
      places[content] = place
      starters[Int(content[0])] = true
      var node: Int32 = 0
      for byte in content {
        let key = UInt64(node) << 8 | UInt64(byte)
        if let next = edges[key] {
          node = next
        } else {
          ends.append(0)
          node = Int32(ends.count - 1)
          edges[key] = node
        }
      }
      ends[Int(node)] = Int32(place + 1)
    }
  }

  /// The token whose content is exactly `content`.
  func token(_ content: String) -> AddedToken? { places[Array(content.utf8)].map { tokens[$0] } }

  struct Match {
    let token: AddedToken
    let range: Range<Int>
  }

  /// The matches in `text`, in order and without overlap.
  func matches(in text: [UInt8], allowSpecial: Bool) -> [Match] {
    guard !tokens.isEmpty else { return [] }
    var matches: [Match] = []
    var place = 0
    while place < text.count {
      guard starters[Int(text[place])], let found = longestMatch(in: text, at: place, allowSpecial) else {
        place += 1
        continue
      }
      var range = found.range
      place = range.upperBound
      if found.token.isWholeWord && !isWholeWord(range, in: text) { continue }
      let floor = matches.last?.range.upperBound ?? 0
      if found.token.stripsLeft {
        while let start = spaceBefore(range.lowerBound, in: text), start >= floor { range = start..<range.upperBound }
      }
      if found.token.stripsRight {
        while let end = spaceAfter(range.upperBound, in: text) { range = range.lowerBound..<end }
      }
      matches.append(Match(token: found.token, range: range))
      place = range.upperBound
    }
    return matches
  }

  private func longestMatch(in text: [UInt8], at start: Int, _ allowSpecial: Bool) -> Match? {
    var node: Int32 = 0
    var best: Match?
    for place in start..<text.count {
      guard let next = edges[UInt64(node) << 8 | UInt64(text[place])] else { break }
      node = next
      let end = Int(ends[Int(node)])
      if end > 0, allowSpecial || !tokens[end - 1].isSpecial {
        best = Match(token: tokens[end - 1], range: start..<place + 1)
      }
    }
    return best
  }

  private func scalar(at place: Int, in text: [UInt8]) -> (scalar: Unicode.Scalar, count: Int) {
    text.withUnsafeBufferPointer { ScalarReader(bytes: $0).scalar(at: place) }
  }

  /// Where the character before `place` starts.
  private func start(before place: Int, in text: [UInt8]) -> Int? {
    guard place > 0 else { return nil }
    var start = place - 1
    while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  private func spaceBefore(_ place: Int, in text: [UInt8]) -> Int? {
    guard let start = start(before: place, in: text) else { return nil }
    return CharacterClass(scalar(at: start, in: text).scalar).isSpace ? start : nil
  }

  private func spaceAfter(_ place: Int, in text: [UInt8]) -> Int? {
    guard place < text.count else { return nil }
    let (scalar, count) = scalar(at: place, in: text)
    return CharacterClass(scalar).isSpace ? place + count : nil
  }

  /// Whether neither neighbour is a `\w` character.
  private func isWholeWord(_ range: Range<Int>, in text: [UInt8]) -> Bool {
    func isWord(_ scalar: Unicode.Scalar) -> Bool {
      let properties = scalar.properties
      return properties.isAlphabetic || properties.numericType != nil
        || [.nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation]
          .contains(properties.generalCategory)
    }
    if let before = start(before: range.lowerBound, in: text), isWord(scalar(at: before, in: text).scalar) {
      return false
    }
    return range.upperBound == text.count || !isWord(scalar(at: range.upperBound, in: text).scalar)
  }
}
