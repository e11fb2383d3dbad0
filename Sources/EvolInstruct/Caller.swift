import Formats
import Pool
import Text

/// Makes calls: never twice, never beyond the budget, each written down before its reply is used.
actor Caller {
  /// What came of wanting a reply.
  enum Outcome: Sendable {
    case reply(CallRecord)
    /// The call failed for good; the row loses its turn.
    case failed(EliminationRule, String)
    /// The budget has no room for it.
    case exhausted(String)
  }

  private let pool: Pool
  private let teacher: any Teacher
  private let sampling: Sampling
  private let draw: Draw
  private let failureLimit: Int
  let ledger: Ledger
  /// Failed calls since the last reply.
  private var failuresInARow = 0
  private var hasReplied = false
  /// The seeds that the journal has replies of, read once a round and kind.
  private var journaled: [JournalPart: Set<Int>] = [:]

  init(pool: Pool, teacher: any Teacher, options: EvolutionOptions, spent: Usage) {
    self.pool = pool
    self.teacher = teacher
    sampling = options.sampling
    draw = Draw(seed: options.seed)
    failureLimit = options.failureLimit
    ledger = Ledger(budget: options.budget, spent: spent)
  }

  /// The reply for a row: out of the journal where it is there, else from the teacher.
  func reply(
    for row: RowID, _ task: TeacherRequest.Task, prompt: String
  ) async throws(EvolutionError) -> Outcome {
    do {
      if try await isJournaled(row, task.kind), let call = try await pool.call(row, task.kind) { return .reply(call) }
    } catch { throw EvolutionError(error) }
    let request = TeacherRequest(
      row: row, task: task, messages: [ChatMessage(.user, prompt)], sampling: sampling,
      seed: draw.sampling(row, task.kind))
    // A token is a byte at least; what the chat template adds is a few tokens a message.
    let most = Usage(calls: 1, promptTokens: prompt.utf8.count + 16, completionTokens: sampling.maxTokens)
    if let limit = await ledger.reserve(most) { return .exhausted(limit) }
    let call = await ask(request)
    await ledger.settle(
      most, cost: Usage(calls: 1, promptTokens: call.promptTokens, completionTokens: call.completionTokens))
    if call.error?.kind == .cancelled { throw .cancelled }
    do { try await pool.journal(call.record) } catch { throw EvolutionError(error) }
    guard let error = call.error else {
      failuresInARow = 0
      hasReplied = true
      return .reply(call.record)
    }
    if error.kind == .fatal { throw .teacher(error.problem) }
    // A long prompt says nothing about the teacher.
    if error.kind == .tooLong { return .failed(.tooLong, error.problem) }
    // Nothing was ever heard of it: more calls would only wait as long again.
    if error.kind == .unreachable, !hasReplied { throw .teacher(error.problem) }
    failuresInARow += 1
    if failuresInARow >= failureLimit { throw .failing(calls: failuresInARow, last: error.problem) }
    return .failed(.callFailed, error.problem)
  }

  /// Whether the journal has a reply for a row from before this run. What this run journals is not asked for again.
  private func isJournaled(_ row: RowID, _ kind: CallKind) async throws(PoolError) -> Bool {
    let part = JournalPart(round: row.round, kind: kind)
    if let seeds = journaled[part] { return seeds.contains(row.seed) }
    let seeds = try await pool.journaledSeeds(round: row.round, kind)
    // Earlier parts are done with.
    journaled = journaled.filter { $0.key.round == row.round }
    journaled[part] = seeds
    return seeds.contains(row.seed)
  }

  private struct JournalPart: Hashable {
    let round: Int
    let kind: CallKind
  }

  /// A call as it went.
  private struct Call {
    let record: CallRecord
    let error: TeacherError?
    var promptTokens: Int { record.promptTokens }
    var completionTokens: Int { record.completionTokens }
  }

  private nonisolated func ask(_ request: TeacherRequest) async -> Call {
    let clock = ContinuousClock()
    let start = clock.now
    func record(_ reply: TeacherReply, problem: String?) -> CallRecord {
      let latency = start.duration(to: clock.now)
      let messages = request.messages.map { message -> JSONValue in
        ["role": .string(message.role.rawValue), "content": .string(message.content)]
      }
      return CallRecord(
        row: request.row, kind: request.task.kind, prompt: JSONValue.array(messages).encoded(),
        reply: reply.text.withoutNUL,
        isTruncated: reply.isTruncated, state: reply.state?.withoutNUL, difficulty: reply.difficulty,
        model: teacher.model,
        sampling: request.sampling.json.encoded(), seed: request.seed, promptTokens: reply.promptTokens,
        completionTokens: reply.completionTokens, latency: latency / .seconds(1), problem: problem?.withoutNUL)
    }
    do {
      return Call(record: record(try await teacher.reply(to: request), problem: nil), error: nil)
    } catch {
      return Call(record: record(TeacherReply(text: error.received), problem: error.problem), error: error)
    }
  }
}
