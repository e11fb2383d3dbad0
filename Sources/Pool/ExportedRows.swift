import GRDB

/// The rows that an export of a pool would write, in its order, read piece by piece: for readers that wait for a file,
/// rather than tasks that must not.
public struct ExportedRows {
  private let pool: Pool
  private let ids: [RowID]
  /// How many rows have been read.
  public private(set) var position = 0

  /// Decides which rows there are; what is added to the pool afterwards is not among them.
  ///
  /// - Parameters:
  ///   - filter: Rounds and operations; the verdict is always `kept`.
  ///   - limit: Of the rows in their order the first.
  ///   - shuffleSeed: That of `Pool.export`.
  public init(
    _ pool: Pool, _ filter: RowFilter = RowFilter(), limit: Int? = nil, shuffleSeed: UInt64? = 0
  ) throws(PoolError) {
    self.pool = pool
    let all = try Pool.translating(pool.path) { try pool.database.read(filter.answered.ids(in:)) }
    ids = Pool.exported(all, limit: limit, shuffleSeed: shuffleSeed)
  }

  /// How many rows there are.
  public var count: Int { ids.count }

  /// The next rows; none at the end. Those that the pool lost in the meantime are left out.
  public mutating func next(_ most: Int = 256) throws(PoolError) -> [InstructionRow] {
    var rows: [InstructionRow] = []
    while rows.isEmpty, position < ids.count {
      let some = ids[position..<min(position + most, ids.count)]
      rows = try Pool.translating(pool.path) { try pool.database.read { try Pool.rows(some, in: $0) } }
      position += some.count
    }
    return rows
  }
}
