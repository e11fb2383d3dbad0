/// The expressions by which byte-level tokenizers cut text into words, as scanners that never look back.
///
/// Sources: `pat` of openai/gpt-2, src/encoder.py; `pat_str` of meta-llama/llama3, llama/tokenizer.py;
/// `PRETOKENIZE_REGEX` of Qwen2's tokenizer in huggingface/transformers.
enum WordPattern: Sendable, Hashable {
  case gpt2, llama3, qwen2

  /// What a tokenizer.json writes.
  static let expressions: [(text: String, pattern: WordPattern)] = [
    (#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
    (
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#, .llama3
    ),
    (
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#, .qwen2
    ),
  ]

  init?(expression: String) {
    guard let known = Self.expressions.first(where: { $0.text == expression }) else { return nil }
    self = known.pattern
  }

  /// Where the word that starts at `start` ends. `start < end`; both are character boundaries.
  func endOfWord(from start: Int, to end: Int, in reader: ScalarReader) -> Int {
    let scanner = WordScanner(reader: reader, end: end)
    return self == .gpt2
      ? scanner.gpt2(from: start) : scanner.modern(from: start, longestNumber: self == .llama3 ? 3 : 1)
  }
}

private struct WordScanner {
  let reader: ScalarReader
  let end: Int

  /// Past the characters from `start` on that satisfy `belongs`.
  private func skip(from start: Int, while belongs: (CharacterClass) -> Bool) -> Int {
    var place = start
    while place < end {
      let (kind, count) = reader.characterClass(at: place)
      guard belongs(kind) else { return place }
      place += count
    }
    return place
  }

  func gpt2(from start: Int) -> Int {
    if let end = contraction(at: start, ignoringCase: false) { return end }
    let first = reader.characterClass(at: start).kind
    let isBlank = reader.bytes[start] == 0x20 && start + 1 < end
    let place = isBlank ? start + 1 : start
    let kind = isBlank ? reader.characterClass(at: place).kind : first
    if !kind.isSpace { return skip(from: place) { $0 == kind } }
    return space(from: start)
  }

  /// LLaMA 3 and Qwen2, which differ in how many digits a word takes.
  func modern(from start: Int, longestNumber: Int) -> Int {
    if let end = contraction(at: start, ignoringCase: true) { return end }
    let (first, count) = reader.characterClass(at: start)
    let second = start + count < end ? reader.characterClass(at: start + count).kind : nil
    if first == .letter { return skip(from: start) { $0 == .letter } }
    if second == .letter, first == .space || first == .other { return skip(from: start + count) { $0 == .letter } }
    if first == .number {
      var place = start + count
      for _ in 1..<max(longestNumber, 1) where place < end {
        let (kind, count) = reader.characterClass(at: place)
        if kind != .number { break }
        place += count
      }
      return place
    }
    if first == .other || (reader.bytes[start] == 0x20 && second == .other) {
      let symbols = skip(from: start + count) { $0 == .other }
      return skip(from: symbols) { $0 == .newline }
    }
    return newlines(from: start) ?? space(from: start)
  }

  /// `\s*[\r\n]+`: up to the last newline of the run of white space.
  private func newlines(from start: Int) -> Int? {
    var last: Int?
    var place = start
    while place < end {
      let (kind, count) = reader.characterClass(at: place)
      guard kind.isSpace else { break }
      place += count
      if kind == .newline { last = place }
    }
    return last
  }

  /// `\s+(?!\S)|\s+`: a run of white space, without its last character where a word follows.
  private func space(from start: Int) -> Int {
    var place = start
    var last = start
    while place < end {
      let (kind, count) = reader.characterClass(at: place)
      guard kind.isSpace else { return last > start ? last : place }
      last = place
      place += count
    }
    return place
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`. Ignoring case, U+017F (ſ) is an s as well.
  private func contraction(at start: Int, ignoringCase: Bool) -> Int? {
    let bytes = reader.bytes
    guard bytes[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    let fold: UInt8 = ignoringCase ? 0x20 : 0
    func letter(_ place: Int) -> UInt8 {
      guard place < end else { return 0 }
      return (0x41...0x5A).contains(bytes[place]) ? bytes[place] | fold : bytes[place]
    }
    let pair = (letter(start + 1), letter(start + 2))
    switch pair.0 {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return pair.1 == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"): return pair.1 == UInt8(ascii: "l") ? start + 3 : nil
    case 0xC5: return ignoringCase && pair.1 == 0xBF ? start + 3 : nil
    default: return nil
    }
  }
}
