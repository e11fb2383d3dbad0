import Pool

/// Counts the rows of a round that are done, and tells.
actor Tally {
  private let pool: Pool
  private let ledger: Ledger
  private let report: @Sendable (Evolution.Progress) -> Void
  private let round: Int
  private let total: Int
  private var evolved = 0
  private var finished = 0

  init(
    pool: Pool, round: Int, total: Int, ledger: Ledger, report: @escaping @Sendable (Evolution.Progress) -> Void
  ) {
    self.pool = pool
    self.ledger = ledger
    self.report = report
    self.round = round
    self.total = total
  }

  /// Takes the count from the pool.
  func recount() async throws(EvolutionError) {
    do {
      evolved = total - (try await pool.count(round: round, .pending))
      finished = try await pool.count(round: round, .kept) + pool.count(round: round, .removed)
    } catch { throw EvolutionError(error) }
    await tell()
  }

  func add(_ row: InstructionRow, after verdict: Verdict) async {
    if verdict == .pending { evolved += 1 }
    if row.verdict.isFinal { finished += 1 }
    await tell()
  }

  private func tell() async {
    report(
      Evolution.Progress(round: round, evolved: evolved, finished: finished, total: total, spent: await ledger.spent))
  }
}
