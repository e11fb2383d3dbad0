import GRDB

extension Pool {
  /// Writes a call down. A second reply for the same row and kind is an error: no call is made twice.
  public func journal(_ call: CallRecord) async throws(PoolError) {
    try await commit { database in try call.insert(in: database) }
  }

  /// The call for a row that gave a reply, if there was one.
  public func call(_ row: RowID, _ kind: CallKind) async throws(PoolError) -> CallRecord? {
    try await read { database in
      try Row.fetchOne(
        database, sql: "SELECT * FROM call WHERE round = ? AND seed = ? AND kind = ? AND problem IS NULL",
        arguments: [row.round, row.seed, kind.rawValue]
      ).map(CallRecord.init(row:))
    }
  }

  /// The seeds whose row of a round has a reply of a kind in the journal.
  public func journaledSeeds(round: Int, _ kind: CallKind) async throws(PoolError) -> Set<Int> {
    try await read { database in
      try Int.fetchSet(
        database, sql: "SELECT seed FROM call WHERE round = ? AND kind = ? AND problem IS NULL",
        arguments: [round, kind.rawValue])
    }
  }

  /// Every call for a row in the order in which they were made, failed ones too.
  public func calls(for row: RowID) async throws(PoolError) -> [CallRecord] {
    try await read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM call WHERE round = ? AND seed = ? ORDER BY id", arguments: [row.round, row.seed]
      ).map(CallRecord.init(row:))
    }
  }

  /// Seconds from asking to the reply, on average over the last thousand replies; nil where there is none.
  public func meanLatency() async throws(PoolError) -> Double? {
    try await read { database in
      try Double.fetchOne(
        database,
        sql: """
          SELECT AVG(latency) FROM (SELECT latency FROM call WHERE problem IS NULL ORDER BY id DESC LIMIT 1000)
          """)
    }
  }

  /// What all calls came to; those of one kind where one is given.
  public func usage(of kind: CallKind? = nil) async throws(PoolError) -> Usage {
    try await read { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT COUNT(*) AS calls, TOTAL(prompt_tokens) AS prompt, TOTAL(completion_tokens) AS completion
          FROM call WHERE :kind IS NULL OR kind = :kind
          """, arguments: ["kind": kind?.rawValue])
      guard let row else { return Usage() }
      return Usage(
        calls: try row.decode(Int.self, forColumn: "calls"),
        promptTokens: Int(try row.decode(Double.self, forColumn: "prompt")),
        completionTokens: Int(try row.decode(Double.self, forColumn: "completion")))
    }
  }
}
