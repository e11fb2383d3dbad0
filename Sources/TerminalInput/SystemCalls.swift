import Glibc

/// What the operating system refused a terminal, or a pipe in its place.
public struct TerminalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done, for example `write`.
  public let action: String
  /// The system's error number.
  public let code: Int32

  public var description: String { "cannot \(action): \(String(cString: strerror(code)))" }
}

/// The operating system's calls that this module makes outside of signal handlers, each wrapped once.
enum SystemCalls {
  private static func failure(_ action: String) -> TerminalError { TerminalError(action: action, code: errno) }

  static func attributes(of descriptor: Int32) throws(TerminalError) -> termios {
    var attributes = termios()
    guard tcgetattr(descriptor, &attributes) == 0 else { throw failure("ask for the mode of the terminal") }
    return attributes
  }

  /// Once what was written has been sent; what was typed meanwhile is kept.
  static func set(_ attributes: termios, of descriptor: Int32) throws(TerminalError) {
    var attributes = attributes
    while tcsetattr(descriptor, TCSADRAIN, &attributes) != 0 {
      guard errno == EINTR else { throw failure("set the mode of the terminal") }
    }
  }

  /// Columns and rows; 80 × 24 where the terminal does not say.
  static func size(of descriptor: Int32) -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
    return (size.ws_col > 0 ? Int(size.ws_col) : 80, size.ws_row > 0 ? Int(size.ws_row) : 24)
  }

  static func write(_ text: String, to descriptor: Int32) throws(TerminalError) {
    var text = text
    let failed: TerminalError? = text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count >= 0 {
          done += count
        } else if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&wait, 1, -1)
        } else if errno != EINTR {
          return failure("write what was said")
        }
      }
      return nil
    }
    if let failed { throw failed }
  }

  /// Up to `limit` bytes; none at the end of the input. Nil where there is nothing at this moment.
  static func read(from descriptor: Int32, limit: Int = 4096) throws(TerminalError) -> [UInt8]? {
    var failed: TerminalError?
    var isEmpty = false
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let got = Glibc.read(descriptor, buffer.baseAddress, limit)
      if got >= 0 {
        count = got
      } else if errno == EINTR || errno == EAGAIN {
        isEmpty = true
      } else if errno != EIO {  // the other end of a terminal was closed: the end of the input
        failed = failure("read what is typed")
      }
    }
    if let failed { throw failed }
    return isEmpty ? nil : bytes
  }

  /// Waits until one of the two has something to read, or its other end is gone, and says which; nil when `milliseconds`
  /// went by before. Less than 0: for ever.
  static func wait(
    for first: Int32, or second: Int32, milliseconds: Int32
  ) throws(TerminalError) -> (first: Bool, second: Bool)? {
    var wanted = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let count = poll(&wanted, nfds_t(wanted.count), milliseconds)
    if count == 0 { return nil }
    if count < 0 {
      guard errno == EINTR else { throw failure("wait for what is typed") }
      // The signal's handler has left a byte to read.
      return (false, true)
    }
    return (wanted[0].revents != 0, wanted[1].revents != 0)
  }

  /// Waits until there is something to read.
  static func wait(for descriptor: Int32) throws(TerminalError) {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    if poll(&wanted, 1, -1) < 0 && errno != EINTR { throw failure("wait for input") }
  }

  /// A pipe that no child inherits and that nobody waits on.
  static func makePipe() throws(TerminalError) -> (readEnd: Int32, writeEnd: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure("make a pipe") }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    return (ends[0], ends[1])
  }

  static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
}
