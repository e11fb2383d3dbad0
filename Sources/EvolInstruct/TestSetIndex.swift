public import Formats

/// The runs of 13 words of test sets, which no training instruction may share (Brown et al., GPT-3, appendix C).
///
/// A test text of fewer words counts where an instruction is that text.
public struct TestSetIndex: Sendable {
  private static let length = 13
  /// Hashes of runs, with the place in `places`.
  private var runs: [UInt64: Int32] = [:]
  private var short: [UInt64: Int32] = [:]
  /// `file:line` of every test text.
  private var places: [String] = []

  public init() {}

  /// Adds every text of a file: all strings of JSON rows, else lines as they are.
  public mutating func add(file path: String) throws(FormatError) {
    let bytes = try ByteSource(path: path).readAll(limit: 1 << 30)
    let isJSON = bytes.first { !JSONRows.isSpace($0) }.map { [UInt8(ascii: "["), UInt8(ascii: "{")].contains($0) }
    guard isJSON == true else {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw FormatError(.unsupported, file: path, "is neither JSON nor a text; unpack it first if it is compressed")
      }
      for (line, text) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        add(text, place: "\(path):\(line + 1)")
      }
      return
    }
    for row in try JSONRows.read(bytes, file: path) { add(row.value, place: "\(path):\(row.line)") }
  }

  private mutating func add(_ value: JSONValue, place: String) {
    switch value {
    case .string(let text): add(text, place: place)
    case .array(let elements): for element in elements { add(element, place: place) }
    case .object(let object): for member in object.members { add(member.value, place: place) }
    default: break
    }
  }

  /// Adds one text; `place` is what evidence names.
  public mutating func add(_ text: some StringProtocol, place: String) {
    let words = Elimination.words(String(text))
    guard !words.isEmpty else { return }
    if places.last != place { places.append(place) }
    let number = Int32(clamping: places.count - 1)
    if words.count < Self.length {
      // A label such as "writing" is no test text.
      if words.count >= 4 { short[Self.hash(words[...])] = number }
      return
    }
    for start in 0...(words.count - Self.length) {
      runs[Self.hash(words[start..<(start + Self.length)])] = number
    }
  }

  /// The test text that an instruction shares 13 words with, or is; nil for none.
  public func match(_ text: String) -> String? {
    let words = Elimination.words(text)
    if words.count < Self.length { return short[Self.hash(words[...])].map { places[Int($0)] } }
    for start in 0...(words.count - Self.length) {
      if let place = runs[Self.hash(words[start..<(start + Self.length)])] { return places[Int(place)] }
    }
    return nil
  }

  private static func hash(_ words: ArraySlice<Substring>) -> UInt64 {
    var fingerprint = Fingerprint()
    for word in words { fingerprint.add(word) }
    return fingerprint.value
  }
}
