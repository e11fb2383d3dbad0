import GRDB

/// Gathers small writes: all that come while one transaction is under way go together into the next. Under load a
/// transaction costs as much as a hundred writes in it.
///
/// Every write returns once it is committed. One that fails takes nothing with it: it is undone alone.
actor WriteQueue {
  typealias Write = @Sendable (Database) throws -> Void

  private let database: DatabasePool
  private var waiting: [(write: Write, end: CheckedContinuation<Void, any Error>)] = []
  private var isWriting = false

  init(database: DatabasePool) {
    self.database = database
  }

  /// Makes a write with others and waits until it is committed. Not undone by a cancelled task: a reply that was paid
  /// for is kept.
  func commit(_ write: @escaping Write) async throws {
    try await withCheckedThrowingContinuation { end in
      waiting.append((write, end))
      if !isWriting {
        isWriting = true
        Task { await drain() }
      }
    }
  }

  private func drain() async {
    while !waiting.isEmpty {
      let batch = waiting
      waiting = []
      let writes = batch.map(\.write)
      do {
        let results = try await database.write { database in
          try writes.map { write -> Result<Void, any Error> in try Self.alone(write, in: database) }
        }
        for (item, result) in zip(batch, results) { item.end.resume(with: result) }
      } catch {
        for item in batch { item.end.resume(throwing: error) }
      }
    }
    isWriting = false
  }

  /// One write inside a savepoint. A full disk may end the whole transaction; then so does this.
  private static func alone(_ write: Write, in database: Database) throws -> Result<Void, any Error> {
    do {
      try database.inSavepoint {
        try write(database)
        return .commit
      }
      return .success(())
    } catch {
      guard database.isInsideTransaction else { throw error }
      return .failure(error)
    }
  }
}

extension Pool {
  /// Makes a small write together with others that come at the same time.
  func commit(_ write: @escaping WriteQueue.Write) async throws(PoolError) {
    do { try await pending.commit(write) } catch { throw Self.translated(error, path) }
  }
}
