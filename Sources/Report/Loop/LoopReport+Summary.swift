extension LoopReport {
  var complexComparison: Comparison? {
    Comparison(measure, seeds: arm(.seeds)?.complex, evolved: arm(.evolved)?.complex, paired: gain)
  }

  /// The result in a few sentences, made of what was measured: what the arms score on complex tasks, whether that is more
  /// than chance, what they score on plain ones, and whether they were trained alike.
  public var summary: String {
    ([result] + findings).joined(separator: " ")
  }

  /// What the arms score on complex tasks.
  var result: String {
    let scores = [Arm.Kind.evolved, .seeds].compactMap { kind in
      arm(kind)?.complex.flatMap { $0.isMeasured ? (name: kind.name, value: measure.text($0.value)) : nil }
    }
    guard let first = scores.first else { return "No arm was tested on complex tasks." }
    let name = first.name.prefix(1).uppercased() + first.name.dropFirst()
    let start =
      switch measure {
      case .accuracy: "\(name) answers \(first.value) of the held-out complex tasks"
      case .loss: "\(name) has a mean loss of \(first.value) nats a token on the answers of held-out complex tasks"
      }
    let rest = scores.count > 1 ? "\(scores[1].name) \(scores[1].value)" : "there is nothing to compare it with"
    return "\(start), \(rest)\(measure == .loss && scores.count > 1 ? "; lower is better" : "")."
  }

  /// What follows from the result and what stands beside it, a sentence each.
  var findings: [String] {
    [complexComparison?.sentence, plainSentence, tokenSentence].compactMap { $0 }
  }

  private var plainSentence: String? {
    guard let plain = Comparison(measure, seeds: arm(.seeds)?.plain, evolved: arm(.evolved)?.plain) else { return nil }
    let values = "\(measure.text(plain.evolved.value)) against \(measure.text(plain.seeds.value))"
    let finding =
      switch plain.finding {
      case .better: "better there too, their intervals are apart"
      case .worse: "worse there, their intervals are apart"
      case .open: "their intervals overlap"
      }
    return "On plain tasks it is \(values) (\(finding))."
  }

  /// Whether the two were trained on the same number of tokens, without which the comparison says little.
  private var tokenSentence: String? {
    guard let seeds = arm(.seeds)?.trainedTokens, let evolved = arm(.evolved)?.trainedTokens, seeds > 0, evolved > 0
    else { return nil }
    let (evolvedText, seedsText) = (NumberText.integer(evolved), NumberText.integer(seeds))
    if seeds == evolved { return "Both were trained on \(seedsText) tokens." }
    let ratio = Double(max(seeds, evolved)) / Double(min(seeds, evolved))
    return ratio <= 1.02
      ? "Both were trained on about as many tokens: \(evolvedText) and \(seedsText)."
      : "They were not trained alike: on \(evolvedText) and \(seedsText) tokens, so the comparison is not a fair one."
  }
}
