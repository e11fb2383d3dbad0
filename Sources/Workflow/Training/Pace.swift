import Report
import Training

/// How fast a run goes, and what is left of it.
struct Pace {
  private let firstStep: Int
  private let total: Int
  /// Seconds of the steps of this process, the first one left out: it compiles.
  private var seconds = 0.0
  private var counted = 0

  init(firstStep: Int, total: Int) {
    self.firstStep = firstStep
    self.total = total
  }

  /// Where the run is after a step.
  ///
  /// - Parameters:
  ///   - operationsPerSecond: what the step came to.
  ///   - peak: what the device's best matrix product comes to.
  mutating func line(_ row: StepRow, operationsPerSecond: Double, peak: Double) -> ProgressLine {
    if row.step > firstStep {
      seconds += row.seconds
      counted += 1
    }
    let left = total - row.step - 1
    return ProgressLine(
      step: row.step + 1, total: total, loss: row.loss, learningRate: row.learningRate, gradNorm: row.gradNorm,
      tokensPerSecond: row.tokensPerSecond,
      // Where others use the machine as well, what the best product came to may be too little.
      shareOfPeak: peak > 0 ? min(operationsPerSecond / peak, 1) : nil,
      secondsLeft: counted > 0 ? seconds / Double(counted) * Double(left) : nil)
  }
}
