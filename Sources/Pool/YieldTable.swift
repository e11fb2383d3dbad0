public import Formats

/// What became of the instructions of a pool: operation by rule by round, how much longer the kept ones are, how
/// difficult.
public struct YieldTable: Sendable, Equatable {
  /// The rows of one operation in one round that met one end.
  public struct Entry: Sendable, Equatable {
    public let round: Int
    /// Nil for seeds.
    public let operation: EvolvingOperation?
    public let verdict: Verdict
    public let rule: EliminationRule?
    public let count: Int
  }

  /// One round as a whole.
  public struct Round: Sendable, Equatable {
    public let round: Int
    public let kept: Int
    public let removed: Int
    /// Drawn or under way.
    public let unfinished: Int
    public let duplicates: Int
    public let contaminated: Int
    /// Mean of the kept instructions, in words.
    public let meanWords: Double
    /// Mean of the kept and rated instructions, 1 to 10; nil where none is rated.
    public let meanDifficulty: Double?
  }

  /// How many in-depth evolutions with a limit on words stayed below the paper's 10 to 20, within, above.
  public struct WordsAdded: Sendable, Equatable {
    public var below: Int
    public var within: Int
    public var above: Int
    /// Mean over all of them; nil where there is none.
    public var mean: Double?
  }

  public var entries: [Entry]
  public var rounds: [Round]
  public var wordsAdded: WordsAdded

  /// The rows of an operation in a round that met an end.
  public func count(
    round: Int? = nil, operation: EvolvingOperation? = nil, verdict: Verdict? = nil, rule: EliminationRule? = nil
  ) -> Int {
    entries.filter {
      (round == nil || $0.round == round) && (operation == nil || $0.operation == operation)
        && (verdict == nil || $0.verdict == verdict) && (rule == nil || $0.rule == rule)
    }.map(\.count).reduce(0, +)
  }

  public var json: JSONValue {
    [
      "yield": .array(
        entries.map {
          [
            "round": .integer($0.round), "operation": $0.operation.map { .string($0.rawValue) } ?? .null,
            "verdict": .string($0.verdict.rawValue), "rule": $0.rule.map { .string($0.rawValue) } ?? .null,
            "count": .integer($0.count),
          ]
        }),
      "rounds": .array(
        rounds.map {
          [
            "round": .integer($0.round), "kept": .integer($0.kept), "removed": .integer($0.removed),
            "unfinished": .integer($0.unfinished), "duplicates": .integer($0.duplicates),
            "contaminated": .integer($0.contaminated), "mean_words": .number($0.meanWords),
            "mean_difficulty": $0.meanDifficulty.map { .number($0) } ?? .null,
          ]
        }),
      "words_added": [
        "below_10": .integer(wordsAdded.below), "from_10_to_20": .integer(wordsAdded.within),
        "above_20": .integer(wordsAdded.above), "mean": wordsAdded.mean.map { .number($0) } ?? .null,
      ],
    ]
  }
}

extension YieldTable: CustomStringConvertible {
  /// Tables for a terminal: one a round, operations down, ends across; then the rounds.
  public var description: String {
    var lines: [String] = []
    for round in rounds where round.round > 0 {
      let here = entries.filter { $0.round == round.round }
      let rules = EliminationRule.allCases.filter { rule in here.contains { $0.rule == rule } }
      lines.append("round \(round.round)")
      var table = [["operation", "drawn", "kept"] + rules.map(\.rawValue)]
      for operation in EvolvingOperation.allCases {
        let mine = here.filter { $0.operation == operation }
        let counts = rules.map { rule in mine.filter { $0.rule == rule }.map(\.count).reduce(0, +) }
        let kept = mine.filter { $0.verdict == .kept }.map(\.count).reduce(0, +)
        table.append(
          [operation.rawValue] + ([mine.map(\.count).reduce(0, +), kept] + counts).map { String($0) })
      }
      lines += aligned(table)
    }
    var table = [["round", "kept", "removed", "unfinished", "duplicates", "contaminated", "words", "difficulty"]]
    for round in rounds {
      let counts = [round.round, round.kept, round.removed, round.unfinished, round.duplicates, round.contaminated]
      table.append(
        counts.map { String($0) } + [tenths(round.meanWords), round.meanDifficulty.map(tenths) ?? "-"])
    }
    lines += aligned(table)
    lines.append(
      "words added: \(wordsAdded.within) within the paper's 10 to 20, \(wordsAdded.below) below, "
        + "\(wordsAdded.above) above" + (wordsAdded.mean.map { ", \(tenths($0)) on average" } ?? ""))
    return lines.joined(separator: "\n")
  }

  private func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  /// Columns of one width each, the first to the left, numbers to the right.
  private func aligned(_ table: [[String]]) -> [String] {
    let widths = (0..<table[0].count).map { column in table.map { $0[column].count }.max() ?? 0 }
    return table.map { cells in
      zip(cells, widths).enumerated().map { place, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return place == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }
  }
}
