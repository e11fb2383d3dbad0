import Formats
import Foundation
import GRDB

/// The store of an evolution: one SQLite file with every instruction, its lineage, and every call to the teacher.
///
/// Readable by other programs while it is written. A killed process leaves it whole: every write is a transaction of its
/// own. (The log of writes is not flushed at each one: a power cut may take the last of them, never more.)
///
/// Only one program at a time writes; it holds a lock on a file of the same name with `.lock` at its end.
public final class Pool: Sendable {
  public let path: String
  let database: DatabasePool
  /// Held while the pool is open for writing.
  private let lock: WriterLock?
  /// What is to be written with the next transaction.
  let pending: WriteQueue

  private init(path: String, database: DatabasePool, lock: WriterLock?) {
    self.path = path
    self.database = database
    self.lock = lock
    pending = WriteQueue(database: database)
  }

  /// Opens a pool for writing, made when absent.
  ///
  /// - Parameter byteLimit: How large the file may grow, as if the disk had no more room.
  public convenience init(path: String, byteLimit: Int? = nil) throws(PoolError) {
    let lock = try WriterLock(pool: path)
    let database = try Self.open(path, isReadOnly: false, byteLimit: byteLimit)
    try Self.translating(path) {
      try database.write { database in
        if try PoolSchema.isNew(database, file: path) { try PoolSchema.create(database) }
      }
    }
    self.init(path: path, database: database, lock: lock)
  }

  /// Opens a pool that may be being written for reading.
  public convenience init(reading path: String) throws(PoolError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw PoolError(.system, file: path, "there is no such file")
    }
    let database = try Self.open(path, isReadOnly: true, byteLimit: nil)
    try Self.translating(path) {
      guard try !database.read({ try PoolSchema.isNew($0, file: path) }) else {
        throw PoolError(.notAPool, file: path, "is empty; `evolve` makes pools")
      }
    }
    self.init(path: path, database: database, lock: nil)
  }

  private static func open(_ path: String, isReadOnly: Bool, byteLimit: Int?) throws(PoolError) -> DatabasePool {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { database in
      guard !isReadOnly, let byteLimit else { return }
      let page = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
      _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(max(1, byteLimit / page))")
    }
    return try translating(path) { try DatabasePool(path: path, configuration: configuration) }
  }

  /// Folds the log of writes into the file, so that the file alone is the pool.
  public func checkpoint() throws(PoolError) {
    try Self.translating(path) { _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) } }
  }

  // MARK: Access

  func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(PoolError) -> Value {
    do {
      return try await withoutActuallyEscaping(body) { body in try await database.read(body) }
    } catch {
      throw Self.translated(error, path)
    }
  }

  func write<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(PoolError) -> Value {
    do {
      return try await withoutActuallyEscaping(body) { body in try await database.write(body) }
    } catch {
      throw Self.translated(error, path)
    }
  }

  static func translating<Value>(_ path: String, _ body: () throws -> Value) throws(PoolError) -> Value {
    do { return try body() } catch { throw translated(error, path) }
  }

  static func translated(_ error: any Error, _ path: String) -> PoolError {
    switch error {
    case let error as PoolError: return error
    case is CancellationError: return PoolError(.cancelled, file: path, "the work was cancelled")
    case let error as DatabaseError:
      let message = error.message ?? "\(error.resultCode)"
      switch error.resultCode {
      case .SQLITE_FULL:
        return PoolError(.full, file: path, "no room to write; what was written before is whole (\(message))")
      case .SQLITE_NOTADB: return PoolError(.notAPool, file: path, "is no SQLite database")
      case .SQLITE_CORRUPT: return PoolError(.damaged, file: path, "is damaged: \(message)")
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        return PoolError(.busy, file: path, "is being written by another program at this moment")
      case .SQLITE_INTERRUPT: return PoolError(.cancelled, file: path, "the work was cancelled")
      default: return PoolError(.system, file: path, message)
      }
    default: return PoolError(.damaged, file: path, "\(error)")
    }
  }
}

/// The lock of the one program that writes a pool.
///
/// Unchecked: the file is only held, from the initializer to the end, and never written.
private final class WriterLock: @unchecked Sendable {
  private let file: AppendFile

  init(pool path: String) throws(PoolError) {
    do {
      file = try AppendFile(path: path + ".lock")
    } catch {
      throw PoolError(.busy, file: path, "cannot be locked for writing: \(error.problem)")
    }
  }
}
