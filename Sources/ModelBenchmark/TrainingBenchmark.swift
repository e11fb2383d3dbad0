import KernelBenchmark
public import Kernels
public import LanguageModel
import TensorGraph
public import Training
import TrainingData
import VulkanRuntime

/// Measures how fast a model with random weights trains, against the best matrix product of its device.
public struct TrainingBenchmark {
  public struct Report: Sendable, Codable {
    public var device: String
    public var driver: String
    /// `full`, `lora` or `qlora`.
    public var method: String
    /// Type of what flows between the layers.
    public var precision: String
    public var checkpointing: Bool
    public var parameters: Int
    public var trainedParameters: Int
    /// Rows of a sequence, and sequences of a micro-batch.
    public var length: Int
    public var micro: Int
    /// Bytes planned for the device, and held at the most.
    public var plannedBytes: Int
    public var peakBytes: Int
    /// From the shape to a plan of the memory.
    public var planSeconds: Double
    /// From there to a session: planned once more, allocated, recorded, filled with weights.
    public var preparationSeconds: Double
    /// The first step of one micro-batch, in which drivers compile what they have not in a cache.
    public var firstStepSeconds: Double
    /// The median of the steps after it.
    public var stepSeconds: Double
    public var steps: Int
    public var tokensPerSecond: Double
    /// Of one step dispatch by dispatch; nil where the device has no timestamps.
    public var forwardSeconds: Double?
    public var backwardSeconds: Double?
    public var optimizerSeconds: Double?
    /// Dispatches, copies and fills of a micro-step, and the barriers among them.
    public var commands: Int
    public var barriers: Int
    /// Operations of a step over 1e9: what the method needs at the least, nothing computed twice.
    public var gigaoperations: Double
    public var gigaflops: Double
    /// Of the best matrix product measured in this run.
    public var productGigaflops: Double
    public var shareOfProduct: Double
  }

  private let configuration: ModelConfiguration
  private let options: TrainingOptions
  private let steps: Int
  /// Small enough that no model diverges while it is measured.
  private static let learningRate = 1e-6

  /// - Parameter steps: those measured after the first.
  public init(_ configuration: ModelConfiguration, options: TrainingOptions, steps: Int = 3) {
    precondition(steps > 0, "\(steps) steps")
    self.configuration = configuration
    self.options = options
    self.steps = steps
  }

  /// - Parameters:
  ///   - profiling: called at the end with where the time of each phase goes, as a table.
  ///   - progress: called with what is going to be measured.
  /// - Throws: `TrainingError.outOfMemory` with what would fit; `GraphError`.
  public func run(
    with library: PipelineLibrary, profiling: ((_ phase: String, _ table: String) -> Void)? = nil,
    progress: (String) -> Void = { _ in }
  ) throws -> Report {
    let device = library.device
    progress("planning")
    let planSeconds = try time {
      let plan = try TrainingPlan(configuration, source: nil, options: options, in: device.kernelContext)
      try plan.check(available: device.physical.freeBytes)
    }
    progress("memory and weights")
    var made: TrainingSession?
    let preparing = try time { made = try TrainingSession.fresh(configuration, options: options, with: library) }
    let session = made!  // or it has thrown
    progress("the first step")
    var batches = batches()
    let first = try session.step(batches.step(at: 0), learningRate: Self.learningRate)
    progress("\(steps) steps")
    var samples: [Double] = []
    for index in 1...steps {
      samples.append(try session.step(batches.step(at: index), learningRate: Self.learningRate).seconds)
    }
    progress("each phase")
    let profile = try session.profile(batches.step(at: steps), learningRate: Self.learningRate)
    if let profiling, let profile {
      for (name, part) in [("forward", profile.forward), ("backward", profile.backward)] {
        profiling(name, part.table(nodes: 12))
      }
      profiling("optimizer", profile.optimizer.table(nodes: 0))
    }
    let peak = device.peakAllocatedBytes
    progress("the best matrix product")
    let product = try Stopwatch(device, library: library).productRate(options.precision)
    return report(
      session,
      Times(
        plan: planSeconds, preparing: preparing, first: first.seconds, step: samples.sorted()[samples.count / 2],
        profile: profile),
      peak: peak, product: product)
  }

  private struct Times {
    var plan, preparing, first, step: Double
    var profile: StepProfile?
  }

  private func report(_ session: TrainingSession, _ times: Times, peak: Int, product: Double) -> Report {
    let device = session.library.device
    let operations = session.plan.leastOperations
    let counts = session.microStepCommands
    return Report(
      device: device.properties.name, driver: device.properties.driverInfo, method: options.method.name,
      precision: options.precision.name, checkpointing: options.checkpointed,
      parameters: configuration.shape.parameterCount, trainedParameters: session.plan.trainedCount,
      length: options.length, micro: options.micro, plannedBytes: session.memory.totalBytes, peakBytes: peak,
      planSeconds: times.plan, preparationSeconds: times.preparing, firstStepSeconds: times.first,
      stepSeconds: times.step, steps: steps, tokensPerSecond: Double(options.rows) / times.step,
      forwardSeconds: times.profile?.forward.seconds, backwardSeconds: times.profile?.backward.seconds,
      optimizerSeconds: times.profile?.optimizer.seconds, commands: counts.commands, barriers: counts.barriers,
      gigaoperations: operations * 1e-9, gigaflops: operations / times.step * 1e-9,
      productGigaflops: product * 1e-9, shareOfProduct: operations / times.step / product)
  }

  /// Sequences of made-up tokens, one a step's every place; all of them are learned.
  private func batches() -> BatchPlan {
    let vocabulary = configuration.shape.vocabulary
    let examples = (0..<(steps + 1) * options.micro).map { sequence in
      Example(
        place: RowPlace(file: "random", line: sequence + 1),
        ids: (0..<options.length).map { ($0 * 7919 + sequence * 104_729 + 1) % vocabulary },
        isTrained: [Bool](repeating: true, count: options.length))
    }
    return BatchPlan(
      examples,
      batches: .init(length: options.length, micro: options.micro, packing: false, shuffle: false),
      extent: .steps(steps + 1))
  }

  private func time(_ body: () throws -> Void) rethrows -> Double {
    let elapsed = try ContinuousClock().measure(body).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }
}

extension TrainingOptions.Method {
  /// As a recipe calls it.
  fileprivate var name: String {
    switch self {
    case .full: "full"
    case .lora: "lora"
    case .quantizedLoRA: "qlora"
    }
  }
}
