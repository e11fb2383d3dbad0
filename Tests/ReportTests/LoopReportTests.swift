import Foundation
import Report
import Testing

@Suite struct LoopReportTests {
  @Test func everythingIsShown() throws {
    let html = sampleLoop().html
    try checkPage(html)
    for text in [
      "Seeds + evolved answers 42.0\u{A0}% of the held-out complex tasks, seeds only 6.6\u{A0}%.", "Evolving helped",
      "On plain tasks it is 68.4\u{A0}% against 73.2\u{A0}% (their intervals overlap).",
      "Both were trained on about as many tokens: 811,776 and 812,032.", "812,032", "36.9–47.2", "n = 350",
      "By number of parts", "increase reasoning", "Words added: ", "Known from the structure of the tasks.",
      "✗ removed: unchanged", "✓ kept", "expected", "(8, 14, 27)", "llvmpipe Mesa 22.3.6", "vocabulary: 1024",
      "aria-label=\"Training loss: base".replacing("base", with: "seeds only"), "reused", "2 min",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(html.contains(LoopReport.Arm.Kind.evolved.name))
  }

  @Test func aLossIsReadTheOtherWay() throws {
    let html = sampleLoop(measure: .loss).html
    try checkPage(html)
    #expect(html.contains("seeds only 2.29; lower is better."))
    #expect(html.contains("Over the same 350 tasks the difference is −0.56 nats (95\u{A0}% interval: −0.62 to −0.50)."))
    #expect(html.contains("Evolving helped") && !html.contains("class=\"fill"))
    #expect(html.contains("Loss by kind of task") && html.contains("<small>nats</small>"))
  }

  @Test func nothingToShow() throws {
    let html = LoopReport(title: "", measure: .accuracy, arms: []).html
    try checkPage(html)
    #expect(html.contains("No arm was tested on complex tasks.") && html.contains("Nothing was tested."))
    var hollow = LoopReport(title: "x", measure: .loss, arms: [.init(.base, plain: nil, complex: nil)])
    hollow.breakdowns = [.init("By difficulty", groups: []), .init("", groups: [.init("", scores: [:])])]
    hollow.pool = .init(rounds: [])
    hollow.lineages = [.init("")]
    hollow.answers = [.init("", expected: "", answers: [:])]
    hollow.stages = [.init("", seconds: nil)]
    try checkPage(hollow.html)
  }

  /// What no measurement gives, in every number of the page.
  @Test(
    arguments: [LoopReport.Measure.accuracy, .loss],
    [Double.nan, .infinity, -.infinity, 1e308, .leastNonzeroMagnitude, -3])
  func absurdNumbers(measure: LoopReport.Measure, value: Double) throws {
    let score = LoopReport.Score(value: value, low: value, high: -value, count: 3)
    let row = StepRow(
      step: .max, loss: value, learningRate: value, gradNorm: value, tokens: .max, tokensPerSecond: value,
      seconds: value,
      evalLoss: value)
    let arms = LoopReport.Arm.Kind.allCases.map { kind in
      LoopReport.Arm(
        kind, plain: score, complex: score, trainedTokens: .max, trainedRows: -1,
        steps: [realisticRows(1)[0], row, row])
    }
    var report = sampleLoop(measure: measure)
    report.arms = arms
    report.gain = score
    report.breakdowns.append(.init("absurd", groups: [.init("1", scores: [.base: score, .evolved: score])]))
    for counts in [[Int.max, .max, -1], [Int](repeating: .max, count: 20)] {
      report.pool?.rounds.append(
        .init(.max, kept: .max, removed: .max, duplicates: .min, meanWords: value, difficulties: counts))
    }
    report.pool?.yields += [Int.max, .max, .min].map { .init(round: .min, operation: "x", rule: nil, count: $0) }
    report.pool?.wordsAdded = [.min: .max, .max: .max, 12: 3, 13: -5]
    report.lineages = [
      .init(
        "x", evolution: .init(round: .min, operation: "x", wordsAdded: .min), difficulty: value,
        children: [.init("y", evolution: .init(round: .max, operation: "y", wordsAdded: .min), difficulty: value)])
    ]
    report.answers = [.init("x", expected: "y", difficulty: value, answers: [.base: .init("z", loss: value)])]
    report.stages = [.init("x", seconds: value), .init("y", seconds: 1e308)]
    try checkPage(report.html)
    for text in ["NaN", "∞", "inf%"] { #expect(!report.html.contains(text), "\(text)") }
  }

  @Test func textsAreEscaped() throws {
    let evil = "</pre></style><script>alert(1)</script><img src=x onerror='y'>\"&amp;\0\u{1B}\u{85}"
    var report = sampleLoop()
    report.title = evil
    report.recipe = evil
    report.setup = [.init(evil, evil)]
    report.facts = [.init(evil, evil)]
    report.stages = [.init(evil, seconds: 1, detail: evil)]
    report.breakdowns = [
      .init(evil, caption: evil, groups: [.init(evil, scores: [.seeds: .init(right: 1, of: 2)])])
    ]
    report.pool?.difficultySource = evil
    report.pool?.yields = [.init(round: 1, operation: evil, rule: evil, count: 3)]
    let child = LoopReport.Lineage(
      evil, answer: evil, evolution: .init(round: 1, operation: evil, removedBy: evil))
    report.lineages = [.init(evil, answer: evil, children: [child])]
    report.answers = [.init(evil, expected: evil, operations: [evil], answers: [.base: .init(evil, isRight: true)])]
    let html = report.html
    try checkPage(html)
    #expect(!html.contains("onerror='"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(html.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) || $0 == "\n" })
    // The title twice, recipe, setup and facts 4, a stage 2, a breakdown 4, difficulties, a yield 2, a lineage 6, a task 4.
    // The names of operation and of a task are shorter than 60 bytes of it, yet begin with it.
    #expect(html.ranges(of: "&lt;/pre&gt;").count == 26)
  }

  @Test func floodsStayBelowAMegabyte() throws {
    let flood = String(repeating: "<&\">'é👩‍👩‍👧", count: 1000)
    let score = LoopReport.Score(right: 1, of: 3)
    let scores: [LoopReport.Arm.Kind: LoopReport.Score] = [.base: score, .seeds: score, .evolved: score]
    var report = sampleLoop(steps: 20_000)
    report.title = flood
    report.recipe = flood
    report.setup = [LoopReport.Fact](repeating: .init(flood, flood), count: 200)
    report.facts = report.setup
    report.stages = [LoopReport.Stage](repeating: .init(flood, seconds: 1, detail: flood), count: 200)
    report.breakdowns = [LoopReport.Breakdown](
      repeating: .init(flood, caption: flood, groups: (0..<100).map { _ in .init(flood, scores: scores) }), count: 30)
    report.pool = .init(
      rounds: (0..<100).map { .init($0, kept: 10, removed: 5, difficulties: [1, 2, 3]) },
      yields: (0..<10_000).map {
        .init(round: $0 % 7, operation: "\($0 % 50)\(flood)", rule: "\($0 % 40)\(flood)", count: 1)
      },
      wordsAdded: Dictionary(uniqueKeysWithValues: (-500...500).map { ($0, 3) }), difficultySource: flood)
    let child = LoopReport.Lineage(flood, answer: flood, evolution: .init(round: 1, operation: flood, removedBy: flood))
    report.lineages = [LoopReport.Lineage](
      repeating: .init(flood, answer: flood, children: [LoopReport.Lineage](repeating: child, count: 100)), count: 20)
    let answer = LoopReport.AnsweredTask.Answer(flood, isRight: true)
    report.answers = [LoopReport.AnsweredTask](
      repeating: .init(
        flood, expected: flood, operations: [String](repeating: flood, count: 50),
        answers: [.base: answer, .seeds: answer, .evolved: answer]), count: 100)
    let html = report.html
    try checkPage(html)
    for text in [
      "76 more are not shown.", "24 more are not shown.", "12 more are not shown.", "34 more are not shown.",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  /// A lineage deeper than any stack of calls would bear is cut off.
  @Test func deepLineagesAreCut() throws {
    var lineage = LoopReport.Lineage("leaf")
    for depth in 0..<500 { lineage = .init("depth \(depth)", children: [lineage]) }
    var report = sampleLoop()
    report.lineages = [lineage]
    try checkPage(report.html)
    #expect(report.html.contains("depth 488") && !report.html.contains("depth 480"))
    #expect(report.html.contains("1 more are not shown.") && report.html.contains("500 evolved from it"))
  }
}

/// Writes the pages for the eye.
@Suite(.enabled(if: reportOutput != nil, "EVOLCANO_REPORT_OUTPUT names a folder for pages to look at"))
struct LoopReportOutputTests {
  @Test(arguments: [LoopReport.Measure.accuracy, .loss])
  func page(measure: LoopReport.Measure) throws {
    try Data(sampleLoop(measure: measure).html.utf8)
      .write(to: URL(filePath: "\(reportOutput ?? "")/loop-\(measure.rawValue).html"))
  }

  /// Pages of which something is missing or speaks against the method.
  @Test func pagesThatSayLess() throws {
    var worse = sampleLoop()
    worse.gain = nil
    (worse.arms[1].complex, worse.arms[2].complex) = (worse.arms[2].complex, worse.arms[1].complex)
    worse.arms[1].trainedTokens = 400_000
    var open = sampleLoop()
    open.arms[1].complex = .init(right: 130, of: 350)
    open.gain = .init(gained: 50, lost: 33, of: 350)
    var little = LoopReport(title: "little", measure: .accuracy, arms: [sampleLoop().arms[2]])
    little.pool = .init(rounds: [.init(0, kept: 3, removed: 0)])
    little.lineages = [.init("A seed")]
    let empty = LoopReport(title: "empty", measure: .accuracy, arms: [])
    for (name, report) in [("worse", worse), ("open", open), ("little", little), ("empty", empty)] {
      try Data(report.html.utf8).write(to: URL(filePath: "\(reportOutput ?? "")/loop-\(name).html"))
    }
  }
}
