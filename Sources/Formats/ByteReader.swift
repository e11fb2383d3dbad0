#if _endian(big)
  #error("model files are little-endian, and their numbers are taken as they lie")
#endif

/// Reads a file from the front, field by field, through a window of fixed size; every number is little-endian.
struct ByteReader {
  static let windowByteCount = 64 << 10

  let source: ByteSource
  /// The next byte to read.
  private(set) var offset: Int
  /// What is being read, for errors.
  var field = ""
  private var window: [UInt8] = []
  private var windowStart = 0

  init(_ source: ByteSource, at offset: Int = 0) {
    self.source = source
    self.offset = offset
  }

  var remaining: Int { source.byteCount - offset }

  func error(_ kind: FormatError.Kind, at place: Int? = nil, _ problem: String) -> FormatError {
    FormatError(kind, file: source.name, field: field, offset: place ?? offset, problem)
  }

  /// Checks that `count` things of at least `size` bytes each can still follow, before memory is taken for them.
  func expect(_ count: UInt64, _ things: String, ofAtLeast size: Int, at place: Int) throws(FormatError) -> Int {
    guard count <= UInt64(remaining / size) else {
      throw error(
        .truncated, at: place,
        "says it has \(count) \(things), but only \(remaining) bytes follow (at least \(size) each are needed)")
    }
    return Int(count)
  }

  /// Makes the window hold the next `count` bytes, which are no more than a window.
  private mutating func fill(_ count: Int) throws(FormatError) {
    guard count > window.count - (offset - windowStart) || offset < windowStart else { return }
    _ = try source.range(at: offset, count: count, field: field)
    window = try source.read(at: offset, count: min(Self.windowByteCount, remaining), field: field)
    windowStart = offset
  }

  mutating func number<Number: BitwiseCopyable>(_: Number.Type) throws(FormatError) -> Number {
    let size = MemoryLayout<Number>.size
    try fill(size)
    let place = offset - windowStart
    offset += size
    return window.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) }
  }

  /// `count` numbers, whose number `expect` has checked.
  mutating func numbers<Number: BitwiseCopyable>(_ count: Int, _: Number.Type) throws(FormatError) -> [Number] {
    let result = try [Number](filledFrom: source, at: offset, count: count, field: field)
    offset += count * MemoryLayout<Number>.stride
    return result
  }

  /// A string as GGUF writes it: its length in bytes as a 64-bit number, then UTF-8 without an end mark.
  mutating func string(limit: Int) throws(FormatError) -> String {
    let place = offset
    let length = try number(UInt64.self)
    let count = try expect(length, "bytes of text", ofAtLeast: 1, at: place)
    guard count <= limit else {
      throw error(.limit, at: place, "a text of \(count) bytes; at most \(limit) are allowed here")
    }
    let text: String?
    if count <= Self.windowByteCount {
      try fill(count)
      let start = offset - windowStart
      text = window.withUnsafeBufferPointer {
        String(validating: UnsafeBufferPointer(rebasing: $0[start..<(start + count)]), as: UTF8.self)
      }
    } else {
      text = String(validating: try source.read(at: offset, count: count, field: field), as: UTF8.self)
    }
    guard let text else { throw error(.malformed, at: place, "the text is not valid UTF-8") }
    offset += count
    return text
  }
}
