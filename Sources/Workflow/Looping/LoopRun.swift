import EvolInstruct
import Formats
import Foundation
import KernelBenchmark
import Kernels
import LanguageModel
public import Recipe
import Report
import Text
public import Training
public import VulkanRuntime

/// The whole loop as one piece of work: a recipe in, events meanwhile, a page and a model out.
///
///     let run = try await LoopRun(recipe, on: device)
///     let summary = try await run.start { event in … }
///
/// Seeds are evolved; a model is trained on the seeds alone, another one of the same start on as many tokens of seeds and
/// evolved instructions; both and the untrained one are asked what neither has seen. Everything lies in the recipe's
/// output folder. A stage whose inputs have not changed is not done again; one that was stopped goes on; what other inputs
/// made is set aside in `earlier`.
public struct LoopRun: Sendable {
  public let recipe: LoopRecipe
  /// What evolving takes.
  public let evolving: EvolveEstimate
  /// What training one of the models takes on the device.
  public let memory: TrainingMemory
  /// Trained parameters, padding not counted.
  public let trainedCount: Int
  /// Operations of a token of training, at the least.
  private let operationsPerToken: Double
  let evolve: EvolveRun
  let device: Device
  let folder: LoopFolder

  /// Reads and checks the recipe's files, and plans; writes nothing and asks nobody.
  ///
  /// - Parameters:
  ///   - teacherDevice: of a teacher on this machine, as `Device.open` takes it; nil for the best.
  ///   - key: sent to servers as a bearer token.
  /// - Throws: `LoopError`, which names the recipe's field or the file.
  public init(
    _ recipe: LoopRecipe, on device: Device, teacherDevice: String? = nil, key: String? = nil
  ) async throws(LoopError) {
    self.recipe = recipe
    self.device = device
    folder = LoopFolder(path: recipe.output)
    let configuration = try recipe.evolveConfiguration(
      output: LoopFolder(path: recipe.output).evolve, device: teacherDevice, key: key)
    do throws(EvolveError) { evolve = try await EvolveRun(configuration) } catch { throw .evolve(error) }
    evolving = evolve.estimate
    do {
      let options = TrainingOptions(recipe.train)
      let (configuration, source) = try Self.model(recipe.train.model, options)
      let plan = try TrainingPlan(configuration, source: source, options: options, in: device.kernelContext)
      memory = try plan.check(available: device.physical.freeBytes)
      trainedCount = plan.trainedCount
      operationsPerToken = plan.leastOperations / Double(options.rows)
    } catch {
      throw .train(TrainError(error), run: "train")
    }
  }

  /// The model that is trained, with its tokenizer checked where there is one already.
  private static func model(
    _ model: Recipe.Model, _ options: TrainingOptions
  ) throws -> (ModelConfiguration, ModelSource?) {
    switch model {
    case .random(let shape):
      let configuration = ModelConfiguration(shape)
      if let path = shape.tokenizer {
        let tokenizer = try TokenizerFiles(model: URL(filePath: path)).tokenizer
        try options.check(configuration, tokenizer: tokenizer, vocabularyField: "random.vocabulary")
      }
      return (configuration, nil)
    case .path(let path):
      let source = try ModelSource(path: path)
      try options.check(source.configuration, tokenizer: source.tokenizer())
      return (source.configuration, source)
    }
  }

  /// Tokens that each of the two models sees, where the recipe says it.
  public var tokens: Int? { if case .tokens(let count) = recipe.train.duration { count } else { nil } }

  /// What the teacher is, for a user to read; nil where its name says it.
  public var teacherDescription: String? {
    guard case .builtin(let world) = evolve.configuration.teacher else { return nil }
    return TeacherChoice.builtinDescription(world)
  }

  /// Bytes that are free on the device.
  public var freeBytes: Int { device.physical.freeBytes }

  /// Seconds that training both models takes at half the speed of the device's best matrix product, which is measured;
  /// nil where the number of tokens is not known before the data is there.
  /// - Throws: `LoopError`.
  public func estimatedTrainingSeconds() throws(LoopError) -> Double? {
    guard let tokens else { return nil }
    do {
      let peak = try Stopwatch(device, library: PipelineLibrary(device), quick: true)
        .productRate(TrainingOptions(recipe.train).precision, quick: true)
      return 2 * Double(tokens) * operationsPerToken / (peak / 2)
    } catch {
      throw LoopError(error)
    }
  }

  /// Does what is not done yet, from wherever the folder stands.
  ///
  /// A cancelled task is no error: what is under way is saved, and the summary says `interrupted`.
  ///
  /// - Parameter events: told as it goes on, from any thread.
  public func start(
    events: @escaping @Sendable (LoopEvent) -> Void = { _ in }
  ) async throws(LoopError) -> LoopSummary {
    do {
      try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    } catch {
      throw .field("output", "\(folder.path) cannot be made a folder; name another one")
    }
    do {
      // Two loops at once in one folder would set one another's work aside.
      let lock = try AppendFile(path: folder.lock)
      let work = try LoopWork(self, events: events)
      let summary = try await work.run()
      try lock.flush()  // keeps the lock to here
      return summary
    } catch {
      throw LoopError(error)
    }
  }
}
