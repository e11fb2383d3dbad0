import Foundation
import Pool
import Report
import Synchronization
import Workflow

/// The progress of an evolution on standard error: one line redrawn in place on a terminal, a line every ten seconds
/// elsewhere.
final class EvolutionProgress: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var isShown = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) != 0

  func take(_ event: EvolveEvent) {
    switch event {
    case .note(let text):
      clear()
      complain(text)
    case .loading(let done, let total):
      show("loading \(done >> 20)/\(total >> 20) MiB", isLast: done == total, whereSilent: false)
    case .progress(let progress):
      let line = EvolutionLine(
        round: progress.round, rounds: progress.rounds, share: progress.share, finished: progress.finished,
        total: progress.total, calls: progress.spent.calls, callsPerSecond: progress.callsPerSecond,
        tokens: progress.spent.tokens, secondsLeft: progress.secondsLeft)
      show(line.text(width: isTerminal ? Self.width : 120), isLast: false, whereSilent: true)
    }
  }

  /// - Parameter whereSilent: whether the line is also written where there is no terminal.
  private func show(_ line: @autoclosure () -> String, isLast: Bool, whereSilent: Bool) {
    let now = ContinuousClock.now
    state.withLock { state in
      let pause = isTerminal ? Duration.milliseconds(100) : .seconds(10)
      if let last = state.last, now - last < pause { return }
      if !isTerminal, state.last == nil {
        // The first line comes after a pause: what is quick says nothing.
        state.last = now
        return
      }
      state.last = now
      if isTerminal {
        FileHandle.standardError.write(Data("\r\u{1b}[K\(line())".utf8))
        state.isShown = true
      } else if whereSilent {
        complain(line())
      }
    }
    if isLast { clear() }
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
