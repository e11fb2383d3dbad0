import GRDB

extension Pool {
  /// Counts what became of every row; the pool may be being written meanwhile.
  public func yieldTable() async throws(PoolError) -> YieldTable {
    try await read { database in
      let entries = try Row.fetchAll(
        database,
        sql: """
          SELECT round, operation, verdict, rule, COUNT(*) AS count FROM instruction
          GROUP BY round, operation, verdict, rule ORDER BY round, operation, verdict, rule
          """
      ).map { row in
        YieldTable.Entry(
          round: try row.decode(Int.self, forColumn: "round"),
          operation: try row.decode(String?.self, forColumn: "operation").flatMap(EvolvingOperation.init(rawValue:)),
          verdict: Verdict(rawValue: try row.decode(String.self, forColumn: "verdict")) ?? .pending,
          rule: try row.decode(String?.self, forColumn: "rule").flatMap(EliminationRule.init(rawValue:)),
          count: try row.decode(Int.self, forColumn: "count"))
      }
      return YieldTable(
        entries: entries, rounds: try Self.rounds(entries, in: database), wordsAdded: try Self.wordsAdded(in: database))
    }
  }

  private static func rounds(_ entries: [YieldTable.Entry], in database: Database) throws -> [YieldTable.Round] {
    try Set(entries.map(\.round)).sorted().map { round in
      func total(_ isWanted: (YieldTable.Entry) -> Bool) -> Int {
        entries.filter { $0.round == round && isWanted($0) }.map(\.count).reduce(0, +)
      }
      var words = 0
      var ratings: [Double] = []
      let rows = try Row.fetchCursor(
        database, sql: "SELECT instruction, input, difficulty FROM instruction WHERE round = ? AND verdict = 'kept'",
        arguments: [round])
      while let row = try rows.next() {
        words += wordCount(try row.decode(String.self, forColumn: "instruction"))
        words += wordCount(try row.decode(String.self, forColumn: "input"))
        if let rating = try row.decode(Double?.self, forColumn: "difficulty") { ratings.append(rating) }
      }
      let kept = total { $0.verdict == .kept }
      return YieldTable.Round(
        round: round, kept: kept, removed: total { $0.verdict == .removed },
        unfinished: total { !$0.verdict.isFinal }, duplicates: total { $0.rule == .duplicate },
        contaminated: total { $0.rule == .contaminated }, meanWords: kept == 0 ? 0 : Double(words) / Double(kept),
        meanDifficulty: ratings.isEmpty ? nil : ratings.reduce(0, +) / Double(ratings.count))
    }
  }

  private static func wordsAdded(in database: Database) throws -> YieldTable.WordsAdded {
    let limited = EvolvingOperation.allCases.filter(\.limitsWordsAdded).map(\.rawValue)
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT COUNT(CASE WHEN words_added < 10 THEN 1 END) AS below, AVG(words_added) AS mean,
          COUNT(CASE WHEN words_added BETWEEN 10 AND 20 THEN 1 END) AS within,
          COUNT(CASE WHEN words_added > 20 THEN 1 END) AS above
        FROM instruction WHERE words_added IS NOT NULL AND operation IN (?, ?, ?, ?)
        """, arguments: StatementArguments(limited))
    guard let row else { return YieldTable.WordsAdded(below: 0, within: 0, above: 0, mean: nil) }
    return YieldTable.WordsAdded(
      below: try row.decode(Int.self, forColumn: "below"), within: try row.decode(Int.self, forColumn: "within"),
      above: try row.decode(Int.self, forColumn: "above"), mean: try row.decode(Double?.self, forColumn: "mean"))
  }
}

/// Words of a text: what lies between white space.
public func wordCount(_ text: String) -> Int {
  text.split(whereSeparator: \.isWhitespace).count
}
