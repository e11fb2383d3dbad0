extension String {
  /// Without white space at both ends.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }

  /// How many characters have to be put in, taken out, replaced, or swapped with their neighbour to make `other`
  /// (optimal string alignment).
  func editDistance(to other: String) -> Int {
    let (source, target) = (Array(prefix(64)), Array(other.prefix(64)))
    var older: [Int] = []
    var previous = Array(0...target.count)
    for row in 1..<(source.count + 1) {
      var current = [row]
      for column in 1..<(target.count + 1) {
        let isSame = source[row - 1] == target[column - 1]
        var best = Swift.min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (isSame ? 0 : 1))
        if row > 1, column > 1, source[row - 1] == target[column - 2], source[row - 2] == target[column - 1] {
          best = Swift.min(best, older[column - 2] + 1)
        }
        current.append(best)
      }
      (older, previous) = (previous, current)
    }
    return previous[target.count]
  }

  /// Safe to send to a terminal: control characters, which could move its cursor or reprogram it, are shown as symbols.
  /// Newlines and tabs stay.
  var printable: String {
    // Nearly every text is plain.
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A }) { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A: result.append(scalar)
      case 0..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")  // U+2400…: their pictures
      case 0x7F: result.append("\u{2421}")
      case 0x80..<0xA0: result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
