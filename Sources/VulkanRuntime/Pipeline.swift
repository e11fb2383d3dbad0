import CVulkan

/// How a dispatch uses a storage buffer.
public enum Access: Sendable, Hashable {
  case read, write, readWrite

  var reads: Bool { self != .write }
  var writes: Bool { self != .read }
}

/// A compute pipeline: one SPIR-V module, its storage buffers in descriptor set 0, and push constants.
public final class Pipeline: Sendable {
  public let name: String
  /// Use of each storage buffer, in binding order.
  public let bindings: [Access]
  public let pushBytes: Int
  private let objects: Objects

  /// The Vulkan objects. Immutable handles, destroyed with their owner.
  private struct Objects: ~Copyable, @unchecked Sendable {
    let setLayout: Owned
    let layout: Owned
    let pipeline: Owned
  }

  private let logical: LogicalDevice
  private let hasStatistics: Bool

  var setLayout: VkDescriptorSetLayout { objects.setLayout.raw }
  var layout: VkPipelineLayout { objects.layout.raw }
  var handle: VkPipeline { objects.pipeline.raw }

  /// Compiles the module. On CPU drivers the machine code is made at the first dispatch.
  /// - Parameters:
  ///   - name: named in errors and statistics.
  ///   - constants: values of the specialization constants with the ids 0, 1, …, as bit patterns.
  ///   - subgroupSize: invocations a subgroup must have; ignored where the device has no such control.
  /// - Throws: `pipeline`, `missingFeature` when the device has too few bindings or too little push-constant space.
  public init(
    _ device: Device, name: String, spirv: [UInt32], bindings: [Access], pushBytes: Int,
    constants: [UInt32] = [], subgroupSize: Int? = nil
  ) throws(VulkanError) {
    let limits = device.properties
    guard bindings.count <= limits.maxStorageBuffers, pushBytes <= limits.maxPushConstantBytes else {
      throw .missingFeature(
        feature: "\(bindings.count) storage buffers and \(pushBytes) bytes of push constants (\(name))",
        device: limits.name)
    }
    let module = try Owned(device.logical, "vkCreateShaderModule", destroy: vkDestroyShaderModule) { device, out in
      spirv.withUnsafeBufferPointer { code in
        var info = VkShaderModuleCreateInfo.make {
          $0.codeSize = code.count * 4
          $0.pCode = code.baseAddress
        }
        return vkCreateShaderModule(device, &info, nil, &out)
      }
    }
    let setLayout = try Self.setLayout(device, count: bindings.count)
    let layout = try Self.layout(device, set: setLayout.raw, pushBytes: pushBytes)
    let pipeline = try Self.compile(
      device, name: name, module: module.raw, layout: layout.raw, constants: constants,
      subgroupSize: limits.subgroupSizeControl ? subgroupSize : nil)
    self.name = name
    self.bindings = bindings
    self.pushBytes = pushBytes
    logical = device.logical
    hasStatistics = device.options.capturesStatistics && limits.pipelineStatistics
    objects = Objects(setLayout: setLayout, layout: layout, pipeline: pipeline)
  }

  private static func setLayout(_ device: Device, count: Int) throws(VulkanError) -> Owned {
    let slots = (0..<count).map { index in
      VkDescriptorSetLayoutBinding(
        binding: UInt32(index), descriptorType: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptorCount: 1,
        stageFlags: VK_SHADER_STAGE_COMPUTE_BIT.rawValue, pImmutableSamplers: nil)
    }
    return try Owned(
      device.logical, "vkCreateDescriptorSetLayout", destroy: vkDestroyDescriptorSetLayout
    ) { device, out in
      slots.withUnsafeBufferPointer { slots in
        var info = VkDescriptorSetLayoutCreateInfo.make {
          $0.bindingCount = UInt32(slots.count)
          $0.pBindings = slots.baseAddress
        }
        return vkCreateDescriptorSetLayout(device, &info, nil, &out)
      }
    }
  }

  private static func layout(
    _ device: Device, set: VkDescriptorSetLayout, pushBytes: Int
  ) throws(VulkanError) -> Owned {
    var set: VkDescriptorSetLayout? = set
    var range = VkPushConstantRange(
      stageFlags: VK_SHADER_STAGE_COMPUTE_BIT.rawValue, offset: 0, size: UInt32(pushBytes))
    return try Owned(device.logical, "vkCreatePipelineLayout", destroy: vkDestroyPipelineLayout) { device, out in
      withUnsafePointer(to: &set) { set in
        withUnsafePointer(to: &range) { range in
          var info = VkPipelineLayoutCreateInfo.make {
            $0.setLayoutCount = 1
            $0.pSetLayouts = set
            $0.pushConstantRangeCount = pushBytes == 0 ? 0 : 1
            $0.pPushConstantRanges = range
          }
          return vkCreatePipelineLayout(device, &info, nil, &out)
        }
      }
    }
  }

