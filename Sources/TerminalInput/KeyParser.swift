/// Turns the bytes that a terminal sends into keys. Bytes may come in pieces of any size.
///
/// Sequences: ECMA-48 (CSI), and what xterm, VTE, kitty and the Linux console send for keys
/// (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). What is unknown becomes `Key.unknown` and is never taken
/// for text.
public struct KeyParser: Sendable {
  /// Bytes whose meaning is not known yet.
  private var pending: [UInt8] = []
  /// Set between the marks of a bracketed paste; how many bytes of `pending` were searched for the end mark.
  private var searchedPaste: Int?

  /// No key's sequence is nearly as long; a longer one is noise.
  private static let sequenceLimit = 64
  private static let escape: UInt8 = 0x1B
  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  public init() {}

  /// Whether a lone ESC waits for what may follow it. When nothing does within a moment it was the Escape key: `flush()`.
  public var isWaiting: Bool { searchedPaste == nil && pending.first == Self.escape }

  /// The keys that are whole with these bytes.
  public mutating func parse(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    while let (key, count) = next() {
      pending.removeFirst(count)
      if let key { keys.append(key) }
    }
    return keys
  }

  /// What the waiting bytes mean when no more are coming.
  public mutating func flush() -> [Key] {
    guard isWaiting else { return [] }
    defer { pending = [] }
    return pending.count == 1 ? [.escape] : [.unknown]
  }

  /// The first key of `pending` and its bytes; nil while it is incomplete. A key of nil means that bytes are skipped.
  private mutating func next() -> (key: Key?, count: Int)? {
    if searchedPaste != nil { return paste() }
    guard let first = pending.first else { return nil }
    switch first {
    case Self.escape: return escapeSequence()
    case 0x0D, 0x0A: return (.enter, 1)
    case 0x09: return (.tab, 1)
    case 0x08, 0x7F: return (.backspace, 1)
    case 0x01...0x1A: return (.control(Character(Unicode.Scalar(first + 0x60))), 1)
    case 0x00...0x1F: return (.unknown, 1)
    default: return text()
    }
  }

  /// As many characters as lie together.
  private func text() -> (key: Key?, count: Int)? {
    var end = pending.firstIndex { $0 < 0x20 || $0 == 0x7F } ?? pending.count
    if end == pending.count { end -= Self.incompleteTail(pending) }
    guard end > 0 else { return nil }
    let text = Self.cleaned(String(decoding: pending[..<end], as: UTF8.self), keeping: [])
    return (text.isEmpty ? nil : .text(text), end)
  }

  /// How many bytes at the end start a character that more bytes could complete.
  private static func incompleteTail(_ bytes: [UInt8]) -> Int {
    for count in 1...3 where count <= bytes.count {
      let byte = bytes[bytes.count - count]
      if byte & 0xC0 == 0x80 { continue }
      let needed = byte >= 0xF5 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
      return needed > count ? count : 0
    }
    return 0
  }

  /// `text` without control characters, but for those of `keeping`.
  private static func cleaned(_ text: String, keeping: [Unicode.Scalar]) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { !isControl($0) || keeping.contains($0) }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

  private mutating func paste() -> (key: Key?, count: Int)? {
    let mark = Self.pasteEnd
    var place = searchedPaste ?? 0
    while place + mark.count <= pending.count {
      if pending[place] == Self.escape, pending[place..<(place + mark.count)].elementsEqual(mark) {
        searchedPaste = nil
        let text = String(decoding: pending[..<place], as: UTF8.self)
        return (Self.pasted(text), place + mark.count)
      }
      place += 1
    }
    searchedPaste = place
    return nil
  }

  /// Terminals send a pasted newline as CR, some as it was.
  private static func pasted(_ text: String) -> Key? {
    var scalars = String.UnicodeScalarView()
    var wasReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\r" || scalar == "\n" && !wasReturn {
        scalars.append("\n")
      } else if scalar != "\n" {
        scalars.append(scalar)
      }
      wasReturn = scalar == "\r"
    }
    let clean = cleaned(String(scalars), keeping: ["\n", "\t"])
    return clean.isEmpty ? nil : .paste(clean)
  }

  private mutating func escapeSequence() -> (key: Key?, count: Int)? {
    guard pending.count > 1 else { return nil }
    switch pending[1] {
    case UInt8(ascii: "["): return controlSequence()
    case UInt8(ascii: "O"):
      guard pending.count > 2 else { return nil }
      return (Self.key(final: pending[2], parameters: []), 3)
    case Self.escape: return (.escape, 1)
    case 0x0D, 0x0A: return (.newline, 2)
    case 0x08, 0x7F: return (.alt("\u{7F}"), 2)
    case 0x20..<0x7F: return (.alt(Character(Unicode.Scalar(pending[1]))), 2)
    case 0x80...: return (.escape, 1)
    default: return (.unknown, 2)
    }
  }

  /// ESC [, parameters, a final byte (ECMA-48, 5.4).
  private mutating func controlSequence() -> (key: Key?, count: Int)? {
    var place = 2
    while place < pending.count, (0x20..<0x40).contains(pending[place]) { place += 1 }
    if place > Self.sequenceLimit { return (.unknown, place) }
    guard place < pending.count else { return nil }
    // The Linux console's function keys: ESC [ [ A.
    if place == 2, pending[2] == UInt8(ascii: "[") { return pending.count > 3 ? (.unknown, 4) : nil }
    let final = pending[place]
    guard (0x40..<0x7F).contains(final) else { return (.unknown, place) }
    let written = String(decoding: pending[2..<place], as: UTF8.self)
    let parameters = written.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    if final == UInt8(ascii: "~"), parameters == [200] {
      searchedPaste = 0
      return (nil, place + 1)
    }
    return (Self.key(final: final, parameters: parameters), place + 1)
  }

  private static func key(final: UInt8, parameters: [Int]) -> Key {
    // The second parameter is 1 plus a bit set: Shift 1, Alt 2, Ctrl 4.
    let modifiers = parameters.count > 1 ? parameters[1] - 1 : 0
    let movesWords = modifiers > 0 && modifiers & 6 != 0
    switch final {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return movesWords ? .wordRight : .right
    case UInt8(ascii: "D"): return movesWords ? .wordLeft : .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "M") where parameters.isEmpty: return .enter  // the keypad's
    case UInt8(ascii: "u") where parameters.first == 13: return modifiers > 0 ? .newline : .enter
    case UInt8(ascii: "~"):
      switch parameters.first {
      case 1, 7: return .home
      case 4, 8: return .end
      case 3: return movesWords ? .alt("d") : .delete
      case 27 where parameters.count == 3 && parameters[2] == 13: return .newline
      default: return .unknown
      }
    default: return .unknown
    }
  }
}
