/// FNV-1a, 64 bits: tells texts apart, and does not change between runs and machines as `hashValue` does.
public struct Fingerprint: Sendable {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  /// Adds a text, and that it ends here.
  public mutating func add(_ text: some StringProtocol) {
    for byte in text.utf8 { add(byte) }
    add(0xFF)
  }

  /// Adds bytes, and that they end here.
  public mutating func add(bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
    add(0xFF)
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  /// 16 hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A hash of one text.
  static func hash(_ text: some StringProtocol) -> UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.add(text)
    return fingerprint.value
  }
}
