import CVulkan

/// A Vulkan struct that starts with `sType` and `pNext`. Conforming ties the struct to its tag once, so no
/// call site can forget or mistake it. (Not refined from `BitwiseCopyable`: an imported C struct is that implicitly,
/// and may not be declared so from another module.)
protocol VulkanStruct {
  static var tag: VkStructureType { get }
  init()
  var sType: VkStructureType { get set }
}

extension VulkanStruct {
  /// A zeroed struct with `sType` set, after `fill` has set its other fields.
  static func make(_ fill: (inout Self) -> Void = { _ in }) -> Self {
    var value = Self()
    value.sType = tag
    fill(&value)
    return value
  }
}

extension VkApplicationInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_APPLICATION_INFO }
extension VkInstanceCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO }
extension VkDeviceCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO }
extension VkDeviceQueueCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO }
extension VkBufferCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO }
extension VkMemoryAllocateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO }
extension VkSemaphoreCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO }
extension VkSemaphoreTypeCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO
}
extension VkSemaphoreWaitInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO }
extension VkTimelineSemaphoreSubmitInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO
}
extension VkSubmitInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_SUBMIT_INFO }
extension VkMemoryBarrier: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_MEMORY_BARRIER }
extension VkCommandPoolCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO }
extension VkCommandBufferAllocateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO
}
extension VkCommandBufferBeginInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO }
extension VkQueryPoolCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO }
extension VkShaderModuleCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO }
extension VkPipelineCacheCreateInfo: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO }
extension VkPipelineLayoutCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO
}
extension VkPipelineShaderStageCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO
}
extension VkPipelineShaderStageRequiredSubgroupSizeCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO
}
extension VkComputePipelineCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO
}
extension VkDescriptorSetLayoutCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO
}
extension VkDescriptorPoolCreateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO
}
extension VkDescriptorSetAllocateInfo: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO
}
extension VkWriteDescriptorSet: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET }
extension VkPipelineInfoKHR: VulkanStruct { static let tag = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR }
extension VkPipelineExecutableInfoKHR: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR
}
extension VkPipelineExecutablePropertiesKHR: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR
}
extension VkPipelineExecutableStatisticKHR: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR
}
extension VkDebugUtilsMessengerCreateInfoEXT: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT
}
extension VkPhysicalDeviceProperties2: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2
}
extension VkPhysicalDeviceVulkan11Properties: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES
}
extension VkPhysicalDeviceVulkan12Properties: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES
}
extension VkPhysicalDeviceSubgroupSizeControlProperties: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES
}
extension VkPhysicalDeviceFeatures2: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2
}
extension VkPhysicalDeviceVulkan12Features: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES
}
extension VkPhysicalDeviceSubgroupSizeControlFeatures: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES
}
extension VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR
}
extension VkPhysicalDeviceMemoryProperties2: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2
}
extension VkPhysicalDeviceMemoryBudgetPropertiesEXT: VulkanStruct {
  static let tag = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT
}
