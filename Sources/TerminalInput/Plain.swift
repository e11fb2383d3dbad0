import Glibc

/// Lines from a pipe or a file, as they are.
public final class LineReader {
  private let descriptor: Int32
  private let byteLimit: Int
  /// What was read and not handed out, and how much of it holds no newline.
  private var pending: [UInt8] = []
  private var searched = 0
  private var isAtEnd = false

  /// - Parameter byteLimit: The longest line that is taken; a longer one is an error.
  public init(descriptor: Int32 = 0, byteLimit: Int = 8 << 20) {
    self.descriptor = descriptor
    self.byteLimit = byteLimit
  }

  /// The next line, without the LF or CR LF at its end; nil after the last. Bytes that are no UTF-8 become U+FFFD.
  public func next() throws(TerminalError) -> String? {
    while true {
      if let end = pending[searched...].firstIndex(of: 0x0A) { return take(end, skipping: 1) }
      searched = pending.count
      if isAtEnd { return pending.isEmpty ? nil : take(pending.count, skipping: 0) }
      guard pending.count <= byteLimit else {
        throw TerminalError(action: "read a line of more than \(byteLimit) bytes", code: EMSGSIZE)
      }
      guard let bytes = try SystemCalls.read(from: descriptor) else {
        try SystemCalls.wait(for: descriptor)
        continue
      }
      isAtEnd = bytes.isEmpty
      pending += bytes
    }
  }

  private func take(_ end: Int, skipping count: Int) -> String {
    var line = pending[..<end]
    if line.last == 0x0D { line.removeLast() }
    let text = String(decoding: line, as: UTF8.self)
    pending.removeFirst(end + count)
    searched = 0
    return text
  }
}

/// A pipe, a file or a terminal that text is written to, at once and as it is.
public struct TextWriter: Sendable {
  private let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }

  public func write(_ text: String) throws(TerminalError) { try SystemCalls.write(text, to: descriptor) }
}
