import EvolInstruct
import Formats
import Pool
import Randomness
import Recipe
import Report

/// The rows of a pool as the data of the two trained models, `seeds.jsonl` and `evolved.jsonl`, and the rows that no model
/// is trained on, `heldout.jsonl`. The folder appears whole.
struct LoopData {
  /// How many rows there are.
  struct Counts: Equatable {
    var seeds = 0
    /// The seeds among them.
    var evolved = 0
    var heldOut = 0
    /// Rows that a test has, or nearly.
    var leftOut = 0
  }

  let recipe: LoopRecipe
  /// Seeds that went into the pool.
  let seedCount: Int

  /// The families that are held out: seeds with all that they were evolved into. Which ones follows from the recipe's
  /// seed alone; at least one, and never all.
  var families: Set<Int> {
    guard !recipe.evolve.isBuiltin, recipe.evaluate.test.isEmpty, seedCount > 1 else { return [] }
    let count = min(max(Int((Double(seedCount) * recipe.evaluate.heldOut).rounded()), 1), seedCount - 1)
    var generator = SplitMix64(state: recipe.evolve.seed)
    return Set((0..<seedCount).shuffled(using: &generator).prefix(count))
  }

  /// Splits a pool.
  ///
  /// - Throws: `FormatError`, `PoolError`, `LoopError` where a model would have nothing to learn or nothing to be asked.
  func write(pool path: String, to folder: LoopFolder) throws {
    let pool = try Pool(reading: path)
    let output = try AtomicFolder(path: folder.data, replacing: true)
    let families = families
    var (heldOut, counts) = (HeldOutTexts(), Counts())
    for file in recipe.evaluate.test { try heldOut.index.add(file: file) }
    var rejected = try AtomicFile(path: output.file("heldout.jsonl"))
    try forEachRow(pool) { row in
      guard families.contains(row.id.seed) else { return }
      heldOut.texts.insert(HeldOutTexts.plain(row.prompt))
      try rejected.append(HeldOutItem(row).json.encoded() + "\n")
      counts.heldOut += 1
    }
    try rejected.commit()
    func isLearned(_ row: InstructionRow) -> Bool {
      !families.contains(row.id.seed) && !heldOut.contains(row.prompt)
    }
    func line(_ row: InstructionRow) -> String { ExportFormat.jsonl.value(of: row).encoded() + "\n" }
    var seeds = try AtomicFile(path: output.file("seeds.jsonl"))
    // In an order of their own, which more rounds do not change.
    try forEachRow(pool, rounds: 0...0) { row in
      guard isLearned(row) else { return }
      try seeds.append(line(row))
      counts.seeds += 1
    }
    var evolved = try AtomicFile(path: output.file("evolved.jsonl"))
    try forEachRow(pool) { row in
      guard isLearned(row) else {
        counts.leftOut += families.contains(row.id.seed) ? 0 : 1
        return
      }
      guard counts.evolved < recipe.evolve.sample ?? Int.max else { return }
      try evolved.append(line(row))
      counts.evolved += 1
    }
    try check(counts)
    try seeds.commit()
    try evolved.commit()
    try AtomicFile.write(counts.json.encoded(indent: 2) + "\n", to: output.file("counts.json"))
    try output.commit()
  }

  private func check(_ counts: Counts) throws(LoopError) {
    guard counts.seeds > 0 else {
      throw .field(
        "evolve.seeds", "no seed has an answer, and the model of the seeds alone would have nothing to learn")
    }
    if !recipe.evolve.isBuiltin, recipe.evaluate.test.isEmpty, counts.heldOut == 0 {
      throw .field("evaluate.held_out", "nothing that was held out was answered; hold more out or name evaluate.test")
    }
  }

  /// Every kept and answered row, of all of the recipe's rounds unless told otherwise, in the order of an export.
  private func forEachRow(
    _ pool: Pool, rounds: ClosedRange<Int>? = nil, _ body: (InstructionRow) throws -> Void
  ) throws {
    var rows = try ExportedRows(
      pool, RowFilter(rounds: rounds ?? 0...recipe.evolve.rounds), shuffleSeed: recipe.evolve.seed)
    while true {
      let some = try rows.next(1024)
      if some.isEmpty { return }
      for row in some { try body(row) }
    }
  }
}

/// The texts that no training row may be, or share 13 words in a row with.
private struct HeldOutTexts {
  var texts: Set<String> = []
  var index = TestSetIndex()

  /// The text without what makes no difference to a reader.
  static func plain(_ text: String) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  func contains(_ text: String) -> Bool { texts.contains(Self.plain(text)) || index.match(text) != nil }
}

extension LoopData.Counts {
  var json: JSONValue {
    [
      "seeds": .integer(seeds), "evolved": .integer(evolved), "held_out": .integer(heldOut),
      "left_out": .integer(leftOut),
    ]
  }

  init(path: String) throws(FormatError) {
    let file = try JSONField(path: path)
    seeds = try file["seeds"].integer()
    evolved = try file["evolved"].integer()
    heldOut = try file["held_out"].integer()
    leftOut = try file["left_out"].integer()
  }
}
