import Report

/// The scores of the models of a loop on the held-out items, and on groups of them.
struct LoopScores {
  typealias Arm = LoopReport.Arm.Kind
  typealias Score = LoopReport.Score

  let measure: LoopReport.Measure
  let items: [HeldOutItem]
  /// By arm and item.
  private let results: [Arm: [Int: ItemResult]]

  init(_ measure: LoopReport.Measure, _ items: [HeldOutItem], _ results: [Arm: [ItemResult]]) {
    self.measure = measure
    self.items = items
    // An item that a power cut made stand twice counts once.
    self.results = results.mapValues { Dictionary($0.map { ($0.item, $0) }) { first, _ in first } }
  }

  func result(_ arm: Arm, _ item: Int) -> ItemResult? { results[arm]?[item] }

  /// The score of an arm on some items; nil where it was measured on none.
  func score(_ arm: Arm, _ isWanted: (HeldOutItem) -> Bool) -> Score? {
    let measured = items.indices.filter { isWanted(items[$0]) }.compactMap { results[arm]?[$0] }
    switch measure {
    case .accuracy:
      return measured.isEmpty ? nil : Score(right: measured.count { $0.isRight == true }, of: measured.count)
    case .loss: return Self.ratio(measured.map { ($0.loss ?? .nan, $0.tokens ?? 0) })
    }
  }

  /// What the evolved arm scores more than that of the seeds on the same complex items.
  var gain: Score? {
    let pairs = items.indices.filter { !items[$0].isPlain }.compactMap { item in
      results[.seeds]?[item].flatMap { seeds in results[.evolved]?[item].map { (seeds: seeds, evolved: $0) } }
    }
    guard !pairs.isEmpty else { return nil }
    switch measure {
    case .accuracy:
      return Score(
        gained: pairs.count { $0.evolved.isRight == true && $0.seeds.isRight != true },
        lost: pairs.count { $0.evolved.isRight != true && $0.seeds.isRight == true }, of: pairs.count)
    case .loss:
      return Self.ratio(pairs.map { (($0.evolved.loss ?? .nan) - ($0.seeds.loss ?? .nan), $0.seeds.tokens ?? 0) })
    }
  }

  /// Nats a token over items of different lengths, with the standard error of a ratio (Cochran, Sampling Techniques, 1977,
  /// 2.11).
  private static func ratio(_ values: [(nats: Double, tokens: Int)]) -> Score? {
    let tokens = Double(values.map(\.tokens).reduce(0, +))
    guard tokens > 0 else { return nil }
    let mean = values.map(\.nats).reduce(0, +) / tokens
    let squares = values.reduce(0.0) { sum, value in
      let rest = value.nats - mean * Double(value.tokens)
      return sum + rest * rest
    }
    let n = Double(values.count)
    let error = n > 1 ? (squares * n / (n - 1)).squareRoot() / tokens : .infinity
    return Score(mean: mean, standardError: error, count: values.count)
  }

  /// The scores by what is known of the items.
  var breakdowns: [LoopReport.Breakdown] {
    let complex = items.filter { !$0.isPlain }
    let difficulties = Set(items.compactMap { $0.difficulty.map { Int($0.rounded()) } }).sorted()
    let parts = Set(complex.compactMap(\.parts)).sorted()
    let operations = Set(complex.flatMap(\.operations)).sorted()
    let files = items.compactMap(\.file).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return [
      breakdown(
        "By difficulty", "From 1 to 10, plain and complex",
        difficulties.map { value in ("\(value)", { $0.difficulty.map { Int($0.rounded()) } == value }) }),
      breakdown(
        "By parts", "Complex tasks, by how many parts they put together",
        parts.map { value in ("\(value)", { !$0.isPlain && $0.parts == value }) }),
      breakdown(
        "By operation", "Complex tasks; one that came of several operations stands with each of them",
        operations.map { value in
          (value.replacing("_", with: " "), { !$0.isPlain && $0.operations.contains(value) })
        }),
      breakdown("By file", "", files.map { value in (value, { $0.file == value }) }),
    ].filter { !$0.groups.isEmpty }
  }

  private func breakdown(
    _ title: String, _ caption: String, _ groups: [(name: String, isWanted: (HeldOutItem) -> Bool)]
  ) -> LoopReport.Breakdown {
    LoopReport.Breakdown(
      title, caption: caption,
      groups: groups.map { group in
        var scores: [Arm: Score] = [:]
        for arm in Arm.allCases { scores[arm] = score(arm, group.isWanted) }
        return LoopReport.Breakdown.Group(group.name, scores: scores)
      })
  }
}
