import Report

/// A report of a loop as the quickstart runs it, from invented figures; always the same.
func sampleLoop(measure: LoopReport.Measure = .accuracy, steps: Int = 400) -> LoopReport {
  func share(_ right: Int, _ count: Int) -> LoopReport.Score {
    measure == .accuracy
      ? .init(right: right, of: count)
      : .init(
        mean: 2.4 - 1.6 * Double(right) / Double(count), standardError: 0.8 / Double(count).squareRoot(), count: count)
  }
  func group(_ name: String, _ count: Int, _ seeds: Int, _ evolved: Int) -> LoopReport.Breakdown.Group {
    .init(name, scores: [.base: share(0, count), .seeds: share(seeds, count), .evolved: share(evolved, count)])
  }
  var report = LoopReport(
    title: "quickstart", measure: measure,
    arms: [
      .init(.base, plain: share(0, 250), complex: share(0, 350)),
      .init(
        .seeds, plain: share(183, 250), complex: share(23, 350), trainedTokens: 812_032, trainedRows: 1400,
        steps: realisticRows(steps)),
      .init(
        .evolved, plain: share(171, 250), complex: share(147, 350), trainedTokens: 811_776, trainedRows: 5210,
        steps: realisticRows(steps).map { row in
          var row = row
          row.loss *= 0.93
          row.evalLoss = row.evalLoss.map { $0 * 0.88 }
          return row
        }),
    ],
    gain: measure == .accuracy
      ? .init(gained: 131, lost: 7, of: 350) : .init(mean: -0.564, standardError: 0.031, count: 350))
  report.breakdowns = [
    .init(
      "By difficulty", caption: "From 1, a plain task, to 10",
      groups: [
        group("1", 210, 160, 150), group("2", 84, 31, 52), group("3", 96, 9, 51), group("4", 88, 4, 37),
        group("5", 61, 2, 19), group("6", 33, 0, 6), group("7", 19, 0, 3), group("8 to 10", 9, 0, 0),
      ]),
    .init(
      "By number of parts", caption: "Steps, constraints, further questions and an input's format",
      groups: [
        group("1", 250, 183, 171), group("2", 121, 19, 71), group("3", 118, 4, 50), group("4", 71, 0, 20),
        group("5 and more", 40, 0, 6),
      ]),
    .init(
      "By operation", caption: "A task may be made by several",
      groups: [
        group("add constraints", 171, 9, 77), group("deepening", 103, 2, 41), group("concretizing", 88, 12, 47),
        group("increase reasoning", 141, 3, 44), group("complicate input", 97, 1, 36), group("breadth", 120, 14, 51),
      ]),
  ]
  report.setup = [
    .init("Base", "LLaMA of random weights, 0.9 M parameters"),
    .init("Teacher", "builtin: tasks with computed answers"),
    .init("Seeds", "1,400 plain tasks"), .init("Test", "600 tasks of combinations that no training task has"),
  ]
  report.pool = samplePool
  report.lineages = sampleLineages
  report.answers = sampleAnswers(measure)
  report.stages = [
    .init("evolve", seconds: 21.4, detail: "5,210 instructions in the pool", isReused: true),
    .init("train seeds", seconds: 142.8, detail: "400 steps, 812,032 tokens"),
    .init("train seeds + evolved", seconds: 147.1, detail: "400 steps, 811,776 tokens"),
    .init("evaluate", seconds: 58.3, detail: "3 arms, 600 tasks each"),
    .init("report", seconds: nil),
  ]
  report.facts = [
    .init("Device", "llvmpipe (LLVM 15.0.6, 256 bits)"), .init("Driver", "llvmpipe Mesa 22.3.6"),
    .init("Evolcano", "0.5"), .init("System", "Debian GNU/Linux 12, 2 processors"),
  ]
  report.recipe = """
    seeds: builtin
    rounds: 4
    model:
      random:
        hidden: 128
        layers: 4
        vocabulary: 1024
    tokens: 812000
    test: {plain: 250, complex: 350}
    output: runs/quickstart

    """
  return report
}

private let operations = [
  "add constraints", "deepening", "concretizing", "increase reasoning", "complicate input", "breadth",
]

private var samplePool: LoopReport.Pool {
  var yields: [LoopReport.Pool.Yield] = []
  for round in 1...4 {
    for (place, operation) in operations.enumerated() {
      let all = 225 + 13 * ((place * 7 + round * 3) % 5)
      let equal = 12 + 5 * round + place
      let duplicate = place == 5 ? 4 + round : 9 + 7 * round
      for (rule, count) in [
        (nil, all - equal - duplicate), ("equal", equal), ("duplicate", duplicate),
        ("contaminated", round == 2 && place == 3 ? 2 : 0),
      ] where count > 0 {
        yields.append(.init(round: round, operation: operation, rule: rule, count: count))
      }
    }
  }
  func total(_ round: Int, _ isMeant: (String?) -> Bool) -> Int {
    yields.filter { $0.round == round && isMeant($0.rule) }.map(\.count).reduce(0, +)
  }
  let difficulties = [
    [1400], [310, 521, 280, 60], [150, 390, 402, 190, 44], [80, 251, 380, 302, 130, 38, 4],
    [42, 160, 290, 330, 214, 101, 33, 9, 1],
  ]
  let rounds = (0...4).map { round -> LoopReport.Pool.Round in
    round == 0
      ? .init(0, kept: 1400, removed: 0, meanWords: 12.7, difficulties: difficulties[0])
      : .init(
        round, kept: total(round) { $0 == nil }, removed: total(round) { $0 != nil },
        duplicates: total(round) { $0 == "duplicate" }, contaminated: total(round) { $0 == "contaminated" },
        meanWords: 12.7 + 3.4 * Double(round), difficulties: difficulties[round])
  }
  var words: [Int: Int] = [:]
  for added in -2...31 {
    let distance = Double(added - 11) / 5.5
    words[added] = Int(260 / (1 + distance * distance * distance * distance))
  }
  return .init(
    rounds: rounds, yields: yields, wordsAdded: words, difficultySource: "Known from the structure of the tasks")
}

