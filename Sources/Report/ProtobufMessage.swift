/// The bytes of a protocol buffer message, field by field (protobuf.dev, "Encoding").
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(tag field: UInt64, _ type: WireType) {
    append(varint: field << 3 | type.rawValue)
  }

  /// An `int64` or an enumeration.
  mutating func append(_ field: UInt64, _ value: Int) {
    append(tag: field, .varint)
    append(varint: UInt64(bitPattern: Int64(value)))
  }

  /// A `double`.
  mutating func append(_ field: UInt64, _ value: Double) {
    append(tag: field, .eightBytes)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// A `float`.
  mutating func append(_ field: UInt64, _ value: Float) {
    append(tag: field, .fourBytes)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// A `string` or `bytes`.
  mutating func append(_ field: UInt64, _ text: String) {
    append(field, Array(text.utf8))
  }

  /// A message inside.
  mutating func append(_ field: UInt64, _ message: ProtobufMessage) {
    append(field, message.bytes)
  }

  private mutating func append(_ field: UInt64, _ content: [UInt8]) {
    append(tag: field, .lengthDelimited)
    append(varint: UInt64(content.count))
    bytes += content
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
