import Testing

@testable import Report

@Suite struct LoopScoreTests {
  /// Wilson's intervals as Newcombe tabulates them (Statistics in Medicine, 1998, table I, method 3).
  @Test(arguments: [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
    (29, 29, 0.8830, 1),
  ])
  func shares(right: Int, count: Int, low: Double, high: Double) {
    let score = LoopReport.Score(right: right, of: count)
    #expect(abs(score.low - low) <= 5e-5 && abs(score.high - high) <= 5e-5, "\(score)")
    #expect(score.low <= score.value && score.value <= score.high && score.count == count)
  }

  @Test func noTasksHaveNoShare() {
    #expect(!LoopReport.Score(right: 0, of: 0).isMeasured && !LoopReport.Score(gained: 0, lost: 0, of: 0).isMeasured)
  }

  @Test func meansHaveTheirStandardErrors() {
    let score = LoopReport.Score(mean: 2, standardError: 0.1, count: 50)
    #expect(abs(score.low - 1.804) <= 1e-4 && abs(score.high - 2.196) <= 1e-4)
  }

  /// By hand: (5.5 + 5.5) / 22 is 1/2, its root over that of 22 is 0.15076.
  @Test func pairedGains() {
    let even = LoopReport.Score(gained: 5, lost: 5, of: 20)
    #expect(even.value == 0 && abs(even.high - 1.959964 * 0.150756) <= 1e-5 && abs(even.low + even.high) <= 1e-12)
    let gain = LoopReport.Score(gained: 12, lost: 2, of: 100)
    #expect(abs(gain.value - 0.1) <= 1e-12 && gain.low > 0 && gain.low < 0.1 && gain.high > 0.1)
    let turned = LoopReport.Score(gained: 2, lost: 12, of: 100)
    #expect(abs(turned.low + gain.high) <= 1e-12 && abs(turned.high + gain.low) <= 1e-12)
    let all = LoopReport.Score(gained: 3, lost: 0, of: 3)
    #expect(all.high <= 1 && all.low <= all.value)
  }
}

@Suite struct ComparisonTests {
  private func score(_ low: Double, _ high: Double) -> LoopReport.Score {
    .init(value: (low + high) / 2, low: low, high: high, count: 10)
  }

  private func finding(
    _ measure: LoopReport.Measure, _ seeds: LoopReport.Score?, _ evolved: LoopReport.Score?,
    paired: LoopReport.Score? = nil
  ) -> Comparison.Finding? {
    Comparison(measure, seeds: seeds, evolved: evolved, paired: paired)?.finding
  }

  @Test func intervalsDecide() {
    #expect(finding(.accuracy, score(0.1, 0.2), score(0.3, 0.4)) == .better)
    #expect(finding(.accuracy, score(0.3, 0.4), score(0.1, 0.2)) == .worse)
    #expect(finding(.accuracy, score(0.1, 0.3), score(0.2, 0.4)) == .open)
    #expect(finding(.accuracy, score(0.1, 0.2), score(0.2, 0.3)) == .open)
    #expect(finding(.loss, score(1, 2), score(3, 4)) == .worse)
    #expect(finding(.loss, score(3, 4), score(1, 2)) == .better)
  }

  /// The difference task by task says more than two intervals that overlap, and less than none.
  @Test func pairsDecideBefore() {
    let (seeds, evolved) = (score(0.1, 0.3), score(0.2, 0.4))
    #expect(finding(.accuracy, seeds, evolved, paired: score(0.05, 0.15)) == .better)
    #expect(finding(.accuracy, seeds, evolved, paired: score(-0.15, -0.05)) == .worse)
    #expect(finding(.loss, seeds, evolved, paired: score(-0.15, -0.05)) == .better)
    #expect(finding(.accuracy, score(0.1, 0.2), score(0.3, 0.4), paired: score(-0.1, 0.5)) == .open)
    #expect(finding(.accuracy, seeds, evolved, paired: .init(value: 0.1, low: .nan, high: 0.2, count: 9)) == .open)
  }

  @Test func nothingIsFoundOfWhatIsMissing() {
    #expect(finding(.accuracy, nil, score(0, 1)) == nil && finding(.accuracy, score(0, 1), nil) == nil)
    #expect(finding(.accuracy, score(0, 1), .init(value: .nan, low: 0, high: 1, count: 9)) == nil)
    let bare = LoopReport.Score(value: 0.9, low: .nan, high: .nan, count: 9)
    #expect(finding(.accuracy, score(0, 0.1), bare) == .open)
  }

