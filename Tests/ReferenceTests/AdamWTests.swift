import Foundation
import Reference
import Testing

@Suite struct AdamWTests {
  struct Case: Decodable {
    struct Step: Decodable {
      let gradient, weight, firstMoment, secondMoment: Tensor
    }

    let learningRate, beta1, beta2, epsilon, weightDecay: Double
    let weight: Tensor
    let steps: [Step]

    var options: Reference.AdamWOptions {
      Reference.AdamWOptions(
        learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    }
  }

  /// The dynamic loss scale lies beside the cases of the optimizer.
  struct LossScaleFixture: Decodable {
    struct Series: Decodable {
      let initial: Double
      let growthInterval: Int
      let nonFinite: [Bool]
      let scales: [Double]
      let stepsTaken: [Int]
    }

    let lossScale: Series
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("adamw") {
      var state = Reference.AdamWState(weight: test.weight.values)
      for (i, step) in test.steps.enumerated() {
        Reference.adamW(&state, gradient: step.gradient.values, options: test.options)
        expectClose(state.weight, step.weight.values, "weight after step \(i + 1)")
        expectClose(state.firstMoment, step.firstMoment.values, "first moment after step \(i + 1)")
        expectClose(state.secondMoment, step.secondMoment.values, "second moment after step \(i + 1)")
      }
      #expect(state.step == test.steps.count && state.step > 1)
    }
  }

  @Test func gradientScaleScalesTheGradient() {
    let options = Reference.AdamWOptions(learningRate: 0.1, weightDecay: 0.01)
    var (scaled, plain) = (Reference.AdamWState(weight: [1, -2]), Reference.AdamWState(weight: [1, -2]))
    Reference.adamW(&scaled, gradient: [64, -16], options: options, gradientScale: 1 / 64)
    Reference.adamW(&plain, gradient: [1, -0.25], options: options)
    #expect(scaled == plain)
  }

  @Test func skippedStepChangesNothing() {
    let start = Reference.AdamWState(weight: [1, -2])
    var state = start
    Reference.adamW(
      &state, gradient: [.nan, 1], options: Reference.AdamWOptions(learningRate: 0.1), skipped: true)
    #expect(state == start)
  }

  @Test func lossScaleMatchesGradScaler() throws {
    let file = try Fixture<Case>.data("adamw")
    let series = try Fixture<Case>.decoder.decode(LossScaleFixture.self, from: file).lossScale
    var scale = Reference.LossScale(scale: series.initial, growthInterval: series.growthInterval)
    var state = Reference.AdamWState(weight: [1])
    let grows = zip(series.scales, series.scales.dropFirst()).contains { $0 < $1 }
    try #require(grows && series.nonFinite.contains(true))
    for (i, nonFinite) in series.nonFinite.enumerated() {
      Reference.adamW(
        &state, gradient: [1], options: Reference.AdamWOptions(learningRate: 0.1), skipped: nonFinite)
      scale.update(foundNonFinite: nonFinite)
      #expect(scale.scale == series.scales[i], "after step \(i + 1)")
      #expect(state.step == series.stepsTaken[i], "after step \(i + 1)")
    }
  }
}
