import Formats

/// One field of a protobuf message.
///
/// Source: Protocol Buffers Documentation, "Encoding".
struct ProtobufField {
  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    /// A string, bytes or a message: where it lies in the file.
    case bytes(Range<Int>)
  }
  let number: Int
  let value: Value
}

/// Reads the fields of a message in order; every length is checked against the message before it is used.
struct ProtobufReader {
  let bytes: [UInt8]
  let file: String
  private var position: Int
  private let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>, file: String) {
    self.bytes = bytes
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  private func error(_ kind: FormatError.Kind, _ problem: String) -> FormatError {
    FormatError(kind, file: file, offset: position, problem)
  }

  /// The next field; nil at the end of the message.
  mutating func next() throws(FormatError) -> ProtobufField? {
    guard position < end else { return nil }
    let tag = try varint()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw error(.malformed, "a field has the number \(tag >> 3)") }
    let number = Int(tag >> 3)
    switch tag & 7 {
    case 0: return ProtobufField(number: number, value: .varint(try varint()))
    case 1: return ProtobufField(number: number, value: .fixed64(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(end - position) else {
        throw error(.truncated, "field \(number) has \(count) bytes; \(end - position) are left")
      }
      defer { position += Int(count) }
      return ProtobufField(number: number, value: .bytes(position..<position + Int(count)))
    case 5: return ProtobufField(number: number, value: .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw error(.malformed, "field \(number) has the wire type \(tag & 7)")
    }
  }

  private mutating func varint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw error(.truncated, "the message ends within a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw error(.malformed, "a number of more than 10 bytes")
  }

  private mutating func fixed(_ count: Int) throws(FormatError) -> UInt64 {
    guard count <= end - position else { throw error(.truncated, "the message ends within a number") }
    defer { position += count }
    return bytes[position..<position + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Writes the fields of a message.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ number: Int, _ value: Int) {
    varint(UInt64(number) << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func write(_ number: Int, _ value: Float) {
    varint(UInt64(number) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func write(_ number: Int, _ value: [UInt8]) {
    varint(UInt64(number) << 3 | 2)
    varint(UInt64(value.count))
    bytes += value
  }
}
