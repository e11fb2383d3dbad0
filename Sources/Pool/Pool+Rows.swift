import GRDB

extension Pool {
  /// Writes rows, in place of what was there, all or none.
  public func save(_ rows: [InstructionRow]) async throws(PoolError) {
    try await commit { database in for row in rows { try row.save(in: database) } }
  }

  /// Rows of a round with their parents, as `rows(round:_:from:limit:)` gives them. A seed has no parent.
  public func lineages(
    round: Int, _ verdict: Verdict, from start: Int = 0, limit: Int = .max
  ) async throws(PoolError) -> [(row: InstructionRow, parent: InstructionRow?)] {
    try await read { database in
      let rows = try Row.fetchAll(
        database,
        sql: "SELECT * FROM instruction WHERE round = ? AND verdict = ? AND seed >= ? ORDER BY seed LIMIT ?",
        arguments: [round, verdict.rawValue, start, limit])
      let parents = try database.cachedStatement(sql: "SELECT * FROM instruction WHERE round = ? AND seed = ?")
      return try rows.map { stored in
        let row = try InstructionRow(row: stored)
        guard let id = row.parent else { return (row, nil) }
        return (row, try Row.fetchOne(parents, arguments: [id.round, id.seed]).map(InstructionRow.init(row:)))
      }
    }
  }

  /// Every instruction that descends from a seed, the seed first, in the order of rounds.
  public func lineage(seed: Int) async throws(PoolError) -> [InstructionRow] {
    try await read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM instruction WHERE seed = ? ORDER BY round", arguments: [seed])
        .map(InstructionRow.init(row:))
    }
  }

  /// The seed of which most descendants were kept, the first of those; nil in an empty pool.
  public func deepestLineage() async throws(PoolError) -> Int? {
    try await read { database in
      try Int.fetchOne(
        database,
        sql: """
          SELECT seed FROM instruction GROUP BY seed ORDER BY COUNT(CASE WHEN verdict = 'kept' THEN 1 END) DESC, seed
          LIMIT 1
          """)
    }
  }

  /// Rows that a filter lets through, in order: rounds, then seeds; at most `limit`.
  public func rows(where isWanted: RowFilter, limit: Int) async throws(PoolError) -> [InstructionRow] {
    try await read { database in
      let (condition, arguments) = isWanted.sql
      return try Row.fetchAll(
        database, sql: "SELECT * FROM instruction WHERE \(condition) ORDER BY round, seed LIMIT \(max(0, limit))",
        arguments: arguments
      ).map(InstructionRow.init(row:))
    }
  }

  public func row(_ id: RowID) async throws(PoolError) -> InstructionRow? {
    try await read { database in
      try Row.fetchOne(
        database, sql: "SELECT * FROM instruction WHERE round = ? AND seed = ?", arguments: [id.round, id.seed]
      ).map(InstructionRow.init(row:))
    }
  }

  /// Rows of a round in the order of their seeds, at most `limit` of them, from the seed `start` on.
  public func rows(
    round: Int, _ verdict: Verdict? = nil, from start: Int = 0, limit: Int = .max
  ) async throws(PoolError) -> [InstructionRow] {
    try await read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM instruction WHERE round = :round AND seed >= :start AND (:verdict IS NULL OR verdict = :verdict)
          ORDER BY seed LIMIT :limit
          """, arguments: ["round": round, "start": start, "verdict": verdict?.rawValue, "limit": limit]
      ).map(InstructionRow.init(row:))
    }
  }

  /// How many rows a round has; of one verdict where one is given.
  public func count(round: Int, _ verdict: Verdict? = nil) async throws(PoolError) -> Int {
    try await read { database in
      try Int.fetchOne(
        database,
        sql: "SELECT COUNT(*) FROM instruction WHERE round = :round AND (:verdict IS NULL OR verdict = :verdict)",
        arguments: ["round": round, "verdict": verdict?.rawValue]) ?? 0
    }
  }

  /// The rounds that there are rows of, 0 for the seeds; nil in an empty pool.
  public func lastRound() async throws(PoolError) -> Int? {
    try await read { database in try Int.fetchOne(database, sql: "SELECT MAX(round) FROM instruction") }
  }

  /// Draws a round: for every seed the newest instruction that was kept becomes the parent of a row to be evolved.
  ///
  /// All or nothing; a round that is there already stays as it is.
  public func begin(
    round: Int, operation: @escaping @Sendable (_ seed: Int) -> EvolvingOperation
  ) async throws(PoolError) {
    try await write { database in
      let there = try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM instruction WHERE round = ?", arguments: [round])
      guard there == 0 else { return }
      var parents: [RowID] = []
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT seed, MAX(round) AS parent FROM instruction WHERE verdict = 'kept' AND round < ? GROUP BY seed
          """, arguments: [round])
      while let row = try rows.next() {
        parents.append(
          RowID(
            seed: try row.decode(Int.self, forColumn: "seed"), round: try row.decode(Int.self, forColumn: "parent")))
      }
      for parent in parents {
        try InstructionRow(
          id: RowID(seed: parent.seed, round: round), parent: parent, operation: operation(parent.seed)
        ).save(in: database)
      }
    }
  }

  /// Puts the rows of a round whose calls failed back to where they were, to be tried again.
  public func retryFailedCalls(round: Int) async throws(PoolError) {
    try await write { database in
      try database.execute(
        sql: """
          UPDATE instruction SET rule = NULL, evidence = NULL,
            verdict = CASE WHEN instruction = '' THEN 'pending' ELSE 'unique' END
          WHERE round = ? AND rule = 'call_failed'
          """, arguments: [round])
    }
  }

  /// Reads every row in order – rounds, then seeds – without holding them all.
  public func forEachRow(
    where isWanted: RowFilter = RowFilter(), _ body: @Sendable (InstructionRow) throws -> Void
  ) async throws(PoolError) {
    try await read { database in
      let (condition, arguments) = isWanted.sql
      let rows = try Row.fetchCursor(
        database, sql: "SELECT * FROM instruction WHERE \(condition) ORDER BY round, seed", arguments: arguments)
      while let row = try rows.next() { try body(InstructionRow(row: row)) }
    }
  }
}

