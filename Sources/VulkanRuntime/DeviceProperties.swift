/// What the engine must know of a device, read once. A plain value: kernels choose by it, caches are keyed by it, and a
/// test can make one up.
public struct DeviceProperties: Sendable, Hashable, Codable {
  /// The kind of device, in order of preference.
  public enum Kind: String, Sendable, Hashable, Codable {
    case discrete, integrated, virtual, cpu, other

    var rank: Int {
      switch self {
      case .discrete: 0
      case .integrated: 1
      case .virtual: 2
      case .cpu: 3
      case .other: 4
      }
    }
  }

  public var name: String
  public var type: Kind
  public var vendorID: UInt32
  public var deviceID: UInt32
  /// The driver's own name and version, such as `llvmpipe` and `Mesa 22.3.6 (LLVM 15.0.6)`.
  public var driverName: String
  public var driverInfo: String
  public var driverVersion: UInt32
  /// Vulkan version of the device, such as `1.3.238`.
  public var apiVersion: String
  /// `pipelineCacheUUID` in hexadecimal: changes with driver and device.
  public var pipelineCacheUUID: String

  /// Sum of the heaps in which the engine can allocate device buffers: bytes, by the driver's account.
  public var memoryBytes: Int
  /// Host and device share one memory: transfers need no copy.
  public var unifiedMemory: Bool

  /// The default number of invocations of a subgroup, and the range from which a pipeline may require one.
  public var subgroupSize: Int
  public var minSubgroupSize: Int
  public var maxSubgroupSize: Int
  /// A compute pipeline can require a subgroup size (`VK_EXT_subgroup_size_control`).
  public var subgroupSizeControl: Bool

  /// Largest range of one storage-buffer binding, in bytes; a larger tensor is bound in row ranges.
  public var maxStorageBufferRange: Int
  /// Offsets of bindings are multiples of this many bytes; 256 at the most.
  public var storageBufferAlignment: Int
  public var maxStorageBuffers: Int
  public var maxAllocationBytes: Int
  public var maxPushConstantBytes: Int
  public var maxWorkgroupInvocations: Int
  public var maxWorkgroupCount: Int
  public var sharedMemoryBytes: Int
  /// Nanoseconds a tick of a timestamp query; 0 where the compute queue has none.
  public var timestampPeriod: Double

  // Offered by the device; the engine's base kernels need none of these.
  public var shaderFloat16: Bool
  public var storage16Bit: Bool
  public var shaderInt8: Bool
  public var shaderInt64: Bool
  public var memoryBudget: Bool
  public var pipelineStatistics: Bool
  public var cooperativeMatrix: Bool
}
