import Kernels
import LanguageModel
import TensorGraph
import VulkanRuntime

/// The bytes of a training run on a device, and of its checkpoints on the disk, by what they are for.
public struct TrainingMemory: Sendable, Hashable {
  /// Weights that are not trained.
  public var frozenWeights: Int
  /// Trained parameters in f32, and their copies in 16 bits where there are any.
  public var parameters: Int
  /// f32.
  public var gradients: Int
  /// Both of AdamW's, f32.
  public var moments: Int
  /// What lies between the layers at the peak.
  public var activations: Int
  /// Scratch memory of kernels at the peak.
  public var workspace: Int
  /// Tokens, tables and the control block.
  public var inputs: Int
  /// Bytes of one checkpoint.
  public var checkpoint: Int

  /// Bytes on the device.
  public var totalBytes: Int {
    frozenWeights + parameters + gradients + moments + activations + workspace + inputs
  }

  /// Bytes that the checkpoints take at once: while a new one is written, the old ones are still there.
  public func diskBytes(keeping count: Int) -> Int { checkpoint * (count + 1) }

  /// What takes room on the device, the largest first.
  public var parts: [(name: String, bytes: Int)] {
    let parts = [
      ("frozen weights", frozenWeights), ("trained parameters", parameters), ("gradients", gradients),
      ("moments of the optimizer", moments), ("activations", activations), ("workspace", workspace),
      ("inputs and tables", inputs),
    ]
    return parts.filter { $0.1 > 0 }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map { (name: $0.0, bytes: $0.1) }
  }

  /// One line for each part.
  public var summary: String {
    parts.map { "  \(formatted(bytes: $0.bytes))  \($0.name)" }.joined(separator: "\n")
  }
}

/// One change of a recipe that makes training need less memory.
public enum TrainingChange: String, Sendable, Hashable, CaseIterable {
  case checkpointing, microBatchOfOne, halfLength, lora, quantizedBase

  /// What to write into the recipe.
  var advice: String {
    switch self {
    case .checkpointing: "activation_checkpointing: true"
    case .microBatchOfOne: "batch: micro: 1, and accumulate as many times more"
    case .halfLength: "data: length: half of what it is"
    case .lora: "method: lora"
    case .quantizedBase: "method: qlora, with lora: base: q4_0"
    }
  }

  /// The options with the change; nil where they have it already.
  func applied(to options: TrainingOptions) -> TrainingOptions? {
    var changed = options
    switch self {
    case .checkpointing:
      guard !options.checkpointed else { return nil }
      changed.checkpointed = true
    case .microBatchOfOne:
      guard options.micro > 1 else { return nil }
      changed.micro = 1
    case .halfLength:
      guard options.length > 1 else { return nil }
      changed.length = options.length / 2
    case .lora:
      guard options.method == .full else { return nil }
      changed.method = .lora(.init(rank: 16, alpha: 32))
    case .quantizedBase:
      guard options.method.base != .q4_0 else { return nil }
      changed.method = .quantizedLoRA(options.method.lora ?? .init(rank: 16, alpha: 32), base: .q4_0)
    }
    return changed
  }
}

extension TrainingPlan {
  /// What the run needs, from the plans of its programs; nothing is allocated.
  /// - Throws: `GraphError`.
  public func memory() throws -> TrainingMemory {
    let plans = try [
      plan(micro.graph, outputs: []), plan(Graph.optimizer(layout), outputs: []),
      plan(evaluation.graph, outputs: [evaluation.nll]),
    ]
    let largest = plans.max { $0.arenaBytes < $1.arenaBytes }!  // three of them
    let scratch = largest.peak.residents.filter { $0.name.hasSuffix("(workspace)") }.reduce(0) { $0 + $1.bytes }
    let elements = layout.groups.reduce(0, +)
    let copies = layout.copyType == nil ? 0 : 2 * elements
    let weights = frozen.reduce(0) { $0 + aligned($1.type.byteCount) }
    // Weights and slabs are counted by themselves; the rest of what a program reads is small.
    let known = Set(plans[0].externals.map(micro.graph.name(of:))).intersection(
      trained.flatMap { [$0.name, SlabLayout.gradientName(of: $0.name)] } + frozen.map(\.parameter.name))
    let inputs = plans[0].externals.filter { !known.contains(micro.graph.name(of: $0)) }
      .reduce(0) { $0 + aligned(micro.graph.type(of: $1).byteCount) }
    return TrainingMemory(
      frozenWeights: weights, parameters: 4 * elements + copies, gradients: 4 * elements, moments: 8 * elements,
      activations: largest.arenaBytes - min(scratch, largest.arenaBytes), workspace: min(scratch, largest.arenaBytes),
      inputs: inputs, checkpoint: 12 * elements + copies + Checkpoint.overhead)
  }

  private func plan(_ graph: Graph, outputs: [Value]) throws(GraphError) -> MemoryPlan {
    var graph = graph
    graph.fuse(keeping: outputs)
    return try MemoryPlan(graph, outputs: outputs, in: context)
  }

  /// The changes of which each alone makes the run fit.
  /// - Parameter available: bytes on the device.
  public func changes(toFit available: Int) throws -> [TrainingChange] {
    try TrainingChange.allCases.filter { change in
      guard let options = change.applied(to: options) else { return false }
      let plan = try TrainingPlan(configuration, stored: stored, options: options, in: context)
      return try plan.memory().totalBytes <= available
    }
  }

  /// - Throws: `TrainingError.outOfMemory` unless the run fits.
  /// - Returns: what it needs.
  @discardableResult
  public func check(available: Int) throws -> TrainingMemory {
    let memory = try memory()
    guard memory.totalBytes <= available else {
      throw TrainingError.outOfMemory(memory, available: available, changes: try changes(toFit: available))
    }
    return memory
  }
}

/// Tensors begin at multiples of 256 bytes.
private func aligned(_ bytes: Int) -> Int { (bytes + 255) / 256 * 256 }
