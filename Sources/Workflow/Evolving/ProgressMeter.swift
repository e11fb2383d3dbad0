import EvolInstruct
import Pool
import Synchronization

/// Turns what an evolution tells into rates and what is left.
final class ProgressMeter: Sendable {
  private struct Start {
    let instant: ContinuousClock.Instant
    let share: Double
    let calls: Int
  }

  private let rounds: Int
  private let start = Mutex<Start?>(nil)

  init(rounds: Int) { self.rounds = rounds }

  func measure(_ progress: Evolution.Progress) -> EvolveProgress {
    let rows = Double(max(progress.total, 1))
    let inRound = min(1, Double(progress.evolved + progress.finished) / (2 * rows))
    let share = (Double(progress.round - 1) + inRound) / Double(max(rounds, 1))
    let now = ContinuousClock.now
    let first = start.withLock { start in
      let first = start ?? Start(instant: now, share: share, calls: progress.spent.calls)
      start = first
      return first
    }
    let seconds = (now - first.instant) / .seconds(1)
    let gained = share - first.share
    return EvolveProgress(
      round: progress.round, rounds: rounds, finished: progress.finished, total: progress.total, share: share,
      spent: progress.spent,
      callsPerSecond: seconds > 0 ? Double(progress.spent.calls - first.calls) / seconds : 0,
      secondsLeft: gained > 0 && seconds > 1 ? seconds / gained * (1 - share) : nil)
  }
}
