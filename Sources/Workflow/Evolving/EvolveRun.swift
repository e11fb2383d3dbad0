import EvolInstruct
import Formats
import Foundation
import Pool

/// Evol-Instruct as one piece of work: a configuration in, events meanwhile, a summary out.
///
///     let run = try await EvolveRun(configuration)
///     let summary = try await run.start { event in … }
///
/// What is made lies in the output folder: the pool, and a training file of all that was kept. A run that was stopped,
/// however, goes on where it was when it is started again; one that was finished is read again and makes no call.
public struct EvolveRun: Sendable {
  public let configuration: EvolveConfiguration
  public let estimate: EvolveEstimate
  let seeds: [Seed]
  let prompts: PromptSet
  private let testSets: TestSetIndex?

  /// Reads and checks seeds, prompts and test sets, and estimates; writes nothing, opens no device and asks nobody.
  public init(_ configuration: EvolveConfiguration) async throws(EvolveError) {
    if let problem = configuration.problem { throw .usage(problem) }
    self.configuration = configuration
    let options = configuration.options
    do throws(FormatError) {
      seeds = try Self.seeds(of: configuration)
      prompts = try configuration.prompts.map { path throws(FormatError) in try PromptSet(folder: path) } ?? .standard
      var index = TestSetIndex()
      for path in configuration.testSets { try index.add(file: path) }
      testSets = configuration.testSets.isEmpty ? nil : index
    } catch { throw .file(error) }
    var (spent, latency): (Usage, Double?) = (Usage(), nil)
    let path = EvolveConfiguration.pool(in: configuration.output)
    if FileManager.default.fileExists(atPath: path) {
      do throws(PoolError) {
        let pool = try Pool(reading: path)
        spent = try await pool.usage()
        latency = try await pool.meanLatency()
      } catch { throw EvolveError(error) }
    }
    let count = seeds.indices.count { options.shard.contains(seed: $0) }
    estimate = EvolveEstimate(
      Estimate(seeds: seeds, prompts: prompts, options: options), seeds: count, options: options,
      teacher: configuration.teacher, spent: spent, latency: latency)
  }

  private static func seeds(of configuration: EvolveConfiguration) throws(FormatError) -> [Seed] {
    switch (configuration.seeds, configuration.teacher) {
    case (.file(let path), _): try Seed.read(path: path)
    case (.builtin(let count), .builtin(let world)):
      ComputedTeacher.seeds(count: count, seed: configuration.options.seed, world: world)
    case (.builtin, .model), (.builtin, .endpoints):
      preconditionFailure("a configuration without a problem has seeds that its teacher can evolve")
    }
  }

  /// Evolves, from wherever the pool stands.
  ///
  /// A cancelled task is no error: calls under way are given up, what was replied is kept, and the summary says
  /// `interrupted`.
  ///
  /// - Parameter events: told from any thread, one at a time a row.
  public func start(
    events: @escaping @Sendable (EvolveEvent) -> Void = { _ in }
  ) async throws(EvolveError) -> EvolveSummary {
    let clock = ContinuousClock()
    let began = clock.now
    let pool = try openPool()
    let teacher = try makeTeacher(events)
    let meter = ProgressMeter(rounds: configuration.options.rounds)
    let evolution = Evolution(
      pool: pool, teacher: teacher, prompts: prompts, options: configuration.options, testSets: testSets)
    let result: Result<Evolution.Ending, EvolutionError>
    do throws(EvolutionError) {
      result = .success(try await evolution.run(seeds: seeds) { events(.progress(meter.measure($0))) })
    } catch { result = .failure(error) }
    await teacher.shutDown()
    let ending: EvolveSummary.Ending
    switch result {
    case .success(.finished): ending = .finished
    case .success(.budgetExhausted(let limit)): ending = .budgetExhausted(limit)
    case .failure(.cancelled): ending = .interrupted
    case .failure(let error): throw .evolution(error)
    }
    let seconds = (clock.now - began) / .seconds(1)
    let before = estimate.spent.calls
    // A task of its own: this one may be cancelled, and what there is shall be told all the same.
    let closing = Task { () async -> Result<EvolveSummary, PoolError> in
      do throws(PoolError) {
        return .success(
          try await summary(ending, pool, callsBefore: before, seconds, (teacher as? LocalTeacher)?.promptTokens))
      } catch { return .failure(error) }
    }
    do throws(PoolError) { return try await closing.value.get() } catch { throw EvolveError(error) }
  }

  private func openPool() throws(EvolveError) -> Pool {
    do {
      try FileManager.default.createDirectory(atPath: configuration.output, withIntermediateDirectories: true)
    } catch {
      throw .output("\(configuration.output): cannot be made a folder; take another output")
    }
    do throws(PoolError) {
      return try Pool(path: EvolveConfiguration.pool(in: configuration.output))
    } catch { throw EvolveError(error) }
  }

  private func makeTeacher(_ events: @escaping @Sendable (EvolveEvent) -> Void) throws(EvolveError) -> any Teacher {
    let concurrency = configuration.options.concurrency
    switch configuration.teacher {
    case .builtin(let world): return ComputedTeacher(world: world)
    case .endpoints(let addresses, let model):
      do throws(TeacherError) {
        return try EndpointTeacher(
          endpoints: addresses, model: model, key: configuration.key, options: .init(concurrency: concurrency))
      } catch { throw .teacher("\(error)") }
    case .model(let choice):
      do {
        return try LocalTeacher.load(choice, concurrency: concurrency, events: events)
      } catch { throw .teacher("\(error)") }
    }
  }

  private func summary(
    _ ending: EvolveSummary.Ending, _ pool: Pool, callsBefore: Int, _ seconds: Double,
    _ promptTokens: (computed: Int, shared: Int)?
  ) async throws(PoolError) -> EvolveSummary {
    let spent = try await pool.usage()
    var export: EvolveSummary.Export?
    if ending != .interrupted, configuration.isExporting {
      let path = EvolveConfiguration.training(in: configuration.output)
      let rows = try await pool.export(
        to: path, as: .jsonl, limit: configuration.sample, shuffleSeed: configuration.options.seed)
      export = EvolveSummary.Export(path: path, rows: rows)
    }
    try pool.checkpoint()
    return EvolveSummary(
      ending: ending, pool: pool.path, yields: try await pool.yieldTable(), spent: spent,
      calls: spent.calls - callsBefore, seconds: seconds, cost: configuration.options.budget.price?.cost(of: spent),
      export: export, promptTokens: promptTokens)
  }
}
