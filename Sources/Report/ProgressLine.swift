import Foundation

/// How far a training run is, on one line:
/// `step 120/500 ▕████░░░▏ loss 1.234 lr 1.9e-05 |g| 0.83 812 tok/s 42 % of peak 3 min left`
public struct ProgressLine: Sendable, Equatable {
  /// Steps that are done.
  public var step: Int
  /// Steps of the whole run.
  public var total: Int
  public var loss: Double
  public var learningRate: Double
  public var gradNorm: Double
  public var tokensPerSecond: Double
  /// The share of what the device could do at best, where that is known.
  public var shareOfPeak: Double?
  /// What is left, where that can be said already.
  public var secondsLeft: Double?

  public init(
    step: Int, total: Int, loss: Double, learningRate: Double, gradNorm: Double, tokensPerSecond: Double,
    shareOfPeak: Double? = nil, secondsLeft: Double? = nil
  ) {
    self.step = step
    self.total = total
    self.loss = loss
    self.learningRate = learningRate
    self.gradNorm = gradNorm
    self.tokensPerSecond = tokensPerSecond
    self.shareOfPeak = shareOfPeak
    self.secondsLeft = secondsLeft
  }

  /// The line in at most `width` columns: what matters least is left out first, and the bar takes the room that is left.
  public func text(width: Int) -> String {
    let line = FittedLine(
      core: Part.step,
      expendable: [.shareOfPeak, .gradNorm, .learningRate, .bar, .tokensPerSecond, .secondsLeft, .loss], text: text)
    return line.text(width: width)
  }

  private enum Part: CaseIterable {
    case step, bar, loss, learningRate, gradNorm, tokensPerSecond, shareOfPeak, secondsLeft
  }

  private func text(_ part: Part, bar: Int) -> String? {
    switch part {
    case .step: "step \(step)/\(total)"
    case .bar: self.bar(bar)
    case .loss: loss.isFinite ? String(format: "loss %.3f", loss) : "loss \(NumberText.significant(loss))"
    case .learningRate: "lr " + (learningRate == 0 ? "0" : String(format: "%.1e", learningRate))
    case .gradNorm: "|g| " + NumberText.significant(gradNorm, digits: 2)
    case .tokensPerSecond: NumberText.significant(tokensPerSecond) + " tok/s"
    case .shareOfPeak: shareOfPeak.map { String(format: "%.0f %% of peak", $0 * 100) }
    case .secondsLeft: secondsLeft.map { NumberText.duration($0) + " left" }
    }
  }

  private func bar(_ width: Int) -> String {
    ProgressBar.text(total > 0 ? Double(step) / Double(total) : 0, width: width)
  }
}
