/// The characters that get a piece of their own.
struct Alphabet {
  /// Printable ASCII with the space as SentencePiece writes it, newline and tab: any English prompt can be written.
  static let basic: [Unicode.Scalar] =
    ["\n", "\t", "\u{2581}"] + (0x21...0x7E as ClosedRange<UInt8>).map { Unicode.Scalar($0) }
  /// The share of all characters that pieces stand for where the rest is written as bytes, as LLaMA's vocabulary has it.
  static let coverageWithBytes = 0.99995
  /// Zero, which the library drops, and what it marks the unknown with.
  private static let reserved: Set<Unicode.Scalar> = ["\0", "\u{2585}"]

  private var members: Set<Unicode.Scalar>

  /// - Parameters:
  ///   - spare: How many characters it may have beyond the basic ones: the most frequent.
  ///   - coverage: The share of all characters after which no more are taken, from 0 to 1.
  init(of sample: TextSample, spare: Int, coverage: Double) {
    // Plain spaces are U+2581 to the library.
    members = Set(Self.basic).union([" "])
    let total = sample.counts.values.reduce(0, +)
    var covered = sample.counts.reduce(0) { members.contains($1.key) ? $0 + $1.value : $0 }
    let others = sample.counts.filter { !members.contains($0.key) && !Self.reserved.contains($0.key) }
      .sorted { ($1.value, $0.key.value) < ($0.value, $1.key.value) }
    for (character, count) in others.prefix(max(spare, 0)) where Double(covered) < coverage * Double(total) {
      members.insert(character)
      covered += count
    }
  }

  func contains(_ character: Unicode.Scalar) -> Bool { members.contains(character) }

  /// The basic characters of which the library will make no piece, for want of them in the texts: always the tab, never
  /// the space, which it puts before each text.
  func basicsAbsent(from sample: TextSample) -> [Unicode.Scalar] {
    Self.basic.filter { $0 != "\u{2581}" && ($0 == "\t" || sample.counts[$0] == nil) }
  }
}
