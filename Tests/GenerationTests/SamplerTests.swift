import Foundation
import Testing

@testable import Generation

@Suite struct SamplerTests {
  private let logits: [Float] = [1, 3, 2.5, -1, 2, .nan, -.infinity, 0]

  /// How often each token is drawn out of `count`.
  private func shares(_ options: SamplingOptions, _ logits: [Float]? = nil, count: Int = 20_000) -> [Double] {
    var sampler = Sampler(options, prompt: [])
    var counts = [Double](repeating: 0, count: self.logits.count)
    for _ in 0..<count { counts[sampler.next(logits ?? self.logits)] += 1 / Double(count) }
    return counts
  }

  /// The shares that the softmax at a temperature gives to some tokens.
  private func softmax(_ temperature: Double, _ tokens: [Int]) -> [Double] {
    let weights = logits.indices.map { tokens.contains($0) ? exp(Double(logits[$0]) / temperature) : 0 }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private func expectClose(_ got: [Double], _ want: [Double]) {
    for (token, (g, w)) in zip(got, want).enumerated() {
      // Four standard deviations of 20,000 draws.
      #expect(abs(g - w) <= 4 * (w * (1 - w) / 20_000).squareRoot() + 1e-12, "token \(token): \(g), want \(w)")
    }
  }

  private let all = [0, 1, 2, 3, 4, 7]

  @Test(arguments: [Float(0.3), 1, 2.5]) func drawsByTemperature(temperature: Float) {
    expectClose(shares(SamplingOptions(temperature: temperature)), softmax(Double(temperature), all))
  }

  @Test func takesTheLikeliest() {
    var sampler = Sampler(.greedy, prompt: [])
    #expect(sampler.next(logits) == 1)
    #expect(sampler.next([.nan, 2, 2, .nan]) == 1)
    #expect(sampler.next([-.infinity, -.infinity]) == 0)
  }

  @Test func topK() {
    expectClose(shares(SamplingOptions(temperature: 1, topK: 2)), softmax(1, [1, 2]))
    expectClose(shares(SamplingOptions(temperature: 1, topK: 1)), softmax(1, [1]))
  }

  /// Token 1 has 0.46 of the mass, 2 has 0.28, 4 has 0.17: 0.5 needs the second, 0.75 the third.
  @Test func topP() {
    expectClose(shares(SamplingOptions(temperature: 1, topP: 0.4)), softmax(1, [1]))
    expectClose(shares(SamplingOptions(temperature: 1, topP: 0.5)), softmax(1, [1, 2]))
    expectClose(shares(SamplingOptions(temperature: 1, topP: 0.8)), softmax(1, [1, 2, 4]))
  }

  /// e^(2.5 − 3) = 0.61, e^(2 − 3) = 0.37.
  @Test func minP() {
    expectClose(shares(SamplingOptions(temperature: 1, minP: 0.5)), softmax(1, [1, 2]))
    expectClose(shares(SamplingOptions(temperature: 1, minP: 0.3)), softmax(1, [1, 2, 4]))
    expectClose(shares(SamplingOptions(temperature: 1, minP: 1)), softmax(1, [1]))
  }

  @Test func penalisesWhatHasOccurred() {
    var sampler = Sampler(SamplingOptions(repetitionPenalty: 2), prompt: [1, 3])
    #expect(sampler.next(logits) == 2, "3/2 is less than 2.5")
    #expect(sampler.next(logits) == 4, "2.5/2 is less than 2 now")
    // Negative logits are multiplied.
    var negative = Sampler(SamplingOptions(repetitionPenalty: 2), prompt: [0])
    #expect(negative.next([-1, -1.5]) == 1)
  }

  @Test func sameSeedSameDraws() {
    func draws(_ seed: UInt64) -> [Int] {
      var sampler = Sampler(SamplingOptions(temperature: 1, seed: seed), prompt: [])
      return (0..<200).map { _ in sampler.next(logits) }
    }
    #expect(draws(1) == draws(1))
    #expect(draws(1) != draws(2))
  }

  @Test(arguments: [
    SamplingOptions(temperature: -1), SamplingOptions(temperature: .nan), SamplingOptions(topK: -1),
    SamplingOptions(topP: 0), SamplingOptions(topP: .nan), SamplingOptions(topP: 1.5), SamplingOptions(minP: -0.1),
    SamplingOptions(minP: .nan), SamplingOptions(repetitionPenalty: 0), SamplingOptions(repetitionPenalty: .infinity),
  ])
  func refusesNonsense(options: SamplingOptions) { #expect(options.problem != nil) }

  @Test func acceptsSense() {
    #expect(SamplingOptions.greedy.problem == nil)
    #expect(
      SamplingOptions(temperature: 0.7, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1).problem == nil)
  }
}
