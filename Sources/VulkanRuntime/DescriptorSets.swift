import CVulkan

/// Descriptor sets of one recording, written once at record time, from pools that grow by doubling.
final class DescriptorSets {
  private let logical: LogicalDevice
  private var pools: [Pool] = []
  private var room = (sets: 0, descriptors: 0)
  private var nextSets = 32

  private final class Pool {
    let object: Owned
    init(_ object: consuming Owned) { self.object = object }
  }

  init(_ logical: LogicalDevice) { self.logical = logical }

  /// A set of the pipeline's layout, pointing at `buffers`.
  func set(_ pipeline: Pipeline, _ buffers: [BufferSlice]) throws(VulkanError) -> VkDescriptorSet {
    if room.sets < 1 || room.descriptors < buffers.count { try grow(atLeast: buffers.count) }
    room.sets -= 1
    room.descriptors -= buffers.count
    var set: VkDescriptorSet?
    var layout: VkDescriptorSetLayout? = pipeline.setLayout
    let pool = pools.last!.object.raw  // `grow` has made one
    let result = withUnsafePointer(to: &layout) { layout in
      var info = VkDescriptorSetAllocateInfo.make {
        $0.descriptorPool = pool
        $0.descriptorSetCount = 1
        $0.pSetLayouts = layout
      }
      return vkAllocateDescriptorSets(logical.handle, &info, &set)
    }
    try check(result, "vkAllocateDescriptorSets")
    write(buffers, to: set!)
    return set!
  }

  private func write(_ buffers: [BufferSlice], to set: VkDescriptorSet) {
    let infos = buffers.map { slice in
      // An empty slice is bound as one word, which the shader does not touch.
      VkDescriptorBufferInfo(
        buffer: slice.buffer.block.buffer, offset: UInt64(slice.range.lowerBound),
        range: UInt64(max(slice.byteCount, 4)))
    }
    infos.withUnsafeBufferPointer { infos in
      guard let base = infos.baseAddress, infos.count > 0 else { return }
      // Consecutive bindings of one type are one write (Vulkan 1.3 specification, 14.2.5, "consecutive binding updates").
      var write = VkWriteDescriptorSet.make {
        $0.dstSet = set
        $0.descriptorCount = UInt32(infos.count)
        $0.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
        $0.pBufferInfo = base
      }
      vkUpdateDescriptorSets(logical.handle, 1, &write, 0, nil)
    }
  }

  private func grow(atLeast descriptors: Int) throws(VulkanError) {
    let sets = nextSets
    let count = max(sets * 6, descriptors)
    var size = VkDescriptorPoolSize(
      type: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptorCount: UInt32(count))
    let pool = try Owned(logical, "vkCreateDescriptorPool", destroy: vkDestroyDescriptorPool) { device, out in
      withUnsafePointer(to: &size) { size in
        var info = VkDescriptorPoolCreateInfo.make {
          $0.maxSets = UInt32(sets)
          $0.poolSizeCount = 1
          $0.pPoolSizes = size
        }
        return vkCreateDescriptorPool(device, &info, nil, &out)
      }
    }
    pools.append(Pool(pool))
    room = (sets, count)
    nextSets = min(sets * 2, 4096)
  }
}