  private static func compile(
    _ device: Device, name: String, module: VkShaderModule, layout: VkPipelineLayout, constants: [UInt32],
    subgroupSize: Int?
  ) throws(VulkanError) -> Owned {
    let entries = constants.indices.map {
      VkSpecializationMapEntry(constantID: UInt32($0), offset: UInt32($0 * 4), size: 4)
    }
    var required = StructureChain()
    if let subgroupSize {
      required.add { (info: inout VkPipelineShaderStageRequiredSubgroupSizeCreateInfo) in
        info.requiredSubgroupSize = UInt32(subgroupSize)
      }
    }
    let head = required.head
    let statistics = device.options.capturesStatistics && device.properties.pipelineStatistics
    // `StaticString` is a C string without a closure (and `String.withCString` does not carry typed throws).
    let entry: StaticString = "main"
    var failure: VkResult = VK_SUCCESS
    do {
      return try Owned(device.logical, "vkCreateComputePipelines", destroy: vkDestroyPipeline) { handle, out in
        entries.withUnsafeBufferPointer { entries in
          constants.withUnsafeBytes { data in
            let specialization = VkSpecializationInfo(
              mapEntryCount: UInt32(entries.count), pMapEntries: entries.baseAddress, dataSize: data.count,
              pData: data.baseAddress)
            return withUnsafePointer(to: specialization) { specialization in
              var info = VkComputePipelineCreateInfo.make {
                // A dispatch may be cut into ranges of workgroups.
                $0.flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT.rawValue
                if statistics { $0.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR.rawValue }
                $0.stage = VkPipelineShaderStageCreateInfo.make {
                  $0.pNext = UnsafeRawPointer(head)
                  $0.stage = VK_SHADER_STAGE_COMPUTE_BIT
                  $0.module = module
                  $0.pName = UnsafeRawPointer(entry.utf8Start).assumingMemoryBound(to: CChar.self)
                  $0.pSpecializationInfo = constants.isEmpty ? nil : specialization
                }
                $0.layout = layout
              }
              failure = device.pipelineCache.withHandle {
                vkCreateComputePipelines(handle, $0, 1, &info, nil, &out)
              }
              return failure
            }
          }
        }
      }
    } catch {
      throw .pipeline(name: name, code: Int32(failure.rawValue))
    }
  }
}

extension Pipeline {
  /// One figure that the driver's compiler gives about a pipeline, such as registers or spills.
  public struct Statistic: Sendable, Equatable {
    /// The part of the pipeline; most drivers have one for a compute shader.
    public let executable: String
    /// Invocations of a subgroup that this part was compiled for.
    public let subgroupSize: Int
    public let name: String
    public let value: Double
  }

  /// Compiler statistics; empty where the driver has none or the device was not opened to capture them.
  public func statistics() throws(VulkanError) -> [Statistic] {
    guard hasStatistics,
      let listSymbol = vkGetDeviceProcAddr(logical.handle, "vkGetPipelineExecutablePropertiesKHR"),
      let readSymbol = vkGetDeviceProcAddr(logical.handle, "vkGetPipelineExecutableStatisticsKHR")
    else { return [] }
    let list = unsafeBitCast(listSymbol, to: PFN_vkGetPipelineExecutablePropertiesKHR.self)
    let read = unsafeBitCast(readSymbol, to: PFN_vkGetPipelineExecutableStatisticsKHR.self)
    var info = VkPipelineInfoKHR.make { $0.pipeline = handle }
    let executables = try enumerate(
      "vkGetPipelineExecutablePropertiesKHR", empty: VkPipelineExecutablePropertiesKHR.make()
    ) { list(logical.handle, &info, $0, $1) }
    var statistics: [Statistic] = []
    for (index, executable) in executables.enumerated() {
      var which = VkPipelineExecutableInfoKHR.make {
        $0.pipeline = handle
        $0.executableIndex = UInt32(index)
      }
      let values = try enumerate(
        "vkGetPipelineExecutableStatisticsKHR", empty: VkPipelineExecutableStatisticKHR.make()
      ) { read(logical.handle, &which, $0, $1) }
      statistics += values.map {
        Statistic(
          executable: text(executable.name), subgroupSize: Int(executable.subgroupSize), name: text($0.name),
          value: number($0))
      }
    }
    return statistics
  }

  private func number(_ statistic: VkPipelineExecutableStatisticKHR) -> Double {
    switch statistic.format {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR: Double(statistic.value.b32)
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR: Double(statistic.value.i64)
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR: Double(statistic.value.u64)
    default: statistic.value.f64
    }
  }
}
