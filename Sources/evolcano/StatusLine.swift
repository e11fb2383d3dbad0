import Foundation
import Synchronization

/// A line on standard error that says how far something is: redrawn in place on a terminal, a line every ten seconds
/// elsewhere.
final class StatusLine: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var isShown = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) != 0

  /// Shows a line, unless the last one is too fresh.
  ///
  /// - Parameters:
  ///   - isForced: shown at once on a terminal, however fresh the last one is.
  ///   - whereSilent: whether the line is also written where there is no terminal.
  ///   - text: the line in at most so many columns.
  func show(isForced: Bool = false, whereSilent: Bool = true, _ text: (_ width: Int) -> String) {
    let now = ContinuousClock.now
    state.withLock { state in
      let pause = isTerminal ? Duration.milliseconds(100) : .seconds(10)
      if let last = state.last, now - last < pause, !(isForced && isTerminal) { return }
      if !isTerminal, state.last == nil {
        // The first line comes after a pause: what is quick says nothing.
        state.last = now
        return
      }
      state.last = now
      if isTerminal {
        FileHandle.standardError.write(Data("\r\u{1b}[K\(text(Self.width))".utf8))
        state.isShown = true
      } else if whereSilent {
        complain(text(120))
      }
    }
  }

  /// Removes the line.
  func clear() {
    state.withLock { state in
      if state.isShown { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
      state.isShown = false
    }
  }

  /// Columns of the terminal; 80 where it does not say.
  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
    return Int(size.ws_col) - 1
  }
}
