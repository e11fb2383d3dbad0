/// A file that grows at its end: a log. Each `append` is one call to the system, so that what reads the file meanwhile
/// sees it, and a killed process leaves all but at most the last append, of which there may be a part.
///
/// The file is locked while it is open: two writers at once are refused.
public struct AppendFile: ~Copyable {
  public let path: String
  /// The length, which is where the next `append` writes.
  public private(set) var byteCount: Int
  private let descriptor: Int32

  /// Opens the file, made when absent.
  public init(path: String) throws(FormatError) {
    let descriptor = try System.openForWriting(path)
    do throws(FormatError) {
      guard System.lock(descriptor) else {
        throw FormatError(.system, file: path, "is being written by someone else at this moment")
      }
      let status = try System.status(descriptor, path)
      guard status.isRegular else { throw FormatError(.wrongType, file: path, "is no regular file") }
      byteCount = status.byteCount
    } catch {
      System.release(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { System.release(descriptor) }

  public mutating func append(_ bytes: [UInt8]) throws(FormatError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FormatError) in
      try System.write(descriptor, at: byteCount, UnsafeRawBufferPointer(buffer), path)
    }
    byteCount += bytes.count
  }

  public mutating func append(_ text: String) throws(FormatError) {
    try append(Array(text.utf8))
  }

  /// Makes all that was appended outlast a power cut.
  public func flush() throws(FormatError) {
    try System.flush(descriptor, path)
  }
}
