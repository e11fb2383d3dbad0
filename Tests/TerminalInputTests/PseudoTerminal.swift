import Foundation
import Glibc
import Testing

/// A terminal without a screen: what the program sees, and the end at which a person would sit.
final class PseudoTerminal: Sendable {
  let person: Int32
  let program: Int32

  init(columns: UInt16 = 40, rows: UInt16 = 10) throws {
    // Swift's Glibc module leaves posix_openpt and its kin out; these are the requests they make (ioctl_tty(2)).
    person = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (unlocked, number): (Int32, Int32) = (0, 0)
    try #require(person >= 0 && ioctl(person, 0x4004_5431, &unlocked) == 0)  // TIOCSPTLCK
    try #require(ioctl(person, 0x8004_5430, &number) == 0)  // TIOCGPTN
    program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(program >= 0)
    resize(columns: columns, rows: rows)
  }

  deinit {
    close(person)
    close(program)
  }

  func resize(columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(person, UInt(TIOCSWINSZ), &size)
  }

  func type(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(person, $0.baseAddress, $0.count) }
  }

  /// What the program wrote, until `end` is part of it; all there is after five seconds.
  func output(until end: String) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    var wanted = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
    while !String(decoding: bytes, as: UTF8.self).contains(end), poll(&wanted, 1, 5000) > 0 {
      let count = read(person, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Leaves, as when a window is closed.
  func hangUp() {
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    dup2(nothing, person)
    close(nothing)
  }

  /// Lets a person act, on a thread of its own, while `body` waits for what is typed.
  func withPerson<Value>(_ act: @escaping @Sendable () -> Void, body: () throws -> Value) rethrows -> Value {
    let isDone = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      act()
      isDone.signal()
    }
    defer { isDone.wait() }
    return try body()
  }

  /// Types once the program shows its prompt.
  func withTyping<Value>(_ text: String, body: () throws -> Value) rethrows -> Value {
    try withPerson(
      {
        _ = self.output(until: "> ")
        self.type(text)
      }, body: body)
  }

  /// Flags that say how lines are read: echo, whole lines, keys that are signals.
  var localFlags: tcflag_t {
    var mode = termios()
    tcgetattr(program, &mode)
    return mode.c_lflag & tcflag_t(ECHO | ICANON | ISIG)
  }
}
