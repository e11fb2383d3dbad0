import Pool
import Report
import Workflow

/// The progress of an evolution on standard error.
final class EvolutionProgress: Sendable {
  private let status = StatusLine()

  func take(_ event: EvolveEvent) {
    switch event {
    case .note(let text):
      status.clear()
      complain(text)
    case .loading(let done, let total):
      status.show(whereSilent: false) { _ in "loading \(done >> 20)/\(total >> 20) MiB" }
      if done == total { status.clear() }
    case .progress(let progress):
      let line = EvolutionLine(
        round: progress.round, rounds: progress.rounds, share: progress.share, finished: progress.finished,
        total: progress.total, calls: progress.spent.calls, callsPerSecond: progress.callsPerSecond,
        tokens: progress.spent.tokens, secondsLeft: progress.secondsLeft)
      status.show { line.text(width: $0) }
    }
  }

  /// Removes the line.
  func clear() { status.clear() }
}
