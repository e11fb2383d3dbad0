import Formats
import GRDB
import Randomness

extension Pool {
  /// Writes the kept and answered rows to a file that appears when it is whole: all rounds merged, shuffled, and of
  /// those the first `limit`, which is a sample with equal probability.
  ///
  /// - Parameters:
  ///   - filter: Rounds and operations; the verdict is always `kept`.
  ///   - shuffleSeed: The same seed gives the same order; nil keeps rounds and seeds in order.
  /// - Returns: How many rows were written.
  public func export(
    to file: String, as format: ExportFormat, _ filter: RowFilter = RowFilter(), limit: Int? = nil,
    shuffleSeed: UInt64? = 0
  ) async throws(PoolError) -> Int {
    do {
      var output = try AtomicFile(path: file)
      let count = try await export(as: format, filter, limit: limit, shuffleSeed: shuffleSeed) { text in
        try output.append(text)
      }
      try output.commit()
      return count
    } catch let error as FormatError {
      throw PoolError(.system, file: file, "cannot be written: \(error.problem)")
    } catch let error as PoolError {
      throw error
    } catch {
      throw PoolError(.system, file: file, "\(error)")
    }
  }

  /// The same, handed on piece by piece: together the pieces are the file.
  ///
  /// Rows are read as they are needed; what is held of all of them is 16 bytes each.
  public func export(
    as format: ExportFormat, _ filter: RowFilter = RowFilter(), limit: Int? = nil, shuffleSeed: UInt64? = 0,
    write: (String) throws -> Void
  ) async throws -> Int {
    let ids = Self.exported(try await ids(of: filter.answered), limit: limit, shuffleSeed: shuffleSeed)
    let count = ids.count
    if !format.isLines { try write("[\n") }
    for start in stride(from: 0, to: count, by: 256) {
      let rows = try await rows(ids[start..<min(start + 256, count)])
      var text = ""
      for (place, row) in rows.enumerated() {
        if !format.isLines, start + place > 0 { text += ",\n" }
        text += format.value(of: row).encoded() + (format.isLines ? "\n" : "")
      }
      try write(text)
    }
    if !format.isLines { try write(count > 0 ? "\n]\n" : "]\n") }
    return count
  }

  /// The rows that a filter lets through, in order.
  public func ids(of filter: RowFilter) async throws(PoolError) -> [RowID] {
    try await read { database in try filter.ids(in: database) }
  }

  private func rows(_ ids: ArraySlice<RowID>) async throws(PoolError) -> [InstructionRow] {
    try await read { database in try Self.rows(ids, in: database) }
  }

  /// Of the rows that an export may have those that it has, in its order.
  static func exported(_ ids: [RowID], limit: Int?, shuffleSeed: UInt64?) -> [RowID] {
    var ids = ids
    if let shuffleSeed {
      var generator = SplitMix64(state: shuffleSeed)
      ids.shuffle(using: &generator)
    }
    return Array(ids.prefix(limit ?? ids.count))
  }

  static func rows(_ ids: ArraySlice<RowID>, in database: Database) throws -> [InstructionRow] {
    let statement = try database.cachedStatement(sql: "SELECT * FROM instruction WHERE round = ? AND seed = ?")
    return try ids.compactMap { id in
      try Row.fetchOne(statement, arguments: [id.round, id.seed]).map(InstructionRow.init(row:))
    }
  }
}

extension RowFilter {
  /// The same, of kept and answered rows alone.
  var answered: RowFilter {
    var filter = self
    filter.verdict = .kept
    filter.isAnswered = true
    return filter
  }

  /// The rows that it lets through, in order.
  func ids(in database: Database) throws -> [RowID] {
    let (condition, arguments) = sql
    let rows = try Row.fetchCursor(
      database, sql: "SELECT seed, round FROM instruction WHERE \(condition) ORDER BY round, seed",
      arguments: arguments)
    var ids: [RowID] = []
    while let row = try rows.next() {
      ids.append(
        RowID(
          seed: try row.decode(Int.self, forColumn: "seed"), round: try row.decode(Int.self, forColumn: "round")))
    }
    return ids
  }
}
