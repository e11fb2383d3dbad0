public import Kernels
public import LanguageModel
public import TensorGraph
import VulkanRuntime

/// A model in training on a device: the programs of a micro-step, of the optimizer and of measuring, over one store of
/// weights, gradients and moments.
///
/// ```swift
/// let session = try TrainingSession.load(source, options: options, with: PipelineLibrary(device))
/// let result = try session.step(step, learningRate: 1e-4)
/// ```
///
/// Same device, driver, build, options and steps give the same bits, with or without a stop and resume between them. Not
/// `Sendable`: one owner trains.
public final class TrainingSession {
  public let plan: TrainingPlan
  public let memory: TrainingMemory
  public let store: TensorStore
  public let library: PipelineLibrary
  /// The step that comes next, from 0; skipped ones are counted.
  public internal(set) var stepIndex = 0
  let micro: Program
  let optimizer: Program
  let arena: Arena
  private var measuring: Program?

  public var options: TrainingOptions { plan.options }
  public var configuration: ModelConfiguration { plan.configuration }
  var device: Device { library.device }
  /// The name of the control block's state.
  static let controlName = "control"

  /// Loads a model into a session; low-rank updates start as PEFT starts them.
  /// - Parameter progress: called with the bytes read and to be read.
  /// - Throws: `FormatError` for what is wrong with the files; `TrainingError.outOfMemory` before anything is allocated.
  public static func load(
    _ source: ModelSource, options: TrainingOptions, with library: PipelineLibrary,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> TrainingSession {
    let plan = try TrainingPlan(
      source.configuration, source: source, options: options, in: library.device.kernelContext)
    let session = try TrainingSession(plan, with: library)
    try session.loadWeights(source, progress: progress)
    return session
  }

  /// A session with fresh weights, a function of the options' seed.
  public static func fresh(
    _ configuration: ModelConfiguration, options: TrainingOptions, with library: PipelineLibrary
  ) throws -> TrainingSession {
    let plan = try TrainingPlan(configuration, source: nil, options: options, in: library.device.kernelContext)
    let session = try TrainingSession(plan, with: library)
    try session.initialiseWeights()
    return session
  }

  /// Allocates and compiles; no weight is written.
  private init(_ plan: TrainingPlan, with library: PipelineLibrary) throws {
    self.plan = plan
    self.library = library
    memory = try plan.check(available: library.device.physical.freeBytes)
    store = TensorStore(library.device)
    try store.add(
      plan.frozen.map { (name: $0.parameter.name, type: $0.type) }, purpose: "the frozen weights", clearing: false)
    try store.add(plan.layout)
    try store.tensor(Self.controlName, .controlBlock)
    try store.write(bytes: Self.controlBlock(plan.options).bytes, to: Self.controlName)
    arena = try Arena(library.device, byteCount: memory.activations + memory.workspace)
    var compiling = Program.Options()
    compiling.arena = arena
    micro = try Program.compile(plan.micro.graph, outputs: [], with: library, store: store, options: compiling)
    optimizer = try Program.compile(
      Graph.optimizer(plan.layout), outputs: [], with: library, store: store, options: compiling)
  }

  private static func controlBlock(_ options: TrainingOptions) -> ControlBlock {
    let scaling = options.precision == .f16 ? options.lossScaling : nil
    return ControlBlock(
      beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon, maximumNorm: options.maximumNorm,
      lossScale: scaling?.first ?? 1, growthInterval: scaling?.growthInterval)
  }

  /// The control block as the last step left it.
  public func control() throws(GraphError) -> ControlBlock {
    ControlBlock(bytes: try store.readBytes(Self.controlName))!  // the store has it in its size
  }

  /// The program that measures, compiled when it is first used.
  func evaluation() throws(GraphError) -> Program {
    if let measuring { return measuring }
    var compiling = Program.Options()
    compiling.arena = arena
    let program = try Program.compile(
      plan.evaluation.graph, outputs: [plan.evaluation.nll], with: library, store: store, options: compiling)
    measuring = program
    return program
  }

  /// The declared orders of summation of everything that a step computes (`Program.summationOrders`).
  public var summationOrders: [String] {
    Set(micro.summationOrders + optimizer.summationOrders).sorted()
  }
}