/// Which rows of a pool.
public struct RowFilter: Sendable {
  /// Rounds by number, 0 for the seeds; nil for all.
  public var rounds: ClosedRange<Int>?
  /// What made them; nil for all, the seeds among them.
  public var operations: [EvolvingOperation]?
  /// How far they came; nil for all.
  public var verdict: Verdict?
  /// What removed them; nil for all.
  public var rule: EliminationRule?
  /// Whether only rows with an answer are wanted.
  public var isAnswered: Bool

  public init(
    rounds: ClosedRange<Int>? = nil, operations: [EvolvingOperation]? = nil, verdict: Verdict? = nil,
    rule: EliminationRule? = nil, isAnswered: Bool = false
  ) {
    self.rounds = rounds
    self.operations = operations
    self.verdict = verdict
    self.rule = rule
    self.isAnswered = isAnswered
  }

  /// A condition over the columns of `instruction`, with its values.
  var sql: (String, StatementArguments) {
    var conditions = ["1"]
    var arguments = StatementArguments()
    if let rounds {
      conditions.append("round BETWEEN ? AND ?")
      arguments += [rounds.lowerBound, rounds.upperBound]
    }
    if let operations {
      conditions.append("operation IN (\(operations.map { _ in "?" }.joined(separator: ", ")))")
      arguments += StatementArguments(operations.map(\.rawValue))
    }
    if let verdict {
      conditions.append("verdict = ?")
      arguments += [verdict.rawValue]
    }
    if let rule {
      conditions.append("rule = ?")
      arguments += [rule.rawValue]
    }
    if isAnswered { conditions.append("output <> ''") }
    return (conditions.joined(separator: " AND "), arguments)
  }
}