private var sampleLineages: [LoopReport.Lineage] {
  let reversed = LoopReport.Lineage(
    "Reverse this list and keep only the words longer than four letters: river, sun, garden, oak, window. Separate them by semicolons.",
    answer: "window; garden; river",
    evolution: .init(round: 2, operation: "add constraints", wordsAdded: 11), difficulty: 4,
    children: [
      .init(
        "Given {\"items\": [\"river\", \"sun\", \"garden\", \"oak\", \"window\"]}, which words longer than four letters "
          + "does the reversed list hold? Separate them by semicolons, then say how many there are.",
        answer: "window; garden; river; 3",
        evolution: .init(round: 3, operation: "complicate input", wordsAdded: 14), difficulty: 6,
        children: [
          .init(
            "Given {\"items\": [\"river\", \"sun\", \"garden\", \"oak\", \"window\"]}, which words longer than four "
              + "letters does the reversed list hold? Say how many there are.",
            evolution: .init(round: 4, operation: "deepening", removedBy: "equal", wordsAdded: -4))
        ])
    ])
  return [
    .init(
      "Reverse this list: river, sun, garden, oak, window.", answer: "window, oak, garden, sun, river", difficulty: 1,
      children: [
        .init(
          "Reverse this list and write it in capitals: river, sun, garden, oak, window.",
          answer: "WINDOW, OAK, GARDEN, SUN, RIVER",
          evolution: .init(round: 1, operation: "add constraints", wordsAdded: 5), difficulty: 2, children: [reversed]),
        .init(
          "Reverse this list: river, sun, garden, oak, window.",
          evolution: .init(round: 2, operation: "concretizing", removedBy: "unchanged", wordsAdded: 0)),
        .init(
          "Swap the first and the last word of this list: lamp, stone, apple.", answer: "apple, stone, lamp",
          evolution: .init(round: 3, operation: "breadth", wordsAdded: 3), difficulty: 2),
      ]),
    .init(
      "What date is 12 days after March 3?", answer: "March 15", difficulty: 1,
      children: [
        .init(
          "What date is 12 days after March 3, and how many days are left in the year then?",
          answer: "March 15; 291", evolution: .init(round: 1, operation: "deepening", wordsAdded: 10), difficulty: 2)
      ]),
    .init("اكتب جملة عن البحر.", answer: "البحر واسع وأزرق.", difficulty: 1),
  ]
}

private func sampleAnswers(_ measure: LoopReport.Measure) -> [LoopReport.AnsweredTask] {
  func answer(_ text: String, _ isRight: Bool) -> LoopReport.AnsweredTask.Answer {
    measure == .accuracy ? .init(text, isRight: isRight) : .init(text, loss: isRight ? 0.412 : 2.31)
  }
  return [
    .init(
      "Take the numbers 14, 3, 27, 8. Keep those above 7, sort them from small to large, and put the answer in brackets.",
      expected: "(8, 14, 27)", difficulty: 3, operations: ["increase reasoning", "add constraints"],
      answers: [
        .base: answer("4444444444444444", false), .seeds: answer("3, 8, 14, 27", false),
        .evolved: answer("(8, 14, 27)", true),
      ]),
    .init(
      "SELECT item, price FROM shop returns: pen 4, book 11, lamp 19. Which item is the dearest? Write it in capitals.",
      expected: "LAMP", difficulty: 3, operations: ["complicate input", "add constraints"],
      answers: [
        .base: answer("", false), .seeds: answer("lamp", false), .evolved: answer("LAMP", true),
      ]),
    .init(
      "How many minutes are 3 hours?", expected: "180 minutes", difficulty: 1,
      answers: [
        .base: answer("eeee e ee", false), .seeds: answer("180 minutes", true), .evolved: answer("180 minutes", true),
      ]),
    .init(
      "Which of these words are in both sets: {oak, elm, ash, fir} and {fir, yew, oak}? Give the first letters, then "
        + "the number of words.", expected: "o, f; 2", difficulty: 4,
      operations: ["increase reasoning", "deepening", "breadth"],
      answers: [
        .base: answer("of of of", false), .seeds: answer("oak, fir", false), .evolved: answer("o, f; 3", false),
      ]),
  ]
}
