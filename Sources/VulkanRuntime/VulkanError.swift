import CVulkan

/// What Vulkan, the driver or the machine refused; each case says what happened, to which thing, and what can be done.
public enum VulkanError: Error, Equatable, Sendable {
  /// The Vulkan loader, `libvulkan.so.1`, could not be opened.
  case noLoader(reason: String)
  /// The loader runs but finds no device with a compute queue.
  case noDevice
  /// No device has the index or the part of a name that was asked for.
  case noSuchDevice(asked: String, available: [String])
  /// `device` lacks something that the engine can not do without.
  case missingFeature(feature: String, device: String)
  /// The validation layer was asked for and is not installed.
  case missingLayer(name: String)
  /// `asked` bytes for `purpose` were refused; `free` bytes were free by the device's own account.
  case outOfDeviceMemory(asked: Int, free: Int, purpose: String)
  /// The device stopped answering while the work between the dispatches `first` and `last` was running.
  case deviceLost(first: String, last: String)
  /// The driver's compiler refused the pipeline `name`.
  case pipeline(name: String, code: Int32)
  /// `call` returned `code` (a `VkResult`; negative means failure).
  case failed(call: String, code: Int32)
}

extension VulkanError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noLoader(let reason):
      """
      no Vulkan loader: \(reason)
      Install it: on Debian and Ubuntu `apt install libvulkan1 mesa-vulkan-drivers`.
      """
    case .noDevice:
      """
      no Vulkan device: the loader runs, but no driver offers a device with a compute queue.
      Install your card's driver; on Debian and Ubuntu `apt install mesa-vulkan-drivers` has those for AMD, Intel \
      and, as a last resort, the CPU (llvmpipe).
      """
    case .noSuchDevice(let asked, let available):
      """
      no device matches "\(asked)". Choose by index or by a part of the name:
      \(available.enumerated().map { "  \($0.offset)  \($0.element)" }.joined(separator: "\n"))
      """
    case .missingFeature(let feature, let device):
      "\(device) lacks \(feature), which the engine needs. A newer driver may have it; "
        + "`evolcano devices` shows what each device offers."
    case .missingLayer(let name):
      "the layer \(name) is not installed: on Debian and Ubuntu `apt install vulkan-validationlayers`."
    case .outOfDeviceMemory(let asked, let free, let purpose):
      "out of device memory: \(formatted(bytes: asked)) asked for \(purpose), \(formatted(bytes: free)) free."
    case .deviceLost(let first, let last):
      "the device was lost while running \(first == last ? first : "the work from \(first) to \(last)"). "
        + "The driver reset it, or it was unplugged; the kernel log (dmesg) may say more."
    case .pipeline(let name, let code):
      "the driver's compiler refused the pipeline \(name) (\(resultName(code)))."
    case .failed(let call, let code):
      "\(call) failed: \(resultName(code))."
    }
  }
}

/// `1536` as `1.5 KiB`.
public func formatted(bytes: Int) -> String {
  var value = Double(bytes)
  var unit = 0
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  while value >= 1024 && unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  let tenths = (value * 10).rounded() / 10
  return unit == 0 || tenths == tenths.rounded() ? "\(Int(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
}

/// The name of a `VkResult`, for the results that the calls in use can return.
private func resultName(_ code: Int32) -> String {
  switch VkResult(code) {
  case VK_NOT_READY: "VK_NOT_READY"
  case VK_TIMEOUT: "VK_TIMEOUT"
  case VK_ERROR_OUT_OF_HOST_MEMORY: "VK_ERROR_OUT_OF_HOST_MEMORY"
  case VK_ERROR_OUT_OF_DEVICE_MEMORY: "VK_ERROR_OUT_OF_DEVICE_MEMORY"
  case VK_ERROR_INITIALIZATION_FAILED: "VK_ERROR_INITIALIZATION_FAILED"
  case VK_ERROR_DEVICE_LOST: "VK_ERROR_DEVICE_LOST"
  case VK_ERROR_MEMORY_MAP_FAILED: "VK_ERROR_MEMORY_MAP_FAILED"
  case VK_ERROR_LAYER_NOT_PRESENT: "VK_ERROR_LAYER_NOT_PRESENT"
  case VK_ERROR_EXTENSION_NOT_PRESENT: "VK_ERROR_EXTENSION_NOT_PRESENT"
  case VK_ERROR_FEATURE_NOT_PRESENT: "VK_ERROR_FEATURE_NOT_PRESENT"
  case VK_ERROR_INCOMPATIBLE_DRIVER: "VK_ERROR_INCOMPATIBLE_DRIVER"
  case VK_ERROR_TOO_MANY_OBJECTS: "VK_ERROR_TOO_MANY_OBJECTS"
  case VK_ERROR_OUT_OF_POOL_MEMORY: "VK_ERROR_OUT_OF_POOL_MEMORY"
  case VK_ERROR_UNKNOWN: "VK_ERROR_UNKNOWN"
  default: "VkResult \(code)"
  }
}

extension VkResult {
  fileprivate init(_ code: Int32) { self.init(rawValue: code) }
}

extension VulkanError {
  /// The driver had no memory left, on the device or for itself.
  var isOutOfMemory: Bool {
    guard case .failed(_, let code) = self else { return false }
    return code == VK_ERROR_OUT_OF_DEVICE_MEMORY.rawValue || code == VK_ERROR_OUT_OF_HOST_MEMORY.rawValue
  }

  var isDeviceLost: Bool {
    guard case .failed(_, let code) = self else { return false }
    return code == VK_ERROR_DEVICE_LOST.rawValue
  }
}

/// Throws `VulkanError.failed` unless `result` is `VK_SUCCESS`.
@inline(__always)
func check(_ result: VkResult, _ call: StaticString) throws(VulkanError) {
  guard result == VK_SUCCESS else { throw .failed(call: "\(call)", code: Int32(result.rawValue)) }
}
