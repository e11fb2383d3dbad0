import Pool

extension Evolution {
  /// What a step makes of a row.
  enum StepResult: Sendable {
    case row(InstructionRow)
    /// The budget has no room; the row stays as it is.
    case exhausted(String)
  }

  typealias Lineage = (row: InstructionRow, parent: InstructionRow?)

  /// Does a step for every row of a verdict, at most `options.concurrency` at once, and writes each result.
  ///
  /// - Returns: The limit of the budget that stopped it, if one did. Calls under way are waited for.
  func forEachRow(
    round: Int, _ verdict: Verdict, _ tally: Tally,
    _ step: @escaping @Sendable (Lineage) async throws(EvolutionError) -> StepResult
  ) async throws(EvolutionError) -> String? {
    var start = 0
    while true {
      let rows: [Lineage]
      do {
        rows = try await pool.lineages(round: round, verdict, from: start, limit: pageSize)
      } catch { throw EvolutionError(error) }
      guard let last = rows.last else { return nil }
      start = last.row.id.seed + 1
      if let limit = try await concurrently(rows, verdict, tally, step) { return limit }
    }
  }

  private func concurrently(
    _ rows: [Lineage], _ verdict: Verdict, _ tally: Tally,
    _ step: @escaping @Sendable (Lineage) async throws(EvolutionError) -> StepResult
  ) async throws(EvolutionError) -> String? {
    let pool = pool
    let concurrency = max(1, options.concurrency)
    do {
      return try await withThrowingTaskGroup(of: String?.self) { group in
        var limit: String?
        for (place, row) in rows.enumerated() {
          if place >= concurrency, let ended = try await group.next() { limit = limit ?? ended }
          if limit != nil { break }
          try Task.checkCancellation()
          group.addTask {
            switch try await step(row) {
            case .exhausted(let limit): return limit
            case .row(let row):
              try await pool.save([row])
              await tally.add(row, after: verdict)
              return nil
            }
          }
        }
        while let ended = try await group.next() { limit = limit ?? ended }
        return limit
      }
    } catch let error as EvolutionError {
      throw error
    } catch let error as PoolError {
      throw EvolutionError(error)
    } catch {
      throw .cancelled
    }
  }

  /// Evolves a row and applies the rules that need no further call.
  func evolved(_ lineage: Lineage, _ caller: Caller) async throws(EvolutionError) -> StepResult {
    var row = lineage.row
    let parent = try parent(of: lineage)
    guard let operation = row.operation else { return .row(row) }
    let prompt = prompts.evolve(operation, parent.prompt, format: draw.format(row.id))
    let outcome = try await caller.reply(
      for: row.id, .evolve(operation, parent: parent.id, state: parent.state), prompt: prompt)
    switch outcome {
    case .exhausted(let limit): return .exhausted(limit)
    case .failed(let rule, let problem): row.remove(by: rule, evidence: problem)
    case .reply(let call):
      row.instruction = call.reply.trimmed
      row.state = call.state
      row.difficulty = call.difficulty
      row.wordsAdded = wordCount(row.instruction) - wordCount(parent.prompt)
      row.verdict = .candidate
      if let (rule, evidence) = cheapRule(row, operation, parent: parent.prompt, isTruncated: call.isTruncated) {
        row.remove(by: rule, evidence: evidence)
      }
    }
    return .row(row)
  }

  /// The first rule that needs no call and speaks against an evolved row, with its evidence.
  private func cheapRule(
    _ row: InstructionRow, _ operation: EvolvingOperation, parent: String, isTruncated: Bool
  ) -> (EliminationRule, String?)? {
    let child = row.instruction
    if child.isEmpty { return (.empty, nil) }
    if isTruncated { return (.truncated, nil) }
    if Elimination.isUnchanged(parent: parent, child: child) { return (.unchanged, nil) }
    if let words = Elimination.copiedPrompt(parent: parent, child: child) { return (.copiedPrompt, words) }
    if let words = Elimination.refused(parent: parent, child: child) { return (.refused, words) }
    if options.removesOutsideWordRange, operation.limitsWordsAdded, let added = row.wordsAdded, !(10...20 ~= added) {
      return (.wordRange, String(added))
    }
    if let place = testSets?.match(child) { return (.contaminated, place) }
    return nil
  }

