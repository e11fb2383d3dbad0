import GRDB

extension Pool {
  /// What made the pool; nil for one that was just made.
  public func identity() async throws(PoolError) -> PoolIdentity? {
    try await read { database in try Self.identity(in: database, file: self.path) }
  }

  /// Makes `identity` the pool's own, or refuses where it is another's.
  ///
  /// - Parameter mixing: Whether prompts, teacher and settings may be others than before; the journal says of every call
  ///   which model made it.
  public func adopt(_ identity: PoolIdentity, mixing: Bool = false) async throws(PoolError) {
    try await write { database in
      if let before = try Self.identity(in: database, file: self.path),
        let difference = identity.difference(from: before, mixing: mixing)
      {
        throw PoolError(
          .mismatch, file: self.path,
          "was made with \(difference); take another output, or --allow-mixed where only prompts, teacher or "
            + "settings differ")
      }
      try Self.write(identity, to: database)
    }
  }

  static func write(_ identity: PoolIdentity, to database: Database) throws {
    let properties = [
      "seeds": identity.seeds, "prompts": identity.prompts, "teacher": identity.teacher,
      "teacher_fingerprint": identity.teacherFingerprint, "settings": identity.settings,
      "seed": String(identity.seed), "shard": identity.shard.description,
    ]
    for (name, value) in properties {
      try database.execute(sql: "INSERT OR REPLACE INTO property VALUES (?, ?)", arguments: [name, value])
    }
  }

  static func identity(in database: Database, file: String) throws -> PoolIdentity? {
    var properties: [String: String] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT name, value FROM property") {
      properties[try row.decode(String.self, forColumn: "name")] = try row.decode(String.self, forColumn: "value")
    }
    if properties.isEmpty { return nil }
    func value(_ name: String) throws -> String {
      guard let value = properties[name] else { throw PoolError(.damaged, file: file, "property \(name) is missing") }
      return value
    }
    guard let seed = UInt64(try value("seed")), let shard = Shard(try value("shard")) else {
      throw PoolError(.damaged, file: file, "the properties seed and shard make no sense")
    }
    return PoolIdentity(
      seeds: try value("seeds"), prompts: try value("prompts"), teacher: try value("teacher"),
      teacherFingerprint: try value("teacher_fingerprint"), settings: try value("settings"), seed: seed, shard: shard)
  }
}
