import CVulkan

/// One Vulkan object of a device, destroyed exactly once, when its owner goes out of scope.
///
/// A type that needs several objects holds one `Owned` each: if the third creation throws, the first
/// two are destroyed by the compiler, and no `deinit` has to be written.
struct Owned: ~Copyable {
  typealias Destroy = (VkDevice?, OpaquePointer?, UnsafePointer<VkAllocationCallbacks>?) -> Void

  let raw: OpaquePointer
  private let device: LogicalDevice
  private let destroy: Destroy

  /// Calls `create`, which must be the Vulkan function named `call`; throws what it returns if not success.
  init(
    _ device: LogicalDevice, _ call: StaticString, destroy: @escaping Destroy,
    create: (VkDevice, inout OpaquePointer?) -> VkResult
  ) throws(VulkanError) {
    var raw: OpaquePointer?
    try check(create(device.handle, &raw), call)
    self.raw = raw!
    self.device = device
    self.destroy = destroy
  }

  deinit { destroy(device.handle, raw, nil) }
}

/// The `VkDevice` alone, below everything that is made from it: objects hold this, so it outlives them all.
final class LogicalDevice: Sendable {
  // Immutable after `init`; Vulkan allows concurrent use of a device handle.
  nonisolated(unsafe) let handle: VkDevice
  private let instance: Instance

  init(_ handle: VkDevice, of instance: Instance) {
    self.handle = handle
    self.instance = instance
  }

  deinit { vkDestroyDevice(handle, nil) }
}
