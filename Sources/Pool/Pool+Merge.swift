import GRDB

extension Pool {
  /// Takes over every row and call of another part of the same whole.
  ///
  /// Shards of one run give, merged, the pool that one run over all seeds gives. A row that both have must be the same in
  /// both; one that is further along replaces the other.
  ///
  /// - Parameter mixing: Whether prompts, teacher and settings may differ.
  public func merge(_ other: Pool, mixing: Bool = false) async throws(PoolError) {
    guard var identity = try await other.identity() else { return }
    if let mine = try await self.identity() {
      if let difference = identity.difference(from: mine, mixing: mixing, anyShard: true) {
        throw PoolError(.mismatch, file: other.path, "does not belong to \(path): it has \(difference)")
      }
      identity = mine
    }
    // Once merged, the pool is no shard any more: a run over all seeds may go on from it.
    identity.shard = .whole
    for round in 0...(try await other.lastRound() ?? 0) {
      var start = 0
      while true {
        let rows = try await other.rows(round: round, from: start, limit: 512)
        guard let last = rows.last else { break }
        try await take(rows, of: other, between: start...last.id.seed, identity)
        start = last.id.seed + 1
      }
    }
  }

  /// Writes rows of one round and their calls, in one transaction.
  private func take(
    _ rows: [InstructionRow], of other: Pool, between seeds: ClosedRange<Int>, _ identity: PoolIdentity
  ) async throws(PoolError) {
    let round = rows[0].id.round
    let calls = try await other.calls(round: round, seeds: seeds)
    let path = path
    try await write { database in
      try Self.write(identity, to: database)
      for row in rows {
        let mine = try Row.fetchOne(
          database, sql: "SELECT * FROM instruction WHERE round = ? AND seed = ?",
          arguments: [row.id.round, row.id.seed]
        ).map(InstructionRow.init(row:))
        if let mine, mine.verdict.isFinal, row.verdict.isFinal, mine != row {
          throw PoolError(
            .mismatch, file: other.path, "row \(row.id) is another than in \(path); both cannot be parts of one whole")
        }
        if mine?.verdict.isFinal != true { try row.save(in: database) }
      }
      for call in calls {
        let isThere = try Bool.fetchOne(
          database,
          sql: """
            SELECT EXISTS (SELECT 1 FROM call WHERE round = ? AND seed = ? AND kind = ? AND problem IS ? AND prompt = ?)
            """,
          arguments: [call.row.round, call.row.seed, call.kind.rawValue, call.problem, call.prompt])
        if isThere != true { try call.insert(in: database) }
      }
    }
  }

  /// Every call for the rows of a round from one seed to another, in the order in which they were made.
  func calls(round: Int, seeds: ClosedRange<Int>) async throws(PoolError) -> [CallRecord] {
    try await read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM call WHERE round = ? AND seed BETWEEN ? AND ? ORDER BY id",
        arguments: [round, seeds.lowerBound, seeds.upperBound]
      ).map(CallRecord.init(row:))
    }
  }
}

extension Verdict {
  /// Whether nothing more happens to the row.
  public var isFinal: Bool { self == .kept || self == .removed }
}
