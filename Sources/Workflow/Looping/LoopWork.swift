import EvolInstruct
import Formats
import Foundation
import Recipe
import Report

/// The stages of a loop, one after the other.
final class LoopWork {
  let run: LoopRun
  let events: @Sendable (LoopEvent) -> Void
  var ledger: StageLedger
  /// Stages that an earlier start had done.
  private(set) var skipped: Set<LoopStage> = []

  var recipe: LoopRecipe { run.recipe }
  var folder: LoopFolder { run.folder }

  init(_ run: LoopRun, events: @escaping @Sendable (LoopEvent) -> Void) throws(FormatError) {
    self.run = run
    self.events = events
    ledger = try StageLedger(run.folder)
  }

  func run() async throws -> LoopSummary {
    try AtomicFile.write(recipe.canonicalYAML, to: folder.recipe)
    let stopped = LoopSummary(ending: .interrupted, outcome: nil)
    guard try await evolve(), try await makeData(), try await makeVocabulary() else { return stopped }
    for arm in [LoopReport.Arm.Kind.seeds, .evolved] {
      guard try await train(arm) else { return stopped }
    }
    let items = try prepareTest()
    for arm in LoopReport.Arm.Kind.allCases {
      guard try await evaluate(arm, items) else { return stopped }
    }
    return LoopSummary(ending: .finished, outcome: try await conclude(items))
  }

  /// Whether the work was told to stop.
  var isStopped: Bool { Task.isCancelled }

  /// Does a stage unless it is done.
  ///
  /// - Parameters:
  ///   - fingerprint: of everything that decides what the stage makes.
  ///   - keeping: whether what other inputs made may be gone on with.
  ///   - body: the work; false where it was stopped.
  /// - Returns: Whether it is done.
  func stage(
    _ stage: LoopStage, of fingerprint: Fingerprint, keeping: Bool = false, _ body: () async throws -> Bool
  ) async throws -> Bool {
    if isStopped { return false }
    let (standing, setAside) = try ledger.begin(stage, of: fingerprint.text, keeping: keeping)
    if let setAside { events(.note("\(stage.rawValue): other inputs than before; what they made lies in \(setAside)")) }
    if standing == .done {
      skipped.insert(stage)
      events(.skipped(stage))
      return true
    }
    events(.began(stage))
    let clock = ContinuousClock()
    let start = clock.now
    let isDone: Bool
    do {
      isDone = try await body()
    } catch {
      try ledger.end(stage, isDone: false, seconds: (clock.now - start) / .seconds(1))
      throw error
    }
    try ledger.end(stage, isDone: isDone, seconds: (clock.now - start) / .seconds(1))
    if isDone { events(.ended(stage, seconds: ledger.entries[stage]?.seconds ?? 0)) }
    return isDone
  }
}

// MARK: - From seeds to data

extension LoopWork {
  /// What decides which rows the pool has; with another number of rounds, another budget or sample the same one is gone on
  /// with.
  private func poolFingerprint() throws -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(recipe.evolve.trajectoryYAML)
    try run.evolve.addInputs(to: &fingerprint)
    return fingerprint
  }

  private func evolveFingerprint() throws -> Fingerprint {
    var fingerprint = try poolFingerprint()
    let evolve = recipe.evolve
    fingerprint.add("\(evolve.rounds) rounds, \(evolve.budget), rated: \(evolve.rateDifficulty ?? 0)")
    return fingerprint
  }

  func evolve() async throws -> Bool {
    let pool = try poolFingerprint().text
    let mark = folder.evolve + "/inputs"
    let isSamePool = (try? String(contentsOfFile: mark, encoding: .utf8)) == pool + "\n"
    return try await stage(.evolve, of: evolveFingerprint(), keeping: isSamePool) {
      try FileManager.default.createDirectory(atPath: folder.evolve, withIntermediateDirectories: true)
      try AtomicFile.write(pool + "\n", to: mark)
      let events = events
      let summary = try await run.evolve.start { events(.evolve($0)) }
      if case .budgetExhausted(let limit) = summary.ending {
        events(.note("the budget of \(limit) has no room for more; the loop goes on with what there is"))
      }
      return summary.ending != .interrupted
    }
  }

  func dataFingerprint() throws -> Fingerprint {
    var fingerprint = try evolveFingerprint()
    fingerprint.add("sample \(recipe.evolve.sample ?? 0)")
    if !recipe.evolve.isBuiltin { fingerprint.add("held out \(recipe.evaluate.heldOut)") }
    for path in recipe.evaluate.test { try fingerprint.add(file: path) }
    return fingerprint
  }

  func makeData() async throws -> Bool {
    try await stage(.data, of: dataFingerprint()) {
      try LoopData(recipe: recipe, seedCount: run.evolving.seeds)
        .write(pool: EvolveConfiguration.pool(in: folder.evolve), to: folder)
      return true
    }
  }
}

extension EvolveRun {
  /// Adds what is evolved, with which prompts, by whom, and what it is held against.
  func addInputs(to fingerprint: inout Fingerprint) throws(FormatError) {
    fingerprint.add(Seed.fingerprint(of: seeds))
    fingerprint.add(prompts.fingerprint)
    switch configuration.teacher {
    case .builtin(let world): fingerprint.add(ComputedTeacher(world: world).fingerprint)
    case .endpoints(_, let model): fingerprint.add(model)
    case .model(let choice): fingerprint.add(try LocalTeacher.fingerprint(of: choice, template: ""))
    }
    for path in configuration.testSets { try fingerprint.add(file: path) }
  }
}
