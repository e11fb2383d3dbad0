/// A file whose bytes are read, never mapped: a mapped file that someone truncates kills the process, a read one is a
/// `FormatError`.
///
/// Every read is checked against the file's real length before anything is allocated. Reading names its own place, so
/// one source may serve many threads.
public final class ByteSource: Sendable {
  private enum Storage: Sendable {
    case file(descriptor: Int32)
    case memory([UInt8])
  }

  /// The path, or another name that means something in a message.
  public let name: String
  /// The file's length when it was opened.
  public let byteCount: Int
  private let storage: Storage

  /// Opens the file at `path` for reading.
  ///
  /// - Throws: `FormatError` when it cannot be opened or is not a regular file.
  public init(path: String) throws(FormatError) {
    let descriptor = try System.openForReading(path)
    do throws(FormatError) {
      let status = try System.status(descriptor, path)
      guard status.isRegular else {
        throw FormatError(.wrongType, file: path, "\(status.isFolder ? "is a folder" : "is no regular file")")
      }
      name = path
      byteCount = status.byteCount
      storage = .file(descriptor: descriptor)
    } catch {
      System.release(descriptor)
      throw error
    }
  }

  /// Bytes in memory, read by the same rules as a file's.
  public init(bytes: [UInt8], name: String) {
    self.name = name
    byteCount = bytes.count
    storage = .memory(bytes)
  }

  deinit {
    if case .file(let descriptor) = storage { System.release(descriptor) }
  }

  /// Checks that `count` bytes from `offset` lie inside the file, and returns their range.
  public func range(at offset: Int, count: Int, field: String = "") throws(FormatError) -> Range<Int> {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw FormatError(
        .truncated, file: name, field: field, offset: offset,
        "\(count) bytes are needed here, but the file has \(byteCount) bytes")
    }
    return offset..<(offset + count)
  }

  /// Fills `bytes` from `offset` on.
  public func read(
    at offset: Int, into bytes: UnsafeMutableRawBufferPointer, field: String = ""
  ) throws(FormatError) {
    let range = try range(at: offset, count: bytes.count, field: field)
    switch storage {
    case .memory(let memory):
      memory.withUnsafeBytes { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
    case .file(let descriptor):
      var done = 0
      while done < bytes.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
        let count = try System.read(descriptor, at: offset + done, into: rest, name)
        guard count > 0 else {
          throw FormatError(
            .truncated, file: name, field: field, offset: offset + done,
            "the file has become shorter while it was read; it had \(byteCount) bytes")
        }
        done += count
      }
    }
  }

  /// The `count` bytes from `offset` on, checked against the file's length before memory is taken for them.
  public func read(at offset: Int, count: Int, field: String = "") throws(FormatError) -> [UInt8] {
    _ = try range(at: offset, count: count, field: field)
    return try [UInt8](filledFrom: self, at: offset, count: count, field: field)
  }

  /// The whole file, refused when it has more than `limit` bytes.
  public func readAll(limit: Int) throws(FormatError) -> [UInt8] {
    guard byteCount <= limit else {
      throw FormatError(.limit, file: name, "has \(byteCount) bytes; at most \(limit) are read")
    }
    return try read(at: 0, count: byteCount)
  }

  /// The bytes of `range`, to be read piece by piece through a buffer of the caller's.
  public func stream(_ range: Range<Int>, field: String = "") throws(FormatError) -> ByteStream {
    _ = try self.range(at: range.lowerBound, count: range.count, field: field)
    return ByteStream(source: self, remaining: range, field: field)
  }
}

/// A range of a file, read in order in pieces as large as the buffer that the caller offers.
public struct ByteStream: Sendable {
  let source: ByteSource
  /// What has not been read yet, as offsets in the file.
  public private(set) var remaining: Range<Int>
  let field: String

  /// Reads as much as fits into `staging` and returns how much that was; 0 when all has been read.
  public mutating func next(into staging: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    let count = min(staging.count, remaining.count)
    guard count > 0 else { return 0 }
    try source.read(
      at: remaining.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: staging[..<count]), field: field)
    remaining = (remaining.lowerBound + count)..<remaining.upperBound
    return count
  }
}

extension Array {
  /// `count` little-endian numbers as they lie in the file. The caller has checked that the file holds them.
  init(filledFrom source: ByteSource, at offset: Int, count: Int, field: String) throws(FormatError)
  where Element: BitwiseCopyable {
    // A typed error does not pass through the initializer's closure, so it is carried around it.
    var failure: FormatError?
    self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FormatError) {
        let bytes = UnsafeMutableRawBufferPointer(
          start: buffer.baseAddress, count: count * MemoryLayout<Element>.stride)
        try source.read(at: offset, into: bytes, field: field)
        initialized = count
      } catch {
        failure = error
        initialized = 0
      }
    }
    if let failure { throw failure }
  }
}
