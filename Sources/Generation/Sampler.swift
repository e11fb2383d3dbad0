import Foundation
import Randomness

/// Draws the tokens of one sequence: its own stream of random numbers, whatever else runs beside it.
struct Sampler {
  let options: SamplingOptions
  private var generator: SplitMix64
  /// Tokens that have occurred, for the penalty.
  private var seen: Set<Int> = []

  init(_ options: SamplingOptions, prompt: [Int]) {
    self.options = options
    generator = SplitMix64(state: options.seed)
    if options.repetitionPenalty != 1 { seen = Set(prompt) }
  }

  /// The next token.
  /// - Parameter logits: one a token of the vocabulary. A NaN is never drawn.
  mutating func next(_ logits: [Float]) -> Int {
    var logits = logits
    if options.repetitionPenalty != 1 {
      for token in seen where token < logits.count {
        logits[token] =
          logits[token] > 0 ? logits[token] / options.repetitionPenalty : logits[token] * options.repetitionPenalty
      }
    }
    let token = options.temperature == 0 ? Self.likeliest(logits) : draw(logits)
    note(token)
    return token
  }

  /// Notes a token that was chosen elsewhere.
  mutating func note(_ token: Int) {
    if options.repetitionPenalty != 1 { seen.insert(token) }
  }

  static func likeliest(_ logits: [Float]) -> Int {
    var best = 0
    for (token, logit) in logits.enumerated() where logit > logits[best] || logits[best].isNaN { best = token }
    return best
  }

  private mutating func draw(_ logits: [Float]) -> Int {
    var candidates = Self.candidates(logits, options)
    let peak = Double(candidates[0].logit)
    let temperature = Double(options.temperature)
    var weights = candidates.map { exp((Double($0.logit) - peak) / temperature) }
    func keep(_ count: Int) {
      candidates.removeLast(candidates.count - count)
      weights.removeLast(weights.count - count)
    }
    if options.topP < 1 {
      let total = weights.reduce(0, +)
      var sum = 0.0
      // The token that crosses the bound is kept.
      keep(
        1
          + (weights.firstIndex { weight in
            sum += weight
            return sum >= Double(options.topP) * total
          } ?? weights.count - 1))
    }
    if options.minP > 0 {
      keep(max(weights.firstIndex { $0 < Double(options.minP) * weights[0] } ?? weights.count, 1))
    }
    var rest = generator.unit() * weights.reduce(0, +)
    for (candidate, weight) in zip(candidates, weights) {
      rest -= weight
      if rest < 0 { return candidate.token }
    }
    return candidates[candidates.count - 1].token
  }

  private typealias Candidate = (token: Int, logit: Float)

  /// The tokens that may be drawn, the likeliest first; equal ones by their id.
  private static func candidates(_ logits: [Float], _ options: SamplingOptions) -> [Candidate] {
    let peak = logits[likeliest(logits)]
    // What is less than e⁻⁴⁰ as likely as the likeliest is never drawn in practice, and sorting it is most of the work.
    let floor = peak - 40 * max(options.temperature, 1e-3)
    var candidates: [Candidate] = []
    for (token, logit) in logits.enumerated() where logit >= floor { candidates.append((token, logit)) }
    guard !candidates.isEmpty else { return [(likeliest(logits), 0)] }
    candidates.sort { ($1.logit, $0.token) < ($0.logit, $1.token) }
    if options.topK > 0, candidates.count > options.topK { candidates.removeLast(candidates.count - options.topK) }
    return candidates
  }
}
