import GRDB

/// The tables of a pool.
///
/// `instruction` has every instruction ever made, whatever became of it; `call` every call to the teacher; `property`
/// the identity.
enum PoolSchema {
  /// "EvPl", which SQLite keeps in the header of the file for the program that made it.
  static let applicationID = 0x4576_506C
  static let version = 1

  static func create(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE instruction (
          seed INTEGER NOT NULL, round INTEGER NOT NULL, parent_round INTEGER, operation TEXT,
          instruction TEXT NOT NULL, input TEXT NOT NULL, output TEXT NOT NULL,
          state TEXT, difficulty REAL, words_added INTEGER,
          verdict TEXT NOT NULL, rule TEXT, evidence TEXT,
          PRIMARY KEY (round, seed)
        ) WITHOUT ROWID;
        CREATE INDEX instruction_verdict ON instruction (round, verdict, seed);
        CREATE INDEX instruction_lineage ON instruction (seed, round, verdict);
        CREATE TABLE call (
          id INTEGER PRIMARY KEY,
          seed INTEGER NOT NULL, round INTEGER NOT NULL, kind TEXT NOT NULL,
          prompt TEXT NOT NULL, reply TEXT NOT NULL, truncated INTEGER NOT NULL, state TEXT, difficulty REAL,
          model TEXT NOT NULL, sampling TEXT NOT NULL, sampling_seed INTEGER NOT NULL,
          prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, latency REAL NOT NULL,
          problem TEXT
        );
        CREATE UNIQUE INDEX call_once ON call (round, seed, kind) WHERE problem IS NULL;
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        """)
  }

  /// Whether the file is new (nothing in it) rather than a pool of this version; anything else is an error in words.
  static func isNew(_ database: Database, file: String) throws -> Bool {
    let id = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    if id == applicationID {
      guard version == Self.version else {
        throw PoolError(.notAPool, file: file, "is a pool of version \(version); this program reads \(Self.version)")
      }
      return false
    }
    let tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
    guard id == 0, tables == 0 else { throw PoolError(.notAPool, file: file, "is a database, but no Evolcano pool") }
    return true
  }
}
