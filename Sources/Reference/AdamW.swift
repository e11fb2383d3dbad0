import Foundation

extension Reference {
  /// The constants of AdamW; the defaults are those of `torch.optim.AdamW`, the weight decay apart.
  public struct AdamWOptions: Equatable, Sendable {
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Decoupled: the weight is first multiplied by 1 − learningRate · weightDecay.
    public var weightDecay: Double

    public init(
      learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
      weightDecay: Double = 0
    ) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// Parameters with their moments.
  public struct AdamWState: Equatable, Sendable {
    public var weight: [Double]
    public var firstMoment: [Double]
    public var secondMoment: [Double]
    /// Steps taken.
    public var step: Int

    /// Before the first step: moments of zero.
    public init(weight: [Double]) {
      self.weight = weight
      firstMoment = Array(repeating: 0, count: weight.count)
      secondMoment = firstMoment
      step = 0
    }
  }

  /// One step of AdamW (Loshchilov & Hutter 2019, algorithm 2, with the semantics of `torch.optim.AdamW`).
  /// - Parameters:
  ///   - gradientScale: what the gradient is multiplied by first: clip coefficient over loss scale.
  ///   - skipped: the non-finite flag; while it is set nothing changes, the step count neither.
  public static func adamW(
    _ state: inout AdamWState, gradient: [Double], options: AdamWOptions, gradientScale: Double = 1,
    skipped: Bool = false
  ) {
    precondition(
      gradient.count == state.weight.count, "\(gradient.count) gradients for \(state.weight.count) weights")
    if skipped { return }
    state.step += 1
    let correction1 = 1 - pow(options.beta1, Double(state.step))
    let correction2 = 1 - pow(options.beta2, Double(state.step))
    for i in gradient.indices {
      let g = gradient[i] * gradientScale
      let first = options.beta1 * state.firstMoment[i] + (1 - options.beta1) * g
      let second = options.beta2 * state.secondMoment[i] + (1 - options.beta2) * g * g
      let denominator = (second / correction2).squareRoot() + options.epsilon
      state.firstMoment[i] = first
      state.secondMoment[i] = second
      state.weight[i] *= 1 - options.learningRate * options.weightDecay
      state.weight[i] -= options.learningRate * first / correction1 / denominator
    }
  }

  /// Dynamic loss scaling (Micikevicius et al. 2018, §3.2; the rule of `torch.amp.GradScaler`).
  public struct LossScale: Equatable, Sendable {
    public var scale: Double
    /// Good steps after which the scale doubles.
    public var growthInterval: Int
    /// Good steps since the scale last changed.
    public var goodSteps = 0

    public init(scale: Double, growthInterval: Int) {
      self.scale = scale
      self.growthInterval = growthInterval
    }

    /// Halves the scale after a non-finite gradient; doubles it after `growthInterval` good steps in a row.
    public mutating func update(foundNonFinite: Bool) {
      goodSteps = foundNonFinite ? 0 : goodSteps + 1
      if foundNonFinite { scale /= 2 }
      if goodSteps == growthInterval {
        scale *= 2
        goodSteps = 0
      }
    }
  }
}
