import Formats
public import Kernels
public import TensorGraph
import VulkanRuntime

/// A model with its weights on a device.
///
/// Not `Sendable`: one owner replays its programs.
public final class LoadedModel {
  public struct Options: Sendable {
    /// A type of blocks, into which plain matrices are rounded while they are loaded; nil leaves them as they are.
    public var quantize: DType?

    public init(quantize: DType? = nil) { self.quantize = quantize }
  }

  public let configuration: ModelConfiguration
  public let store: TensorStore
  public let library: PipelineLibrary
  /// Bytes of the weights on the device.
  public let weightBytes: Int
  /// Matrices that could not be quantised as asked, because their rows are no whole blocks.
  public let notQuantized: [String]

  public var shape: LLaMA { configuration.shape }

  /// Loads a model.
  /// - Parameters:
  ///   - adapter: low-rank updates to be applied to it.
  ///   - progress: called with the bytes read and to be read.
  /// - Throws: `FormatError` for what is wrong with the files, `GraphError.outOfMemory` before anything is allocated.
  public static func load(
    _ source: ModelSource, adapter: Adapter? = nil, options: Options = Options(), with library: PipelineLibrary,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> LoadedModel {
    var configuration = source.configuration
    var stored: [StoredParameter] = []
    for parameter in configuration.shape.parameters { stored.append(try source.stored(parameter)) }
    for item in stored where !item.parameter.isMatrix && item.type.isQuantized {
      throw item.tensor.error(.unsupported, "a vector of type \(item.type.name)")
    }
    let types = Dictionary(uniqueKeysWithValues: stored.map { ($0.parameter.name, $0.type) })
    let refused = configuration.shape.chooseTypes(types, quantize: options.quantize)
    if let adapter {
      configuration.shape.lora = adapter.lora
      stored += try adapter.stored(for: configuration.shape)
    }
    let model = try LoadedModel(configuration, notQuantized: refused, with: library)
    let loader = WeightLoader(store: model.store)
    let total = stored.reduce(0) { $0 + $1.tensor.byteCount }
    var done = 0
    for item in stored {
      try loader.load(item)
      done += item.tensor.byteCount
      progress(done, total)
    }
    return model
  }

  /// Allocates a model with random weights, for measuring.
  /// - Parameter type: of every matrix.
  public static func random(
    _ configuration: ModelConfiguration, type: DType, seed: UInt64 = 1, with library: PipelineLibrary
  ) throws -> LoadedModel {
    var configuration = configuration
    let stored = configuration.shape.parameters.map {
      ($0.name, $0.isMatrix && type.isQuantized ? .f32 : $0.isMatrix ? type.elementType ?? .f32 : .f32)
    }
    let refused = configuration.shape.chooseTypes(
      Dictionary(uniqueKeysWithValues: stored), quantize: type.isQuantized ? type : nil)
    let model = try LoadedModel(configuration, notQuantized: refused, with: library)
    var weights = RandomWeights(seed: seed)
    for parameter in configuration.shape.parameters {
      try weights.fill(model.store[parameter.name]!, on: library.device)
    }
    return model
  }

  /// A model over weights that lie in a store already, under the names of their parameters: one that is being trained.
  public init(_ configuration: ModelConfiguration, sharing store: TensorStore, with library: PipelineLibrary) {
    self.configuration = configuration
    self.store = store
    self.library = library
    notQuantized = []
    weightBytes = 0
  }

  /// Allocates the weights.
  private init(
    _ configuration: ModelConfiguration, notQuantized: [String], with library: PipelineLibrary
  ) throws(GraphError) {
    let shape = configuration.shape
    let tensors = (shape.parameters + shape.loraParameters).map {
      (name: $0.name, type: TensorType($0.shape, shape.type(of: $0)))
    }
    let bytes = tensors.reduce(0) { $0 + ($1.type.byteCount + 255) / 256 * 256 }
    let free = library.device.physical.freeBytes
    guard bytes <= free else {
      let largest = tensors.map { MemoryPlan.Resident(name: $0.name, bytes: $0.type.byteCount) }
        .sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
      throw .outOfMemory(needed: bytes, available: free, largest: Array(largest.prefix(8)))
    }
    let store = TensorStore(library.device)
    try store.add(tensors, purpose: "the model's weights", clearing: false)
    self.configuration = configuration
    self.store = store
    self.library = library
    self.notQuantized = notQuantized
    weightBytes = bytes
  }
}
