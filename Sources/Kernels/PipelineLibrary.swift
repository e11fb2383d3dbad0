import Shaders
import Synchronization
public import VulkanRuntime

/// The pipelines of one device, each compiled at its first use.
public final class PipelineLibrary: Sendable {
  public let device: Device
  private let pipelines = Mutex<[KernelVariant: Pipeline]>([:])

  public init(_ device: Device) { self.device = device }

  /// The pipeline of `variant`.
  /// - Throws: what the driver's compiler reports.
  public func pipeline(_ variant: KernelVariant) throws(VulkanError) -> Pipeline {
    if let known = pipelines.withLock({ $0[variant] }) { return known }
    // Compiled outside the lock: two threads that want the same one at once may both compile it; one is kept.
    let new = try Pipeline(
      device, name: variant.name, spirv: variant.shader.spirv,
      bindings: variant.shader.bindings.map(Access.init), pushBytes: variant.shader.pushBytes,
      constants: variant.constants, subgroupSize: variant.subgroupSize)
    return pipelines.withLock { pipelines in
      if let known = pipelines[variant] { return known }
      pipelines[variant] = new
      return new
    }
  }

  /// Every variant that has been compiled.
  public var compiled: Set<KernelVariant> { pipelines.withLock { Set($0.keys) } }
}

extension Access {
  init(_ access: Shader.Access) {
    switch access {
    case .read: self = .read
    case .write: self = .write
    case .readWrite: self = .readWrite
    }
  }
}

extension Recorder {
  /// Appends `dispatches`.
  /// - Parameter label: names them in profiles and errors; nil for the variant's name.
  public mutating func record(
    _ dispatches: [Dispatch], with library: PipelineLibrary, label: String? = nil
  ) throws(VulkanError) {
    for dispatch in dispatches {
      try self.dispatch(
        library.pipeline(dispatch.variant), dispatch.buffers, push: dispatch.push,
        groups: (dispatch.groups.x, dispatch.groups.y, dispatch.groups.z), cost: dispatch.cost,
        divisible: dispatch.variant.shader.divisible, label: label ?? dispatch.variant.name)
    }
  }
}
