import CVulkan
import Synchronization

/// Device memory in a few large blocks, each one `VkBuffer`, from which buffers are cut.
///
/// First fit over a sorted free list: the engine allocates a handful of arenas and slabs, so the list stays short.
final class MemoryPool: Sendable {
  /// Bytes of the first block and of the largest, unless one buffer needs more. Each new block is about a 128th of what is
  /// allocated already: little is wasted on what is small, and a model is tens of allocations (drivers promise 4096).
  static let blockBytes = 256 << 10
  static let largestBlockBytes = 64 << 20
  /// Offsets are multiples of this: the specification's largest allowed `minStorageBufferOffsetAlignment`.
  static let alignment = 256

  private let logical: LogicalDevice
  private let physical: PhysicalDevice
  private let alwaysStages: Bool
  private let blocks = Mutex<[MemoryBlock]>([])
  private let peak = Mutex(0)

  init(_ logical: LogicalDevice, _ physical: PhysicalDevice, alwaysStages: Bool) {
    self.logical = logical
    self.physical = physical
    self.alwaysStages = alwaysStages
  }

  /// A range of `byteCount` bytes (rounded up to the alignment) in memory for `placement`.
  func allocate(
    _ byteCount: Int, _ placement: Buffer.Placement, purpose: String
  ) throws(VulkanError) -> (block: MemoryBlock, offset: Int) {
    let size = (max(byteCount, 1) + Self.alignment - 1) / Self.alignment * Self.alignment
    return try blocks.withLock { (blocks) throws(VulkanError) in
      for block in blocks where block.placement == placement {
        if let offset = block.take(size) { return (block, offset) }
      }
      let block: MemoryBlock
      do throws(VulkanError) {
        block = try MemoryBlock(
          logical, physical, placement, byteCount: max(size, Self.nextBlock(blocks)),
          mappable: !alwaysStages)
      } catch {
        guard error.isOutOfMemory else { throw error }
        throw .outOfDeviceMemory(asked: byteCount, free: physical.freeBytes, purpose: purpose)
      }
      blocks.append(block)
      let total = blocks.reduce(0) { $0 + $1.byteCount }
      peak.withLock { $0 = max($0, total) }
      return (block, block.take(size)!)  // a fresh block has room for what it was made for
    }
  }

  private static func nextBlock(_ blocks: [MemoryBlock]) -> Int {
    let allocated = blocks.reduce(0) { $0 + $1.byteCount }
    return min(max(allocated / 128 / blockBytes * blockBytes, blockBytes), largestBlockBytes)
  }

  /// Returns a range; a block without any other buffer is freed.
  func release(_ block: MemoryBlock, offset: Int, byteCount: Int) {
    let size = (max(byteCount, 1) + Self.alignment - 1) / Self.alignment * Self.alignment
    blocks.withLock { blocks in
      block.giveBack(offset: offset, byteCount: size)
      if block.isEmpty { blocks.removeAll { $0 === block } }
    }
  }

  /// Bytes held in blocks now.
  var allocatedBytes: Int { blocks.withLock { $0.reduce(0) { $0 + $1.byteCount } } }
  /// The most bytes that were held in blocks at once.
  var peakBytes: Int { peak.withLock { $0 } }
}

/// One allocation, bound to one `VkBuffer` that spans it. The free list is guarded by the pool's lock.
final class MemoryBlock: @unchecked Sendable {  // handles are immutable, `free` is touched under the pool's lock only
  let placement: Buffer.Placement
  let byteCount: Int
  let buffer: VkBuffer
  /// Where the host sees the block; nil if it can not.
  let mapped: UnsafeMutableRawPointer?
  private let object: Owned
  private let memory: Owned
  private var free: [Range<Int>]

  init(
    _ logical: LogicalDevice, _ physical: PhysicalDevice, _ placement: Buffer.Placement, byteCount: Int,
    mappable: Bool
  ) throws(VulkanError) {
    let object = try Owned(logical, "vkCreateBuffer", destroy: vkDestroyBuffer) { device, out in
      var info = VkBufferCreateInfo.make {
        $0.size = UInt64(byteCount)
        $0.usage =
          VK_BUFFER_USAGE_STORAGE_BUFFER_BIT.rawValue | VK_BUFFER_USAGE_TRANSFER_SRC_BIT.rawValue
          | VK_BUFFER_USAGE_TRANSFER_DST_BIT.rawValue
      }
      return vkCreateBuffer(device, &info, nil, &out)
    }
    var needs = VkMemoryRequirements()
    vkGetBufferMemoryRequirements(logical.handle, object.raw, &needs)
    var properties = VkPhysicalDeviceMemoryProperties2.make()
    vkGetPhysicalDeviceMemoryProperties2(physical.handle, &properties)
    let heaps = MemoryHeaps(properties.memoryProperties, of: physical.properties.type)
    let type = heaps.type(
      allowed: needs.memoryTypeBits, preferring: placement.flags(unified: heaps.unified))
    guard let type else {
      throw .missingFeature(feature: "memory that the host can map", device: physical.properties.name)
    }
    let memory = try Owned(logical, "vkAllocateMemory", destroy: vkFreeMemory) { device, out in
      var info = VkMemoryAllocateInfo.make {
        $0.allocationSize = needs.size
        $0.memoryTypeIndex = type
      }
      return vkAllocateMemory(device, &info, nil, &out)
    }
    try check(vkBindBufferMemory(logical.handle, object.raw, memory.raw, 0), "vkBindBufferMemory")
    var mapped: UnsafeMutableRawPointer?
    if heaps.isMapped(type: type) && (mappable || placement != .device) {
      try check(vkMapMemory(logical.handle, memory.raw, 0, VK_WHOLE_SIZE, 0, &mapped), "vkMapMemory")
    }
    self.placement = placement
    self.byteCount = byteCount
    self.mapped = mapped
    self.buffer = object.raw
    self.object = object
    self.memory = memory
    free = [0..<byteCount]
  }

  var isEmpty: Bool { free == [0..<byteCount] }

  func take(_ size: Int) -> Int? {
    guard let index = free.firstIndex(where: { $0.count >= size }) else { return nil }
    let range = free[index]
    if range.count == size {
      free.remove(at: index)
    } else {
      free[index] = range.lowerBound + size..<range.upperBound
    }
    return range.lowerBound
  }

  func giveBack(offset: Int, byteCount: Int) {
    var range = offset..<offset + byteCount
    var index = free.firstIndex { $0.lowerBound > offset } ?? free.count
    if index < free.count && free[index].lowerBound == range.upperBound {
      range = range.lowerBound..<free[index].upperBound
      free.remove(at: index)
    }
    if index > 0 && free[index - 1].upperBound == range.lowerBound {
      index -= 1
      range = free[index].lowerBound..<range.upperBound
      free.remove(at: index)
    }
    free.insert(range, at: index)
  }
}
