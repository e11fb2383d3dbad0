import GRDB

extension InstructionRow {
  init(row: Row) throws {
    let seed = try row.decode(Int.self, forColumn: "seed")
    let parent = try row.decode(Int?.self, forColumn: "parent_round")
    self.init(
      id: RowID(seed: seed, round: try row.decode(Int.self, forColumn: "round")),
      parent: parent.map { RowID(seed: seed, round: $0) },
      operation: try Self.known(row, "operation"),
      instruction: try row.decode(String.self, forColumn: "instruction"),
      input: try row.decode(String.self, forColumn: "input"),
      output: try row.decode(String.self, forColumn: "output"),
      state: try row.decode(String?.self, forColumn: "state"),
      difficulty: try row.decode(Double?.self, forColumn: "difficulty"),
      wordsAdded: try row.decode(Int?.self, forColumn: "words_added"),
      verdict: try Self.known(row, "verdict") ?? .pending,
      rule: try Self.known(row, "rule"), evidence: try row.decode(String?.self, forColumn: "evidence"))
  }

  /// A word of ours out of a column; an unknown one is damage.
  private static func known<Word: RawRepresentable<String>>(_ row: Row, _ column: String) throws -> Word? {
    guard let text = try row.decode(String?.self, forColumn: column) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(column) has the unknown value \(text)")
    }
    return word
  }

  /// Writes the row, in place of what was there.
  func save(in database: Database) throws {
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO instruction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      id.seed, id.round, parent?.round, operation?.rawValue, instruction, input, output, state, difficulty, wordsAdded,
      verdict.rawValue, rule?.rawValue, evidence,
    ])
  }
}

extension CallRecord {
  init(row: Row) throws {
    let kind = try row.decode(String.self, forColumn: "kind")
    guard let known = CallKind(rawValue: kind) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "kind has the unknown value \(kind)")
    }
    self.init(
      row: RowID(
        seed: try row.decode(Int.self, forColumn: "seed"), round: try row.decode(Int.self, forColumn: "round")),
      kind: known, prompt: try row.decode(String.self, forColumn: "prompt"),
      reply: try row.decode(String.self, forColumn: "reply"),
      isTruncated: try row.decode(Bool.self, forColumn: "truncated"),
      state: try row.decode(String?.self, forColumn: "state"),
      difficulty: try row.decode(Double?.self, forColumn: "difficulty"),
      model: try row.decode(String.self, forColumn: "model"),
      sampling: try row.decode(String.self, forColumn: "sampling"),
      seed: UInt64(bitPattern: try row.decode(Int64.self, forColumn: "sampling_seed")),
      promptTokens: try row.decode(Int.self, forColumn: "prompt_tokens"),
      completionTokens: try row.decode(Int.self, forColumn: "completion_tokens"),
      latency: try row.decode(Double.self, forColumn: "latency"),
      problem: try row.decode(String?.self, forColumn: "problem"))
  }

  func insert(in database: Database) throws {
    try database.cachedStatement(
      sql: "INSERT INTO call VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      row.seed, row.round, kind.rawValue, prompt, reply, isTruncated, state, difficulty, model, sampling,
      Int64(bitPattern: seed), promptTokens, completionTokens, latency, problem,
    ])
  }
}
