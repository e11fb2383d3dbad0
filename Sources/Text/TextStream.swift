/// Decodes tokens one by one, holding back a character until its last byte is there.
///
/// ```swift
/// var stream = TextStream(tokenizer)
/// for id in ids { print(stream.append(id), terminator: "") }
/// print(stream.finish())
/// ```
public struct TextStream: Sendable {
  private let tokenizer: Tokenizer
  private let skippingSpecial: Bool
  private var stripsSpace: Bool
  /// The start of a character whose end has not come.
  private var held: [UInt8] = []

  /// - Parameters:
  ///   - skippingSpecial: Leaves out marks of the protocol.
  ///   - continuing: Whether text came before, so that a space at the start is text.
  public init(_ tokenizer: Tokenizer, skippingSpecial: Bool = true, continuing: Bool = false) {
    self.tokenizer = tokenizer
    self.skippingSpecial = skippingSpecial
    stripsSpace = !continuing && tokenizer.stripsFirstSpace
  }

  /// The text that is whole with this token.
  public mutating func append(_ id: Int) -> String {
    if skippingSpecial && tokenizer.isSpecial(id) { return "" }
    var bytes = tokenizer.bytes(id)
    if bytes.isEmpty { return "" }
    if stripsSpace {
      if bytes[0] == 0x20 && !tokenizer.isSpecial(id) { bytes.removeFirst() }
      stripsSpace = false
    }
    held += bytes
    let whole = held.count - Self.incompleteTail(held)
    defer { held.removeFirst(whole) }
    return String(decoding: held[..<whole], as: UTF8.self)
  }

  /// What was held back, repaired.
  public mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  /// How many bytes at the end start a character that more bytes could complete.
  static func incompleteTail(_ bytes: [UInt8]) -> Int {
    for count in 1...3 where count <= bytes.count {
      let first = bytes[bytes.count - count]
      if first & 0xC0 == 0x80 { continue }
      let needed = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
      guard first < 0xF5, needed > count else { return 0 }
      // A byte that no valid character has there completes nothing.
      if count > 1 {
        let second = bytes[bytes.count - count + 1]
        let floor: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
        let ceiling: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
        guard (floor...ceiling).contains(second) else { return 0 }
      }
      return count
    }
    return 0
  }
}
