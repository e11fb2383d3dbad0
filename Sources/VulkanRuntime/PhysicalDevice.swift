import CVulkan
import FoundationEssentials

/// A device that the loader has found, not yet opened.
public struct PhysicalDevice: Sendable {
  // Owned by the instance, which `instance` keeps alive.
  nonisolated(unsafe) let handle: VkPhysicalDevice
  let instance: Instance
  let queueFamily: UInt32
  public let properties: DeviceProperties
  /// Names of the device extensions.
  let extensions: Set<String>
  private let timelineSemaphores: Bool
  private let version: UInt32

  /// Nil for a device without a compute queue.
  init?(_ handle: VkPhysicalDevice, of instance: Instance) throws(VulkanError) {
    var familyCount: UInt32 = 0
    vkGetPhysicalDeviceQueueFamilyProperties(handle, &familyCount, nil)
    var families = [VkQueueFamilyProperties](repeating: .init(), count: Int(familyCount))
    vkGetPhysicalDeviceQueueFamilyProperties(handle, &familyCount, &families)
    let compute = families.firstIndex { $0.queueFlags & VK_QUEUE_COMPUTE_BIT.rawValue != 0 }
    guard let compute else { return nil }
    let extensionList = try enumerate(
      "vkEnumerateDeviceExtensionProperties", empty: VkExtensionProperties()
    ) { vkEnumerateDeviceExtensionProperties(handle, nil, $0, $1) }
    let extensions = Set(extensionList.map { text($0.extensionName) })

    self.handle = handle
    self.instance = instance
    self.queueFamily = UInt32(compute)
    self.extensions = extensions
    let reading = Reading(handle, extensions: extensions)
    properties = reading.deviceProperties(timestampBits: families[compute].timestampValidBits)
    timelineSemaphores = reading.timelineSemaphores
    version = reading.version
  }

  /// What the engine can not do without, by name; empty for a usable device.
  public var missingFeatures: [String] {
    var missing: [String] = []
    if version < CVK_API_VERSION_1_2 { missing.append("Vulkan 1.2 (it offers \(properties.apiVersion))") }
    if !timelineSemaphores { missing.append("timeline semaphores") }
    return missing
  }

  /// Bytes that can still be allocated for device buffers: the driver's budget where it tells, the whole heaps where
  /// not; on CPU devices what the host has available, since some report a fixed heap.
  public var freeBytes: Int {
    if properties.type == .cpu, let available = availableHostBytes() { return available }
    var chain = StructureChain()
    let budget: UnsafeMutablePointer<VkPhysicalDeviceMemoryBudgetPropertiesEXT> = chain.add()
    var memory = VkPhysicalDeviceMemoryProperties2.make {
      if properties.memoryBudget { $0.pNext = chain.head }
    }
    vkGetPhysicalDeviceMemoryProperties2(handle, &memory)
    let heaps = MemoryHeaps(memory.memoryProperties, of: properties.type)
    return heaps.usable.reduce(0) { sum, heap in
      guard properties.memoryBudget else { return sum + heaps.bytes(of: heap) }
      let (budgets, usages) = (budget.pointee.heapBudget, budget.pointee.heapUsage)
      let total = withUnsafeBytes(of: budgets) { $0.bindMemory(to: VkDeviceSize.self)[heap] }
      let used = withUnsafeBytes(of: usages) { $0.bindMemory(to: VkDeviceSize.self)[heap] }
      return sum + Int(clamping: total) - min(Int(clamping: used), Int(clamping: total))
    }
  }
}

/// One reading of a device's properties and features.
private struct Reading {
  private var base = VkPhysicalDeviceProperties2.make()
  private var v11 = VkPhysicalDeviceVulkan11Properties.make()
  private var v12 = VkPhysicalDeviceVulkan12Properties.make()
  private var sizeControl = VkPhysicalDeviceSubgroupSizeControlProperties.make()
  private var features = VkPhysicalDeviceFeatures2.make()
  private var features12 = VkPhysicalDeviceVulkan12Features.make()
  private var features16 = VkPhysicalDeviceVulkan11Features()
  private var sizeControlFeatures = VkPhysicalDeviceSubgroupSizeControlFeatures.make()
  private var statisticsFeatures = VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR.make()
  private var memory = VkPhysicalDeviceMemoryProperties2.make()
  private let extensions: Set<String>

  var version: UInt32 { base.properties.apiVersion }
  var timelineSemaphores: Bool { features12.timelineSemaphore != 0 }

