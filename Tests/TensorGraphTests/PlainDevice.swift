import Kernels
import TestSupport
import VulkanRuntime

extension KernelContext {
  /// The device under test with the limits of a small one, so that plans are the same everywhere.
  static func plain() throws -> KernelContext {
    var properties = try TestDevice.shared().device.properties
    properties.maxStorageBufferRange = 128 << 20
    properties.maxAllocationBytes = 2 << 30
    return KernelContext(properties)
  }
}
