import CVulkan
import FoundationEssentials

/// An opened device with one compute queue.
///
/// Shared by reference: buffers, pipelines and recordings keep the `VkDevice` alive, so handles are always destroyed
/// before it. Submission is serialised inside, so a `Device` is `Sendable`.
public final class Device: Sendable {
  public let properties: DeviceProperties
  public let physical: PhysicalDevice
  public let options: Options
  let logical: LogicalDevice
  let memory: MemoryPool
  let queue: Queue
  let pipelineCache: PipelineCache
  /// Messages of the validation layer so far.
  public var validation: ValidationLog { physical.instance.validation }

  public struct Options: Sendable {
    /// Capture compiler statistics with every pipeline (slower compiles on some drivers).
    public var capturesStatistics = false
    /// Transfer through staging buffers even where device memory can be mapped: how the path of discrete cards is
    /// tested on a device that needs none.
    public var alwaysStages = false
    /// Folder of the pipeline cache files; nil keeps no cache on disk.
    public var cacheFolder: String? = PipelineCache.defaultFolder

    public init() {}
  }

  /// Opens `physical`.
  /// - Throws: `missingFeature` with the first thing it lacks, or what the driver reports.
  public init(_ physical: PhysicalDevice, options: Options = Options()) throws(VulkanError) {
    if let feature = physical.missingFeatures.first {
      throw .missingFeature(feature: feature, device: physical.properties.name)
    }
    self.physical = physical
    self.options = options
    properties = physical.properties
    let statistics = options.capturesStatistics && properties.pipelineStatistics
    logical = try Self.open(physical, statistics: statistics)
    memory = MemoryPool(logical, physical, alwaysStages: options.alwaysStages)
    queue = try Queue(logical, family: physical.queueFamily)
    pipelineCache = PipelineCache(logical, properties, folder: options.cacheFolder)
  }

  /// Opens the device that `asked` names, or the best one.
  /// - Parameters:
  ///   - asked: an index or a part of a name; nil for the environment's `EVOLCANO_DEVICE`, else the best.
  ///   - validating: nil for the environment's `EVOLCANO_VALIDATION` (any value but 0).
  public static func open(
    _ asked: String? = nil, validating: Bool? = nil, options: Options = Options()
  ) throws(VulkanError) -> Device {
    let environment = ProcessInfo.processInfo.environment
    let validating = validating ?? ((environment["EVOLCANO_VALIDATION"] ?? "0") != "0")
    let instance = try Instance(validating: validating)
    let selection = try DeviceSelection(
      from: instance.devices(), asked: asked ?? environment["EVOLCANO_DEVICE"])
    return try Device(selection.device, options: options)
  }

  private static func open(_ physical: PhysicalDevice, statistics: Bool) throws(VulkanError) -> LogicalDevice {
    var chain = StructureChain()
    chain.add { (features: inout VkPhysicalDeviceVulkan12Features) in features.timelineSemaphore = 1 }
    if physical.properties.shaderInt64 {
      chain.add { (features: inout VkPhysicalDeviceFeatures2) in features.features.shaderInt64 = 1 }
    }
    var extensions: [String] = []
    if physical.properties.subgroupSizeControl {
      chain.add { (features: inout VkPhysicalDeviceSubgroupSizeControlFeatures) in
        features.subgroupSizeControl = 1
      }
      // Core in Vulkan 1.3; naming the extension as well is right on both.
      if physical.extensions.contains("VK_EXT_subgroup_size_control") {
        extensions.append("VK_EXT_subgroup_size_control")
      }
    }
    if physical.properties.memoryBudget { extensions.append("VK_EXT_memory_budget") }
    if statistics {
      extensions.append("VK_KHR_pipeline_executable_properties")
      chain.add { (features: inout VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR) in
        features.pipelineExecutableInfo = 1
      }
    }
    var device: VkDevice?
    var priority: Float = 1
    let head = chain.head
    let result = withUnsafePointer(to: &priority) { priority in
      let queue = VkDeviceQueueCreateInfo.make {
        $0.queueFamilyIndex = physical.queueFamily
        $0.queueCount = 1
        $0.pQueuePriorities = priority
      }
      return withUnsafePointer(to: queue) { queue in
        withCStrings(extensions) { extensions in
          var info = VkDeviceCreateInfo.make {
            $0.pNext = UnsafeRawPointer(head)
            $0.queueCreateInfoCount = 1
            $0.pQueueCreateInfos = queue
            $0.enabledExtensionCount = UInt32(extensions.count)
            $0.ppEnabledExtensionNames = extensions.baseAddress
          }
          return vkCreateDevice(physical.handle, &info, nil, &device)
        }
      }
    }
    try check(result, "vkCreateDevice")
    return LogicalDevice(device!, of: physical.instance)
  }

  /// Bytes of device memory that this process holds now.
  public var allocatedBytes: Int { memory.allocatedBytes }
  /// The most bytes of device memory that this process has held at once.
  public var peakAllocatedBytes: Int { memory.peakBytes }

  /// Waits until the device has finished everything that was submitted.
  public func waitIdle() throws(VulkanError) {
    try check(vkDeviceWaitIdle(logical.handle), "vkDeviceWaitIdle")
  }

  /// Writes the pipeline cache to disk now (it is also written when the device closes).
  public func savePipelineCache() { pipelineCache.save() }
}
