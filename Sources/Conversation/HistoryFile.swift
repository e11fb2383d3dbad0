public import Formats
import Glibc
public import TerminalInput

/// The file that keeps what was asked, from one chat to the next: a line an entry, oldest first, readable by its owner
/// alone. A newline in an entry is written `\n`, a backslash `\\`.
public struct HistoryFile: Sendable, Equatable {
  public let path: String
  /// How many entries are kept.
  public let capacity: Int

  /// Longer entries are not kept: nobody looks for a pasted file this way.
  private static let entryLimit = 16 << 10

  public init(path: String, capacity: Int = 1000) {
    self.path = path
    self.capacity = capacity
  }

  /// The file of the person who runs the program: `evolcano/chat_history` in `XDG_DATA_HOME`, or else in
  /// `~/.local/share` (XDG Base Directory Specification 0.8). Nil when `EVOLCANO_HISTORY` is `off`, or when there is no
  /// such folder.
  public static func standard(environment: [String: String]) -> HistoryFile? {
    if environment["EVOLCANO_HISTORY"]?.lowercased() == "off" { return nil }
    // The specification: a path that is not absolute is to be ignored.
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.local/share" : nil }
    return (data ?? home).map { HistoryFile(path: $0 + "/evolcano/chat_history") }
  }

  /// What the file holds; nothing where there is no file.
  public func read() throws(FormatError) -> InputHistory {
    let file: ByteSource
    do throws(FormatError) {
      file = try ByteSource(path: path)
    } catch  where error.kind == .missing {
      return InputHistory(capacity: capacity)
    }
    let limit = capacity * (2 * Self.entryLimit + 1)
    let text = String(decoding: try file.readAll(limit: limit), as: UTF8.self)
    let lines = text.unicodeScalars.split(separator: "\n").suffix(capacity)
    return InputHistory(lines.map { Self.unescaped($0) }, capacity: capacity)
  }

  /// Adds an entry to what the file holds at this moment, so that two chats at once keep both.
  public func add(_ entry: String) throws(FormatError) {
    guard entry.utf8.count <= Self.entryLimit else { return }
    var history = try read()
    history.add(entry)
    try makeFolder()
    let lines = history.entries.map { Self.escaped($0) + "\n" }
    try AtomicFile.write(lines.joined(), to: path, isPrivate: true)
  }

  /// Makes the folders on the way to the file, open to their owner alone as the XDG specification asks.
  private func makeFolder() throws(FormatError) {
    let names = path.split(separator: "/").dropLast()
    var folder = path.hasPrefix("/") ? "" : "."
    for name in names {
      folder += "/" + name
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw FormatError(.system, file: folder, "cannot be made: \(String(cString: strerror(errno)))")
      }
    }
  }

  private static func escaped(_ entry: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in entry.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\".unicodeScalars
      case "\n": result += "\\n".unicodeScalars
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private static func unescaped(_ line: some Sequence<Unicode.Scalar>) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in line {
      if isEscaped {
        result.append(scalar == "n" ? "\n" : scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    return String(result).printable
  }
}
