/// What the expressions of pre-tokenizers tell apart: `\p{L}`, `\p{N}`, `\r` and `\n`, the rest of `\s`, all else.
enum CharacterClass: UInt8 {
  case letter, number, newline, space, other

  init(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      self = Self.ascii[Int(scalar.value)]
      return
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = scalar.properties.isWhitespace ? .space : .other
    }
  }

  private static let ascii: [CharacterClass] = (0..<128).map { (byte: UInt8) in
    switch byte {
    case 0x41...0x5A, 0x61...0x7A: .letter
    case 0x30...0x39: .number
    case 0x0A, 0x0D: .newline
    case 0x09, 0x0B, 0x0C, 0x20: .space
    default: .other
    }
  }

  var isSpace: Bool { self == .newline || self == .space }
}

/// Reads scalars out of UTF-8 that is known to be valid.
struct ScalarReader {
  let bytes: UnsafeBufferPointer<UInt8>

  /// The scalar that starts at `place`, and its number of bytes.
  func scalar(at place: Int) -> (scalar: Unicode.Scalar, count: Int) {
    let first = UInt32(bytes[place])
    if first < 0x80 { return (Unicode.Scalar(UInt8(first)), 1) }
    let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = first & (0xFF >> UInt32(count + 1))
    for next in 1..<count { value = value << 6 | UInt32(bytes[place + next] & 0x3F) }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", count)
  }

  func characterClass(at place: Int) -> (kind: CharacterClass, count: Int) {
    let (scalar, count) = scalar(at: place)
    return (CharacterClass(scalar), count)
  }
}
