/// How many columns of a terminal text takes.
public enum DisplayWidth {
  /// What a tab is shown as, wherever it stands, so that a character's width never depends on its place.
  static let tab = "    "

  /// Columns of one character as a person sees it: 2 for East Asian wide characters and emoji, 0 for a lone combining
  /// mark, 1 for most. A cluster is as wide as what it starts with.
  public static func of(_ character: Character) -> Int {
    if let ascii = character.asciiValue { return ascii >= 0x20 && ascii != 0x7F ? 1 : ascii == 0x09 ? tab.count : 0 }
    let scalars = character.unicodeScalars
    let first = scalars[scalars.startIndex]
    let width = of(first)
    guard scalars.count > 1, width < 2 else { return width }
    // U+FE0F asks for the picture; two regional indicators are a flag.
    if first.properties.isEmoji && scalars.contains("\u{FE0F}") { return 2 }
    if (0x1F1E6...0x1F1FF).contains(first.value) { return 2 }
    return width
  }

  public static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  static func of(_ scalar: Unicode.Scalar) -> Int {
    let properties = scalar.properties
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control, .lineSeparator, .paragraphSeparator: return 0
    // U+00AD, the soft hyphen, is drawn; joiners and direction marks are not.
    case .format: return scalar.value == 0xAD ? 1 : 0
    default: break
    }
    // Vowels and final consonants of Hangul are drawn into the syllable that a leading consonant began.
    if (0x1160...0x11FF).contains(scalar.value) || (0xD7B0...0xD7FB).contains(scalar.value) { return 0 }
    if properties.isEmojiPresentation { return (0x1F1E6...0x1F1FF).contains(scalar.value) ? 1 : 2 }
    return isWide(scalar.value) ? 2 : 1
  }

  /// EastAsianWidth.txt of Unicode 16: the ranges W and F, joined over unassigned gaps, without those that
  /// `isEmojiPresentation` covers.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0xA4C6,
    0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x18D08, 0x1AFF0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]

  private static func isWide(_ value: UInt32) -> Bool {
    guard value >= wide[0].lowerBound else { return false }
    var (low, high) = (0, wide.count)
    while low < high {
      let middle = (low + high) / 2
      if wide[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < wide.count && wide[low].contains(value)
  }
}
