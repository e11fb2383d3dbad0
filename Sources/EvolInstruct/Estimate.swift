public import Pool

/// What a run will come to at most, and what it may be expected to, before it is started.
public struct Estimate: Sendable, Equatable {
  /// Every evolution judged and answered.
  public var calls: Int
  /// Tokens as texts of this kind usually have them: four bytes a token, an answer of 250.
  public var expected: Usage
  /// Every reply as long as the sampling allows.
  public var most: Usage
  /// Of `expected`; nil without a price.
  public var cost: Double?

  /// - Parameters:
  ///   - seeds: All seeds; those of the shard count.
  ///   - prompts: What they are asked with.
  public init(seeds: [Seed], prompts: PromptSet = .standard, options: EvolutionOptions) {
    let mine = seeds.enumerated().filter { options.shard.contains(seed: $0.offset) }.map { $0.element.row($0.offset) }
    let rounds = max(0, options.rounds)
    let draw = Draw(seed: options.seed)
    var expected = Usage()
    for row in mine {
      let prompt = row.prompt
      let size = prompt.utf8.count
      for round in stride(from: 1, through: rounds, by: 1) {
        let id = RowID(seed: row.id.seed, round: round)
        // An evolution adds about 15 words, 6 bytes each.
        let grown = size + 90 * round
        let frame = prompts.evolve(draw.operation(id), prompt, format: draw.format(id)).utf8.count
        let judge = prompts.judge(parent: prompt, child: prompt).utf8.count + 180 * round
        expected.promptTokens += (frame + 90 * (round - 1) + judge + grown) / 4
        expected.completionTokens +=
          min(options.sampling.maxTokens, grown / 4) + 2 + min(options.sampling.maxTokens, 250)
      }
    }
    calls = mine.count * rounds * 3
    if options.ratesDifficulty {
      let rated = min(mine.count, options.difficultySample ?? mine.count)
      calls += rated * (rounds + 1)
      let words = prompts.rate("").utf8.count / 4
      expected.promptTokens +=
        mine.map { ($0.prompt.utf8.count / 4 + words) * (rounds + 1) }.reduce(0, +)
        * rated / max(mine.count, 1)
      expected.completionTokens += rated * (rounds + 1)
    }
    expected.calls = calls
    self.expected = expected
    most = Usage(
      calls: calls, promptTokens: expected.promptTokens * 4, completionTokens: calls * options.sampling.maxTokens)
    cost = options.budget.price?.cost(of: expected)
  }
}