  /// What the page says in words is what was measured.
  @Test func summaries() {
    func summary(_ seeds: Int, _ evolved: Int, tokens: (Int, Int) = (1000, 1000), gain: LoopReport.Score? = nil)
      -> String
    {
      LoopReport(
        title: "", measure: .accuracy,
        arms: [
          .init(.seeds, plain: nil, complex: .init(right: seeds, of: 200), trainedTokens: tokens.0),
          .init(.evolved, plain: nil, complex: .init(right: evolved, of: 200), trainedTokens: tokens.1),
        ], gain: gain
      ).summary.replacing("\u{A0}", with: " ")
    }
    #expect(
      summary(10, 90) == "Seeds + evolved answers 45.0 % of the held-out complex tasks, seeds only 5.0 %. "
        + "The 95 % intervals of the two are apart. Both were trained on 1,000 tokens.")
    #expect(
      summary(80, 90).hasSuffix(
        "The 95 % intervals of the two overlap: no gain is shown. Both were trained on 1,000 tokens."))
    #expect(summary(90, 10).contains("are apart: seeds + evolved does worse."))
    #expect(summary(10, 90, tokens: (1000, 1040)).contains("on about as many tokens: 1,040 and 1,000."))
    #expect(summary(10, 90, tokens: (1000, 2000)).contains("not trained alike: on 2,000 and 1,000 tokens"))
    #expect(!summary(10, 90, tokens: (0, 2000)).contains("trained"))
    #expect(
      summary(80, 90, gain: .init(gained: 20, lost: 10, of: 200)).contains(
        "Over the same 200 tasks the difference is +5.0 points (95 % interval: −0.4 to +10.3): no gain is shown."))
  }
}

@Suite struct DistributionTests {
  @Test func meansAndDeviations() throws {
    let distribution = try #require(DifficultyChart.distribution([1, 0, 2, 0, 1]))
    #expect(abs(distribution.mean - 3) <= 1e-12 && abs(distribution.deviation - 2.squareRoot()) <= 1e-12)
    #expect(abs(distribution.shares.reduce(0, +) - 1) <= 1e-12)
    #expect(DifficultyChart.distribution([]) == nil && DifficultyChart.distribution([0, -3]) == nil)
  }

  @Test func wordsAddedAreCountedAgainstThePaper() {
    let html = WordsAddedChart(counts: [9: 1, 10: 2, 20: 3, 21: 1, -90: 1, 0: -5]).html.text
      .replacing("\u{A0}", with: " ")
    #expect(html.contains("62.5 % do, 25.0 % add fewer, 12.5 % more;"))
    #expect(html.contains("What lies beyond the axis is counted at its ends."))
    #expect(WordsAddedChart(counts: [3: 0]).html.text.isEmpty)
  }

  @Test func placesHaveRoomOnBothSides() {
    let axis = Axis(places: 1...10)
    #expect(axis.position(0.5) == 0 && axis.position(10.5) == 1 && axis.labels == (1...10).map(String.init))
    #expect(Axis(places: -7...31).labels == ["−5", "0", "5", "10", "15", "20", "25", "30"])
  }

  @Test func yieldsAreSummed() {
    let grid = YieldGrid([
      .init(round: 1, operation: "a", rule: nil, count: 30), .init(round: 2, operation: "a", rule: nil, count: 45),
      .init(round: 1, operation: "a", rule: "equal", count: 25),
      .init(round: 1, operation: "b", rule: nil, count: 1200),
    ]).html.text
    for text in [
      ">100<small>55 · 45</small>", "75.0\u{A0}%</span><small>30 · 45</small>", ">25<small>25 · 0</small>",
      ">1,300<small>1,255 · 45</small>",
    ] {
      #expect(grid.contains(text), "\(text)")
    }
  }

  @Test func sumsStayWithinNumbers() {
    #expect([Int.max, 1].total == .max && [Int.min, -1].total == .min && [1, 2, -4].total == -1)
    #expect(NumberText.compact(812_032) == "812\u{A0}k" && NumberText.compact(99_999) == "99,999")
    #expect(NumberText.compact(999_990) == "1,000\u{A0}k" && NumberText.compact(.min) == "-9,223,372\u{A0}T")
    #expect(NumberText.percent(0.41949) == "41.9\u{A0}%" && NumberText.percent(.nan) == "–")
    #expect(NumberText.percentage(-0.0004) == "0.0" && NumberText.percentage(-0.01) == "−1.0")
  }
}
