/// What became of the instructions, operation by rule, with the rounds in small figures below each sum.
struct YieldGrid {
  /// The instructions of one operation by the rule that removed them, with nil for those kept; counts by round.
  private typealias Row = [String?: [Int: Int]]

  /// More rounds than this are summed alone.
  private static let roundLimit = 6

  private let operations: [String]
  private let rules: [String]
  private let rounds: [Int]
  private let rows: [String: Row]
  /// All operations together.
  private let all: Row

  init(_ yields: [LoopReport.Pool.Yield]) {
    operations = Self.distinct(yields.map(\.operation))
    rules = Self.distinct(yields.compactMap(\.rule))
    rounds = Set(yields.map(\.round)).sorted()
    var rows: [String: Row] = [:]
    var all: Row = [:]
    for yield in yields where yield.count > 0 {
      rows[yield.operation, default: [:]][yield.rule, default: [:]].add(yield.count, to: yield.round)
      all[yield.rule, default: [:]].add(yield.count, to: yield.round)
    }
    self.rows = rows
    self.all = all
  }

  /// Nothing where nothing was counted.
  var html: HTML {
    guard !operations.isEmpty else { return "" }
    let limit = (operations: LoopReport.Limit.operations, rules: LoopReport.Limit.rules)
    let heads = rules.prefix(limit.rules).map { rule -> HTML in "<th scope=\"col\">\(rule.short(60))</th>" }
    let body = operations.prefix(limit.operations).map { row($0.short(60), rows[$0] ?? [:]) }
    let detail = hasRounds ? "; in small figures, round by round" : ""
    return """
      <div class="scroll card" tabindex="0" role="region" aria-labelledby="yields"><h3 id="yields">Yield</h3>
      <p class="detail">What became of the instructions that each operation made\(detail).</p>
      <table class="numbers yields"><thead><tr><th scope="col">Operation</th><th scope="col">Evolved</th>
      <th scope="col">Kept</th>\(heads)</tr></thead>
      <tbody>\(body)</tbody><tfoot>\(row("all", all))</tfoot></table></div>
      \(Page.more(than: limit.operations, of: operations.count))\(Page.more(than: limit.rules, of: rules.count))
      """
  }

  private var hasRounds: Bool { (2...Self.roundLimit).contains(rounds.count) }

  private func row(_ name: String, _ counts: Row) -> HTML {
    let evolved = counts.values.reduce(into: [Int: Int]()) { sums, counts in
      for (round, count) in counts { sums.add(count, to: round) }
    }
    let kept = counts[nil] ?? [:]
    let total = evolved.values.total
    let share = total > 0 ? Double(kept.values.total) / Double(total) : 0
    let cells = rules.prefix(LoopReport.Limit.rules).map { rule in cell(counts[rule] ?? [:]) }
    return """
      <tr><th scope="row">\(name)</th>\(cell(evolved))<td><span class="share"
      style="--share:\(NumberText.percentage(share))%">\(NumberText.percent(share))</span>\(small(kept))</td>\(cells)</tr>

      """
  }

  private func cell(_ counts: [Int: Int]) -> HTML {
    let sum = counts.values.total
    return sum == 0 ? "<td class=\"none\">·</td>" : "<td>\(NumberText.integer(sum))\(small(counts))</td>"
  }

  private func small(_ counts: [Int: Int]) -> HTML {
    guard hasRounds else { return "" }
    return "<small>\(rounds.map { NumberText.integer(counts[$0] ?? 0) }.joined(separator: " · "))</small>"
  }

  /// Each name once, in the order of their first mention.
  private static func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}

extension [Int: Int] {
  fileprivate mutating func add(_ count: Int, to round: Int) {
    self[round] = [self[round] ?? 0, count].total
  }
}
