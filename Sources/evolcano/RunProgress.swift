import Synchronization
import Workflow

/// The progress of a loop on standard error: a line for each stage that is done, and under it how far the next one is.
final class RunProgress: Sendable {
  private let evolution = EvolutionProgress()
  private let training = TrainProgress()
  private let status = StatusLine()
  /// When the evaluation under way told of itself first, and how far it was.
  private let start = Mutex<(instant: ContinuousClock.Instant, done: Int)?>(nil)

  func take(_ event: LoopEvent) {
    switch event {
    case .note(let text):
      clear()
      complain(text)
    case .skipped(let stage): complain("\(title(stage))done before")
    case .began(let stage):
      start.withLock { $0 = nil }
      status.show(whereSilent: false) { _ in "\(stage.rawValue) …" }
    case .ended(let stage, let seconds):
      clear()
      complain(title(stage) + duration(seconds))
    case .evolve(let event): evolution.take(event)
    case .train(let event): training.take(event)
    case .evaluated(let done, let total):
      let left = secondsLeft(done, of: total).map { ", about \(duration($0)) left" } ?? ""
      status.show { width in
        let line = "\(bar(done, of: total, width: 24)) \(grouped(done))/\(grouped(total)) answers\(left)"
        return String(line.prefix(width))
      }
    }
  }

  private func secondsLeft(_ done: Int, of total: Int) -> Double? {
    let now = ContinuousClock.now
    let first = start.withLock { start in
      let first = start ?? (now, done)
      start = first
      return first
    }
    let seconds = (now - first.instant) / .seconds(1)
    return done > first.done && seconds > 1 ? seconds / Double(done - first.done) * Double(total - done) : nil
  }

  private func title(_ stage: LoopStage) -> String {
    let longest = LoopStage.allCases.map(\.rawValue.count).max() ?? 0
    return stage.rawValue + String(repeating: " ", count: longest + 2 - stage.rawValue.count)
  }

  /// Removes the line.
  func clear() {
    evolution.clear()
    training.clear()
    status.clear()
  }
}
