import Formats
import Foundation
import KernelBenchmark
import Kernels
public import Recipe
import Report
import TensorGraph
import Text
public import Training
public import TrainingData
public import VulkanRuntime

/// A fine-tune as one piece of work: a recipe in, events meanwhile, a summary out.
///
///     let run = try TrainRun(recipe, on: device)
///     let summary = try run.start(isStopped: { false }) { event in … }
///
/// Everything lies in the recipe's output folder. A run that was stopped, however, goes on from its last checkpoint when
/// it is started again, and ends in the bytes of one that was never stopped. Not `Sendable`: one owner trains.
public final class TrainRun {
  public let recipe: Recipe
  public let memory: TrainingMemory
  /// Trained parameters, padding not counted.
  public let trainedCount: Int
  /// Matrices that stay as they are because their rows are no whole blocks of the base's type.
  public let notQuantized: [String]
  /// Operations of a micro-step (`TrainingPlan.leastOperations`).
  private let leastOperations: Double
  let inputs: TrainInputs
  let folder: RunFolder
  let library: PipelineLibrary

  public var report: DataReport { inputs.data.report }
  public var stepCount: Int { inputs.batches.stepCount }
  public var epochCount: Int { inputs.batches.epochCount }
  public var exampleCount: Int { inputs.data.examples.count }
  public var validationCount: Int { inputs.data.validation.count }

  /// Reads and checks model, data and output folder, and plans the memory; writes nothing and allocates nothing.
  ///
  /// - Parameter progress: bytes of the data that have been read, and that there are.
  /// - Throws: `TrainError`, which names the recipe's field or the file.
  public init(
    _ recipe: Recipe, on device: Device, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(TrainError) {
    self.recipe = recipe
    folder = RunFolder(path: recipe.output)
    library = PipelineLibrary(device)
    do {
      inputs = try TrainInputs(recipe, progress: progress)
      try folder.check(recipe, fingerprint: inputs.data.fingerprint)
      let plan = try TrainingPlan(
        inputs.configuration, source: inputs.source, options: inputs.options, in: device.kernelContext)
      memory = try plan.check(available: device.physical.freeBytes)
      trainedCount = plan.trainedCount
      notQuantized = plan.notQuantized
      leastOperations = plan.leastOperations
    } catch {
      throw TrainError(error)
    }
  }

  /// Bytes that the run's folder takes at the most: the checkpoints, and the result beside them.
  public var diskBytes: Int { memory.diskBytes(keeping: recipe.save.keep) + memory.parameters }

  /// Bytes that are free on the device.
  public var freeBytes: Int { library.device.physical.freeBytes }

  /// Bytes that the run's folder may take: what is free there, and what it takes already.
  public var freeDiskBytes: Int? { folder.freeBytes }

  /// Seconds that the run takes where it reaches half the speed of the device's best matrix product, which is measured.
  /// - Throws: `TrainError`.
  public func estimatedSeconds() throws(TrainError) -> Double {
    do {
      let peak = try Stopwatch(library.device, library: library, quick: true)
        .productRate(inputs.options.precision, quick: true)
      return Double(stepCount * recipe.batch.accumulate) * leastOperations / (peak / 2)
    } catch {
      throw TrainError(error)
    }
  }

  /// Trains, from wherever the folder stands.
  ///
  /// - Parameters:
  ///   - isStopped: asked between steps; true saves a checkpoint and ends the run as `interrupted`.
  ///   - events: told as it goes on.
  public func start(
    isStopped: () -> Bool, events: @escaping (TrainEvent) -> Void = { _ in }
  ) throws(TrainError) -> TrainSummary {
    do {
      if let free = freeDiskBytes, free < diskBytes {
        throw TrainError.field(
          "output",
          "the checkpoints and the result need \(formatted(bytes: diskBytes)), and the disk has "
            + "\(formatted(bytes: free)); free some, name another disk or keep fewer (save: keep: 1)")
      }
      let loop = try TrainLoop(self, events: events)
      return try loop.run(isStopped: isStopped)
    } catch {
      throw TrainError(error)
    }
  }

  func makeSession(_ events: (TrainEvent) -> Void) throws -> TrainingSession {
    guard let source = inputs.source else {
      return try TrainingSession.fresh(inputs.configuration, options: inputs.options, with: library)
    }
    return try TrainingSession.load(source, options: inputs.options, with: library) {
      events(.loading(done: $0, total: $1))
    }
  }
}
