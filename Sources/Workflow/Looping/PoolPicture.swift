import Pool
import Report
import Synchronization

/// A pool as the page of a loop shows it.
struct PoolPicture {
  private let pool: Pool
  /// Seeds whose lineages are shown.
  private static let lineageCount = 3

  init(_ pool: Pool) { self.pool = pool }

  func value(_ yields: YieldTable, isBuiltin: Bool) async throws -> LoopReport.Pool {
    let counts = Mutex(Counts())
    try await pool.forEachRow { row in
      counts.withLock { counts in
        if let added = row.wordsAdded, row.operation?.limitsWordsAdded == true {
          counts.wordsAdded[added, default: 0] += 1
        }
        guard row.verdict == .kept, let difficulty = row.difficulty else { return }
        let place = min(max(Int(difficulty.rounded()), 1), 10) - 1
        counts.difficulties[row.id.round, default: [Int](repeating: 0, count: 10)][place] += 1
      }
    }
    let found = counts.withLock { $0 }
    return LoopReport.Pool(
      rounds: yields.rounds.map {
        LoopReport.Pool.Round(
          $0.round, kept: $0.kept, removed: $0.removed, duplicates: $0.duplicates, contaminated: $0.contaminated,
          meanWords: $0.kept > 0 ? $0.meanWords : nil, difficulties: found.difficulties[$0.round] ?? [])
      },
      yields: Self.yields(yields), wordsAdded: found.wordsAdded,
      difficultySource: isBuiltin ? "Known from the tasks' structure" : "Rated by the teacher")
  }

  private struct Counts {
    var wordsAdded: [Int: Int] = [:]
    var difficulties: [Int: [Int]] = [:]
  }

  /// Finished evolutions: rounds, then operations and rules in the order of the paper.
  private static func yields(_ yields: YieldTable) -> [LoopReport.Pool.Yield] {
    var result: [LoopReport.Pool.Yield] = []
    for round in yields.rounds where round.round > 0 {
      for operation in EvolvingOperation.allCases {
        func add(_ rule: EliminationRule?, _ count: Int) {
          guard count > 0 else { return }
          result.append(
            .init(round: round.round, operation: name(operation), rule: rule.map(name), count: count))
        }
        add(nil, yields.count(round: round.round, operation: operation, verdict: .kept))
        for rule in EliminationRule.allCases {
          add(rule, yields.count(round: round.round, operation: operation, rule: rule))
        }
      }
    }
    return result
  }

  /// The lineage of which most was kept, and those of the next seeds.
  func lineages() async throws -> [LoopReport.Lineage] {
    guard let first = try await pool.deepestLineage() else { return [] }
    var lineages: [LoopReport.Lineage] = []
    for seed in first..<(first + Self.lineageCount) {
      let rows = try await pool.lineage(seed: seed)
      guard let root = rows.first(where: { $0.parent == nil }) else { continue }
      lineages.append(Self.tree(root, of: rows))
    }
    return lineages
  }

  private static func tree(_ row: InstructionRow, of rows: [InstructionRow]) -> LoopReport.Lineage {
    let evolution = row.operation.map {
      LoopReport.Lineage.Evolution(
        round: row.id.round, operation: name($0), removedBy: row.rule.map(name), wordsAdded: row.wordsAdded)
    }
    // A parent is of an earlier round, so that this ends.
    let children = rows.filter { $0.parent == row.id && $0.id.round > row.id.round }
    return LoopReport.Lineage(
      row.prompt, answer: row.output, evolution: evolution, difficulty: row.difficulty,
      children: children.map { tree($0, of: rows) })
  }

  private static func name(_ operation: EvolvingOperation) -> String { operation.rawValue.replacing("_", with: " ") }
  private static func name(_ rule: EliminationRule) -> String { rule.rawValue.replacing("_", with: " ") }
}
