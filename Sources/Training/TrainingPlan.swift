import Formats
public import Kernels
public import LanguageModel
public import TensorGraph
import VulkanRuntime

/// Everything about a training run that follows from model and options, before a byte is allocated: the graphs, which
/// parameter is trained and in which type each lies, and where slabs hold them.
public struct TrainingPlan: Sendable {
  public let options: TrainingOptions
  public let configuration: ModelConfiguration
  /// Types of the parameters in the files; empty for a model with fresh weights.
  let stored: [String: ElementType]
  /// The model with its types, updates and trained parameters.
  public let shape: LLaMA
  /// Forward and backward pass of one micro-batch, its gradients added to the slabs.
  let micro: MicroStep
  /// The loss of each row of a micro-batch, without dropout.
  let evaluation: Evaluation
  public let layout: SlabLayout
  /// Projections that stay as they are because their rows are no whole blocks of the base's type.
  public let notQuantized: [String]
  let context: KernelContext

  struct MicroStep: Sendable {
    var graph: Graph
    var inputs: LLaMA.Inputs
    var targets: Value
    /// f32[T].
    var nll: Value
  }

  struct Evaluation: Sendable {
    var graph: Graph
    var inputs: LLaMA.Inputs
    var targets: Value
    /// f32[T].
    var nll: Value
  }

  /// - Parameter source: the model's files; nil for fresh weights.
  /// - Throws: `FormatError` where files lack a parameter, `TrainingError.unsuitable`, `GraphError`.
  public init(
    _ configuration: ModelConfiguration, source: ModelSource?, options: TrainingOptions, in context: KernelContext
  ) throws {
    var stored: [String: ElementType] = [:]
    if let source {
      for parameter in configuration.shape.parameters { stored[parameter.name] = try source.stored(parameter).type }
    }
    try self.init(configuration, stored: stored, options: options, in: context)
  }

  init(
    _ configuration: ModelConfiguration, stored: [String: ElementType], options: TrainingOptions,
    in context: KernelContext
  ) throws {
    try options.check(configuration)
    var shape = configuration.shape
    notQuantized = shape.prepare(for: options, stored: stored)
    let micro = try Self.microStep(shape, rows: options.rows)
    layout = micro.graph.slabLayout(slabBytes: context.device.maxStorageBufferRange) { name, _ in
      options.weightDecay(of: name)
    }
    evaluation = try Self.evaluation(shape, rows: options.rows)
    self.options = options
    self.configuration = configuration
    self.stored = stored
    self.shape = shape
    self.micro = micro
    self.context = context
  }

  private static func microStep(_ shape: LLaMA, rows: Int) throws(GraphError) -> MicroStep {
    let built = try shape.training(rows: rows)
    var graph = built.graph
    // The gradients read the control block before the loss is added to it, so that loss and gradients can share one
    // projection onto the vocabulary.
    let control = try graph.controlBlock()
    try graph.accumulateGradients(of: built.loss.sum, scale: control, withRespectTo: graph.trainableParameters)
    _ = try graph.addLoss(built.loss.nll, to: control, name: "loss sum")
    return MicroStep(graph: graph, inputs: built.inputs, targets: built.targets, nll: built.loss.nll)
  }

  private static func evaluation(_ shape: LLaMA, rows: Int) throws(GraphError) -> Evaluation {
    var shape = shape
    shape.lora?.dropout = 0
    shape.dropout = 0
    shape.checkpointed = false
    let built = try shape.scoring(rows: rows)
    return Evaluation(graph: built.graph, inputs: built.inputs, targets: built.targets, nll: built.nll)
  }

  /// Parameters that are not trained, with their types on the device.
  var frozen: [(parameter: ModelParameter, type: TensorType)] {
    guard options.method != .full else { return [] }
    return shape.parameters.map { ($0, TensorType($0.shape, shape.type(of: $0))) }
  }

  /// Parameters that are trained.
  var trained: [ModelParameter] { options.method == .full ? shape.parameters : shape.loraParameters }

  /// Number of trained parameters, padding not counted.
  public var trainedCount: Int { trained.reduce(0) { $0 + $1.shape.reduce(1, *) } }
}

extension LLaMA {
  /// Sets types, updates and what is trained.
  /// - Parameter stored: types in the files.
  /// - Returns: the projections that could not be quantised as asked.
  fileprivate mutating func prepare(for options: TrainingOptions, stored: [String: ElementType]) -> [String] {
    dtype = options.precision
    weightTypes = [:]
    checkpointed = options.checkpointed
    lora = options.method.lora
    guard options.method != .full else {
      trains = { _ in true }
      return []
    }
    trains = { $0.contains(".lora_") }
    var refused: [String] = []
    for parameter in parameters {
      let type = stored[parameter.name]?.dtype ?? .f32
      if !parameter.isMatrix {
        // A frozen vector costs nothing in f32 and loses nothing; a bias is added in the type that flows.
        if !parameter.name.hasSuffix(".bias") { weightTypes[parameter.name] = .f32 }
      } else if type.isQuantized {
        weightTypes[parameter.name] = type
      } else if let base = options.method.base, parameter.layer != nil {
        if parameter.shape[1] % (base.blockColumns ?? 1) == 0 {
          weightTypes[parameter.name] = base
        } else {
          refused.append(parameter.name)
        }
      }
    }
    return refused
  }
}