  init(_ handle: VkPhysicalDevice, extensions: Set<String>) {
    self.extensions = extensions
    vkGetPhysicalDeviceMemoryProperties2(handle, &memory)
    vkGetPhysicalDeviceProperties2(handle, &base)
    // Structs of a version that the device does not have may not be chained.
    guard base.properties.apiVersion >= CVK_API_VERSION_1_2 else { return }
    let controlsSize =
      extensions.contains("VK_EXT_subgroup_size_control") || base.properties.apiVersion >= CVK_API_VERSION_1_3
    let hasStatistics = extensions.contains("VK_KHR_pipeline_executable_properties")

    var chain = StructureChain()
    let v11Node: UnsafeMutablePointer<VkPhysicalDeviceVulkan11Properties> = chain.add()
    let v12Node: UnsafeMutablePointer<VkPhysicalDeviceVulkan12Properties> = chain.add()
    var sizeNode: UnsafeMutablePointer<VkPhysicalDeviceSubgroupSizeControlProperties>?
    if controlsSize { sizeNode = chain.add() }
    base.pNext = chain.head
    vkGetPhysicalDeviceProperties2(handle, &base)
    (v11, v12) = (v11Node.pointee, v12Node.pointee)
    if let sizeNode { sizeControl = sizeNode.pointee }

    var featureChain = StructureChain()
    let f12Node: UnsafeMutablePointer<VkPhysicalDeviceVulkan12Features> = featureChain.add()
    let f11Node: UnsafeMutablePointer<VkPhysicalDeviceVulkan11Features> = featureChain.add()
    var controlNode: UnsafeMutablePointer<VkPhysicalDeviceSubgroupSizeControlFeatures>?
    if controlsSize { controlNode = featureChain.add() }
    var statisticsNode: UnsafeMutablePointer<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>?
    if hasStatistics { statisticsNode = featureChain.add() }
    features.pNext = featureChain.head
    vkGetPhysicalDeviceFeatures2(handle, &features)
    (features12, features16) = (f12Node.pointee, f11Node.pointee)
    if let controlNode { sizeControlFeatures = controlNode.pointee }
    if let statisticsNode { statisticsFeatures = statisticsNode.pointee }
  }

  func deviceProperties(timestampBits: UInt32) -> DeviceProperties {
    let (core, limits) = (base.properties, base.properties.limits)
    let heaps = MemoryHeaps(memory.memoryProperties, of: kind)
    let controlsSize =
      sizeControlFeatures.subgroupSizeControl != 0
      && sizeControl.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT.rawValue != 0
    let subgroup = Int(v11.subgroupSize)
    return DeviceProperties(
      name: text(core.deviceName), type: kind, vendorID: core.vendorID, deviceID: core.deviceID,
      driverName: text(v12.driverName), driverInfo: text(v12.driverInfo), driverVersion: core.driverVersion,
      apiVersion:
        "\(cvk_version_major(version)).\(cvk_version_minor(version)).\(cvk_version_patch(version))",
      pipelineCacheUUID: hexadecimal(core.pipelineCacheUUID),
      memoryBytes: kind == .cpu
        ? availableHostBytes() ?? heaps.totalUsableBytes : heaps.totalUsableBytes,
      unifiedMemory: heaps.unified, subgroupSize: subgroup,
      minSubgroupSize: controlsSize ? Int(sizeControl.minSubgroupSize) : subgroup,
      maxSubgroupSize: controlsSize ? Int(sizeControl.maxSubgroupSize) : subgroup,
      subgroupSizeControl: controlsSize,
      maxStorageBufferRange: Int(limits.maxStorageBufferRange),
      storageBufferAlignment: Int(limits.minStorageBufferOffsetAlignment),
      maxStorageBuffers: Int(limits.maxPerStageDescriptorStorageBuffers),
      maxAllocationBytes: Int(clamping: v11.maxMemoryAllocationSize),
      maxPushConstantBytes: Int(limits.maxPushConstantsSize),
      maxWorkgroupInvocations: Int(limits.maxComputeWorkGroupInvocations),
      maxWorkgroupCount: Int(limits.maxComputeWorkGroupCount.0),
      sharedMemoryBytes: Int(limits.maxComputeSharedMemorySize),
      timestampPeriod: timestampBits == 0 ? 0 : Double(limits.timestampPeriod),
      shaderFloat16: features12.shaderFloat16 != 0, storage16Bit: features16.storageBuffer16BitAccess != 0,
      shaderInt8: features12.shaderInt8 != 0, shaderInt64: features.features.shaderInt64 != 0,
      memoryBudget: extensions.contains("VK_EXT_memory_budget"),
      pipelineStatistics: statisticsFeatures.pipelineExecutableInfo != 0,
      cooperativeMatrix: extensions.contains("VK_KHR_cooperative_matrix"))
  }

  private var kind: DeviceProperties.Kind {
    switch base.properties.deviceType {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: .discrete
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: .integrated
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: .virtual
    case VK_PHYSICAL_DEVICE_TYPE_CPU: .cpu
    default: .other
    }
  }
}

extension VkPhysicalDeviceVulkan11Features: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES
}

private func hexadecimal<Tuple>(_ bytes: Tuple) -> String {
  withUnsafeBytes(of: bytes) { bytes in
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// `MemAvailable` of the kernel, in bytes: what can be allocated without swapping.
func availableHostBytes() -> Int? {
  guard let data = FileManager.default.contents(atPath: "/proc/meminfo") else { return nil }
  let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
  return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
}
