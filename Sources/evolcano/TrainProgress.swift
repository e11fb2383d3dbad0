import Report
import Workflow

/// The progress of a fine-tune on standard error.
final class TrainProgress: Sendable {
  private let status = StatusLine()

  func take(_ event: TrainEvent) {
    switch event {
    case .note(let text):
      status.clear()
      complain(text)
    case .loading(let done, let total):
      status.show(whereSilent: false) { _ in "loading \(done >> 20)/\(total >> 20) MiB" }
      if done == total { status.clear() }
    case .working(let what):
      status.show(isForced: true) { _ in what + " …" }
    case .step(_, let line):
      status.show { line.text(width: $0) }
    case .sample(let step, let prompt, let answer):
      status.clear()
      complain("after step \(step)  \(short(prompt, 40)) → \(short(answer, 72))")
    case .saved: break
    }
  }

  /// A text on one line, cut where it is long.
  private func short(_ text: String, _ limit: Int) -> String {
    let line = harmless(text.replacing("\n", with: " "))
    return line.count > limit ? line.prefix(limit - 1) + "…" : line
  }

  /// Removes the line.
  func clear() { status.clear() }
}
