public import Pool

/// Evol-Instruct: evolves every instruction of a pool once a round, removes what failed, has the rest answered.
///
/// A round is three steps, each over all rows: evolve (and the rules that cost nothing), remove duplicates, judge and
/// answer. Between the steps nothing depends on the order of replies, so a teacher that answers the same for the same
/// request gives the same pool, however often it is stopped.
public struct Evolution: Sendable {
  /// How a run ended.
  public enum Ending: Sendable, Equatable {
    case finished
    /// A limit of the budget, in words, left no room for the next call. A larger one goes on from here.
    case budgetExhausted(String)
  }

  /// Where a run stands.
  public struct Progress: Sendable, Equatable {
    public var round: Int
    /// Rows of the round whose evolution has been asked for, removed ones among them.
    public var evolved: Int
    /// Rows of the round that are kept or removed.
    public var finished: Int
    public var total: Int
    /// Of this run and those before.
    public var spent: Usage
  }

  let pool: Pool
  let teacher: any Teacher
  let prompts: PromptSet
  let options: EvolutionOptions
  /// What no instruction may repeat.
  let testSets: TestSetIndex?
  let draw: Draw
  /// Rows taken from the pool at once; what is in memory does not grow with the pool.
  var pageSize = 1024

  public init(
    pool: Pool, teacher: any Teacher, prompts: PromptSet = .standard, options: EvolutionOptions = EvolutionOptions(),
    testSets: TestSetIndex? = nil
  ) {
    self.pool = pool
    self.teacher = teacher
    self.prompts = prompts
    self.options = options
    self.testSets = testSets
    draw = Draw(seed: options.seed)
  }

  /// Runs to the end of the last round, from wherever the pool stands.
  ///
  /// - Parameter progress: Told after every row.
  public func run(
    seeds: [Seed], progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws(EvolutionError) -> Ending {
    let caller: Caller
    do throws(PoolError) {
      try await pool.adopt(identity(of: seeds), mixing: options.allowsMixing)
      try await plant(seeds)
      caller = Caller(pool: pool, teacher: teacher, options: options, spent: try await pool.usage())
    } catch { throw EvolutionError(error) }
    if options.ratesDifficulty, let limit = try await rate(round: 0, caller) { return .budgetExhausted(limit) }
    for round in stride(from: 1, through: options.rounds, by: 1) {
      if let limit = try await evolve(round: round, caller, progress) { return .budgetExhausted(limit) }
    }
    return .finished
  }

  private func identity(of seeds: [Seed]) -> PoolIdentity {
    PoolIdentity(
      seeds: Seed.fingerprint(of: seeds), prompts: prompts.fingerprint, teacher: teacher.model,
      teacherFingerprint: teacher.fingerprint, settings: options.settings, seed: options.seed, shard: options.shard)
  }

  /// Makes the seeds of this shard rows of round 0, once; repeated and contaminated ones are listed as removed.
  private func plant(_ seeds: [Seed]) async throws(PoolError) {
    guard try await pool.count(round: 0) == 0 else { return }
    // Among all seeds, not those of the shard alone: shards must merge into the pool that one run gives.
    var duplicates = DuplicateIndex(similarityLimit: options.similarityLimit)
    var rows: [InstructionRow] = []
    for (place, seed) in seeds.enumerated() {
      var row = seed.row(place)
      if let evidence = testSets?.match(row.prompt) {
        row.remove(by: .contaminated, evidence: evidence)
      } else if let twin = duplicates.insert(row) {
        row.remove(by: .duplicate, evidence: twin.description)
      }
      if options.shard.contains(seed: place) { rows.append(row) }
    }
    try await pool.save(rows)
  }

  /// One round; the limit of the budget where it could not be finished.
  private func evolve(
    round: Int, _ caller: Caller, _ progress: @escaping @Sendable (Progress) -> Void
  ) async throws(EvolutionError) -> String? {
    let draw = draw
    let total: Int
    do throws(PoolError) {
      try await pool.begin(round: round) { draw.operation(RowID(seed: $0, round: round)) }
      // Only an unfinished round: later ones stand on a finished one.
      if try await pool.lastRound() == round { try await pool.retryFailedCalls(round: round) }
      total = try await pool.count(round: round)
    } catch { throw EvolutionError(error) }
    let tally = Tally(pool: pool, round: round, total: total, ledger: caller.ledger, report: progress)
    try await tally.recount()
    if let limit = try await forEachRow(
      round: round, .pending, tally,
      { row throws(EvolutionError) in
        try await evolved(row, caller)
      })
    {
      return limit
    }
    do { try await removeDuplicates(round: round) } catch { throw EvolutionError(error) }
    try await tally.recount()
    if let limit = try await forEachRow(
      round: round, .unique, tally,
      { row throws(EvolutionError) in
        try await judgedAndAnswered(row, caller)
      })
    {
      return limit
    }
    return options.ratesDifficulty ? try await rate(round: round, caller) : nil
  }
}

extension EvolutionError {
  /// A pool's error as the reason to stop.
  public init(_ error: PoolError) {
    self = error.kind == .cancelled ? .cancelled : .pool(error)
  }
}
