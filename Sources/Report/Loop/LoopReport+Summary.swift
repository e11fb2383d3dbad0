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
    guard scores.count > 1 else { return "\(start); there is nothing to compare it with." }
    return "\(start), \(scores[1].name) \(scores[1].value)\(measure == .loss ? "; lower is better" : "")."
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

  /// Whether two arms were trained on the same number of tokens, or nearly: a twentieth is what the ends of epochs and of
  /// packed rows may cost.
  static func areAlike(_ tokens: Int, _ others: Int) -> Bool {
    Double(max(tokens, others)) <= 1.05 * Double(min(tokens, others))
  }

  /// Whether the arms with and without evolved data were trained alike, as far as is known; without that their
  /// comparison says little.
  var isFair: Bool {
    guard let seeds = arm(.seeds)?.trainedTokens, let evolved = arm(.evolved)?.trainedTokens, seeds > 0, evolved > 0
    else { return true }
    return Self.areAlike(seeds, evolved)
  }

  /// On how many tokens the two were trained, with a warning where that was not alike.
  private var tokenSentence: String? {
    guard let seeds = arm(.seeds)?.trainedTokens, let evolved = arm(.evolved)?.trainedTokens, seeds > 0, evolved > 0
    else { return nil }
    let (evolvedText, seedsText) = (NumberText.integer(evolved), NumberText.integer(seeds))
    if seeds == evolved { return "Both were trained on \(seedsText) tokens." }
    return isFair
      ? "Both were trained on about as many tokens: \(evolvedText) and \(seedsText)."
      : "They were not trained alike: on \(evolvedText) and \(seedsText) tokens, so the comparison is not a fair one."
  }
}
