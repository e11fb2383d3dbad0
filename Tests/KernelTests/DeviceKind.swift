import Kernels
import TestSupport
import VulkanRuntime

/// Whose choice of tiling a kernel is run with: the device's own, or what another kind of device would be given.
enum DeviceKind: Sendable {
  case own, intel, otherGPU

  func context(_ gpu: TestDevice) -> KernelContext {
    var properties = gpu.device.properties
    switch self {
    case .own: break
    case .intel: (properties.type, properties.vendorID) = (.integrated, 0x8086)
    case .otherGPU: (properties.type, properties.vendorID) = (.discrete, 0x1002)
    }
    return KernelContext(properties)
  }
}