  /// Judges a row against its parent, then has it answered: a row that goes at the first costs no answer.
  func judgedAndAnswered(_ lineage: Lineage, _ caller: Caller) async throws(EvolutionError) -> StepResult {
    var row = lineage.row
    let parent = try parent(of: lineage)
    switch try await caller.reply(
      for: row.id, .judge(parentState: parent.state, childState: row.state),
      prompt: prompts.judge(parent: parent.prompt, child: row.prompt))
    {
    case .exhausted(let limit): return .exhausted(limit)
    case .failed(let rule, let problem): row.remove(by: rule, evidence: problem)
    case .reply(let call):
      switch Judgement(reply: call.reply) {
      case .equal: row.remove(by: .equal)
      case .unclear: row.remove(by: .unjudged, evidence: String(call.reply.prefix(200)))
      case .notEqual: break
      }
    }
    if row.verdict == .removed { return .row(row) }
    switch try await caller.reply(
      for: row.id, .answer(state: row.state), prompt: prompts.answer(row.prompt))
    {
    case .exhausted(let limit): return .exhausted(limit)
    case .failed(let rule, let problem): row.remove(by: rule, evidence: problem)
    case .reply(let call):
      row.output = call.reply.trimmed
      row.verdict = .kept
      if let (rule, evidence) = answerRule(row.output, isTruncated: call.isTruncated) {
        row.remove(by: rule, evidence: evidence)
      }
    }
    return .row(row)
  }

  private func answerRule(_ answer: String, isTruncated: Bool) -> (EliminationRule, String?)? {
    if answer.isEmpty { return (.empty, "the answer") }
    if isTruncated { return (.truncated, "the answer") }
    if let evidence = Elimination.sorryAnswer(answer) { return (.sorryAnswer, evidence) }
    if let evidence = Elimination.contentlessAnswer(answer) { return (.contentlessAnswer, evidence) }
    return nil
  }

  /// Rates the kept rows of a round that have no difficulty yet. A reply without a number leaves the row unrated.
  func rate(round: Int, _ caller: Caller) async throws(EvolutionError) -> String? {
    var share = 1.0
    if let sample = options.difficultySample {
      do { share = Double(sample) / Double(max(1, try await pool.count(round: round, .kept))) } catch {
        throw EvolutionError(error)
      }
    }
    let (draw, part) = (draw, share)
    let tally = Tally(
      pool: pool, round: round, total: 0, ledger: caller.ledger, report: { _ in })
    return try await forEachRow(round: round, .kept, tally) { lineage throws(EvolutionError) in
      var row = lineage.row
      guard row.difficulty == nil, draw.isRated(row.id, share: part) else { return .row(row) }
      switch try await caller.reply(for: row.id, .rate(state: row.state), prompt: prompts.rate(row.prompt)) {
      case .exhausted(let limit): return .exhausted(limit)
      case .failed: break
      case .reply(let call): row.difficulty = call.difficulty ?? EvolInstruct.difficulty(reply: call.reply)
      }
      return .row(row)
    }
  }

  /// Turns the candidates of a round into unique rows and removed ones, a page at a time.
  ///
  /// In the order of their seeds, after everything of earlier rounds, so that the order of replies decides nothing. A
  /// stopped removal is gone on with: what it found unique stands in the index before what it did not come to.
  func removeDuplicates(round: Int) async throws(PoolError) {
    guard try await pool.count(round: round, .candidate) > 0 else { return }
    let index = SharedDuplicateIndex(DuplicateIndex(similarityLimit: options.similarityLimit))
    try await pool.forEachRow(where: RowFilter(rounds: 0...(round - 1), verdict: .kept)) { index.insert($0) }
    for verdict in [Verdict.kept, .unique] {
      try await pool.forEachRow(where: RowFilter(rounds: round...round, verdict: verdict)) { index.insert($0) }
    }
    while true {
      // Those of the page before are candidates no more.
      var rows = try await pool.rows(round: round, .candidate, limit: pageSize)
      if rows.isEmpty { return }
      for place in rows.indices {
        rows[place].verdict = .unique
        if let twin = index.insert(rows[place]) { rows[place].remove(by: .duplicate, evidence: twin.description) }
      }
      try await pool.save(rows)
    }
  }

  private func parent(of lineage: Lineage) throws(EvolutionError) -> InstructionRow {
    guard let parent = lineage.parent else {
      throw .pool(PoolError(.damaged, file: pool.path, "row \(lineage.row.id) has no parent"))
    }
    return parent
  }
}
