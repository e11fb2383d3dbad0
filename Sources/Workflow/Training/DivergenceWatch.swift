import Report

/// Stops a run whose loss went far above what it had been: more steps would spoil what was learned.
///
/// The means of `window` losses in a row are compared: the last one must not be above twice the lowest one and 2 nats
/// more. So a loss of 6 may rise to 14, one of 0.5 to 3, and single bad steps pass.
struct DivergenceWatch {
  private static let window = 10
  private var losses: [Double] = []
  private var best = Double.infinity

  /// - Parameter losses: of the steps before, in order.
  init(_ losses: [Double]) {
    for loss in losses { _ = mean(with: loss) }
  }

  /// - Throws: `TrainError.diverged`.
  mutating func take(_ row: StepRow) throws(TrainError) {
    guard let mean = mean(with: row.loss) else { return }
    if mean > 2 * best + 2 { throw .diverged(step: row.step, loss: mean, best: best) }
  }

  /// The mean of the last losses; nil while there are too few. A skipped step's infinite loss does not count.
  private mutating func mean(with loss: Double) -> Double? {
    guard loss.isFinite else { return nil }
    losses.append(loss)
    if losses.count > Self.window { losses.removeFirst() }
    guard losses.count == Self.window else { return nil }
    let mean = losses.reduce(0, +) / Double(Self.window)
    best = min(best, mean)
    return mean
  }
}
