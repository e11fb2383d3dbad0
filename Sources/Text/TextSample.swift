/// Texts to train a vocabulary on, as one block of UTF-8, with how often each character stands in them.
struct TextSample {
  /// The library leaves out texts of more than 4192 bytes.
  private static let longest = 4096

  /// The texts one after the other.
  private(set) var bytes: [UInt8] = []
  /// By text, where it ends in `bytes`.
  private(set) var ends: [Int] = []
  private(set) var counts: [Unicode.Scalar: Int] = [:]

  var count: Int { ends.count }

  /// Whether there is anything but white space.
  var hasText: Bool { counts.keys.contains { !$0.properties.isWhitespace && $0 != "\0" } }

  /// Cuts the texts into stretches; of more than `limit` bytes in all it takes some that lie evenly over the whole.
  init(_ texts: [String], limit: Int) {
    let total = texts.reduce(0) { $0 + $1.utf8.count }
    var seen = 0
    for text in texts {
      let text = Array(text.utf8)
      var start = 0
      while start < text.count {
        var end = min(start + Self.longest, text.count)
        while end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
        if total <= limit || Double(bytes.count) * Double(total) <= Double(seen) * Double(limit) {
          append(text[start..<end])
        }
        seen += end - start
        start = end
      }
    }
    tally(0..<bytes.count)
  }

  private init() {}

  private mutating func append(_ text: ArraySlice<UInt8>) {
    bytes += text
    ends.append(bytes.count)
  }

  private mutating func tally(_ range: Range<Int>) {
    var plain = [Int](repeating: 0, count: 128)
    for scalar in String(decoding: bytes[range], as: UTF8.self).unicodeScalars {
      if scalar.value < 128 { plain[Int(scalar.value)] += 1 } else { counts[scalar, default: 0] += 1 }
    }
    for (value, count) in plain.enumerated() where count > 0 {
      counts[Unicode.Scalar(UInt8(value)), default: 0] += count
    }
  }

  /// Appends one text several times, but no more than `limit` bytes.
  mutating func append(_ text: String, times: Int, limit: Int) {
    let text = Array(text.utf8.prefix(Self.longest))
    guard !text.isEmpty else { return }
    let times = min(times, limit / text.count)
    let start = bytes.count
    for _ in 0..<times { append(text[...]) }
    tally(start..<bytes.count)
  }

  /// The texts with a tab, across which no piece is made, for each character outside the alphabet.
  func restricted(to alphabet: Alphabet) -> TextSample {
    let isPlain = (0..<128).map { alphabet.contains(Unicode.Scalar(UInt8($0))) }
    var result = TextSample()
    result.bytes.reserveCapacity(bytes.count)
    var start = 0
    for end in ends {
      for scalar in String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars {
        if scalar.value < 128 {
          result.bytes.append(isPlain[Int(scalar.value)] ? UInt8(scalar.value) : 0x09)
        } else if alphabet.contains(scalar) {
          result.bytes += String(scalar).utf8
        } else {
          result.bytes.append(0x09)
        }
      }
      result.ends.append(result.bytes.count)
      start = end
    }
    return result
  }
}
