import CVulkan

/// The memory types and heaps of a device.
struct MemoryHeaps {
  private let types: [VkMemoryType]
  private let heaps: [VkMemoryHeap]

  /// Host and device share one memory, so every heap serves and a mapped type costs nothing.
  let unified: Bool

  init(_ properties: VkPhysicalDeviceMemoryProperties, of kind: DeviceProperties.Kind) {
    unified = kind == .cpu || kind == .integrated
    // A C array is imported as a tuple; view it as a buffer.
    types = withUnsafeBytes(of: properties.memoryTypes) {
      Array($0.bindMemory(to: VkMemoryType.self).prefix(Int(properties.memoryTypeCount)))
    }
    heaps = withUnsafeBytes(of: properties.memoryHeaps) {
      Array($0.bindMemory(to: VkMemoryHeap.self).prefix(Int(properties.memoryHeapCount)))
    }
  }

  static let deviceLocal = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT.rawValue
  static let mapped = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT.rawValue | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue
  static let cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT.rawValue

  /// The first type among the bits `allowed` that has all of the first `wanted` flags that any has.
  func type(allowed: UInt32, preferring wanted: [UInt32]) -> UInt32? {
    for flags in wanted {
      for index in types.indices
      where allowed & (1 << index) != 0 && types[index].propertyFlags & flags == flags {
        return UInt32(index)
      }
    }
    return nil
  }

  func isMapped(type: UInt32) -> Bool { types[Int(type)].propertyFlags & Self.mapped == Self.mapped }

  /// Heaps for device buffers: the device-local ones; all of them where host and device share one memory.
  var usable: [Int] {
    heaps.indices.filter { unified || heaps[$0].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue != 0 }
  }

  func bytes(of heap: Int) -> Int { Int(clamping: heaps[heap].size) }
  var totalUsableBytes: Int { usable.reduce(0) { $0 + bytes(of: $1) } }
}
