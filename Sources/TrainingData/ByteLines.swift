import Formats

/// The bytes of a file one by one, read in pieces, with the line that each lies on.
struct ByteLines {
  /// Where in the file the next byte lies.
  private(set) var offset: Int
  /// The line of the next byte, from 1.
  private(set) var line = 1
  private var stream: ByteStream
  private var buffer: [UInt8]
  private var position = 0
  private var end = 0

  init(_ source: ByteSource, from offset: Int) throws(FormatError) {
    self.offset = offset
    stream = try source.stream(offset..<source.byteCount)
    buffer = [UInt8](repeating: 0, count: 1 << 18)
  }

  /// The next byte, which stays the next one; nil at the end.
  mutating func peek() throws(FormatError) -> UInt8? {
    if position == end {
      position = 0
      end = try fill()
    }
    return end == 0 ? nil : buffer[position]
  }

  /// Goes on to the byte after the one that `peek` gave.
  mutating func advance() {
    if buffer[position] == UInt8(ascii: "\n") { line += 1 }
    position += 1
    offset += 1
  }

  mutating func skipSpace() throws(FormatError) {
    while let byte = try peek(), isSpace(byte) { advance() }
  }

  private mutating func fill() throws(FormatError) -> Int {
    var stream = stream
    let count = try buffer.withUnsafeMutableBufferPointer { (bytes) throws(FormatError) in
      try stream.next(into: UnsafeMutableRawBufferPointer(bytes))
    }
    self.stream = stream
    return count
  }
}

/// White space of JSON.
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
