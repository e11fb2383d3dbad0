import Foundation

extension Recipe {
  /// The learning rate over the steps: linear warm-up from 0, then one of three courses.
  ///
  /// Source: `get_linear_schedule_with_warmup`, `get_cosine_schedule_with_warmup` and `get_constant_schedule_with_warmup`
  /// in transformers, src/transformers/optimization.py.
  public struct Schedule: Sendable, Equatable {
    /// The course after the warm-up.
    public enum Kind: String, Sendable, CaseIterable {
      /// Half a cosine, down to 0.
      case cosine
      /// A straight line, down to 0.
      case linear
      /// The peak to the end.
      case constant
    }

    public var kind = Kind.cosine
    public var warmupSteps = 50

    public init() {}

    /// The learning rate of step `step`.
    ///
    /// - Parameters:
    ///   - peak: What the warm-up rises to.
    ///   - step: Counted from 0, so that the first step of a warmed-up run has learning rate 0.
    ///   - total: The steps of the whole run.
    public func learningRate(peak: Double, step: Int, total: Int) -> Double {
      peak * share(step: step, total: total)
    }

    /// The learning rate as a share of the peak.
    private func share(step: Int, total: Int) -> Double {
      if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
      let courseLength = Double(max(1, total - warmupSteps))
      switch kind {
      case .constant: return 1
      case .linear: return max(0, Double(total - step) / courseLength)
      case .cosine:
        let progress = Double(step - warmupSteps) / courseLength
        return max(0, 0.5 * (1 + cos(Double.pi * progress)))
      }
    }
  }
}
