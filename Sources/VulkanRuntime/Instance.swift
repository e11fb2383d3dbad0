import CVulkan
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The Vulkan instance: where devices are found.
public final class Instance: Sendable {
  // Immutable after `init`; Vulkan allows concurrent use of an instance handle.
  nonisolated(unsafe) let handle: VkInstance
  /// Messages of the validation layer so far; stays empty without the layer.
  public let validation: ValidationLog
  private let messenger: Messenger?

  /// Opens the loader.
  /// - Parameter validating: turn the Khronos validation layer on; its messages go to standard error, each line
  ///   after `vulkan validation: `, and into `validation`.
  /// - Throws: `noLoader`, `missingLayer`.
  public init(validating: Bool = false) throws(VulkanError) {
    if let reason = cvk_load() { throw .noLoader(reason: String(cString: reason)) }
    let layers = validating ? ["VK_LAYER_KHRONOS_validation"] : []
    let extensions = validating ? ["VK_EXT_debug_utils"] : []
    var instance: VkInstance?
    let application = VkApplicationInfo.make { $0.apiVersion = CVK_API_VERSION_1_3 }
    let result = withUnsafePointer(to: application) { application in
      withCStrings(layers) { layers in
        withCStrings(extensions) { extensions in
          var info = VkInstanceCreateInfo.make {
            $0.pApplicationInfo = application
            $0.enabledLayerCount = UInt32(layers.count)
            $0.ppEnabledLayerNames = layers.baseAddress
            $0.enabledExtensionCount = UInt32(extensions.count)
            $0.ppEnabledExtensionNames = extensions.baseAddress
          }
          return vkCreateInstance(&info, nil, &instance)
        }
      }
    }
    if result == VK_ERROR_LAYER_NOT_PRESENT { throw .missingLayer(name: layers[0]) }
    // A loader without any usable driver refuses to make an instance at all.
    if result == VK_ERROR_INCOMPATIBLE_DRIVER { throw .noDevice }
    try check(result, "vkCreateInstance")
    handle = instance!
    validation = ValidationLog()
    messenger = validating ? Messenger(instance!, log: validation) : nil
  }

  /// Every physical device that has a compute queue, best first: discrete, integrated, virtual, CPU; more memory
  /// before less within a kind. The order is that of the indices by which a user picks.
  public func devices() throws(VulkanError) -> [PhysicalDevice] {
    let handles = try enumerate("vkEnumeratePhysicalDevices", empty: nil as VkPhysicalDevice?) {
      vkEnumeratePhysicalDevices(handle, $0, $1)
    }
    var devices: [PhysicalDevice] = []
    for case let raw? in handles {
      if let device = try PhysicalDevice(raw, of: self) { devices.append(device) }
    }
    // `sorted` is stable, so equal devices stay in the loader's order.
    return devices.sorted { a, b in
      let (a, b) = (a.properties, b.properties)
      return (a.type.rank, -a.memoryBytes) < (b.type.rank, -b.memoryBytes)
    }
  }

  deinit {
    messenger?.destroy(handle)
    vkDestroyInstance(handle, nil)
  }
}

/// What the validation layer has said.
public final class ValidationLog: Sendable {
  private let store = Mutex<[String]>([])

  /// All messages so far, oldest first.
  public var messages: [String] { store.withLock { $0 } }

  func append(_ message: String) {
    store.withLock { $0.append(message) }
    let lines = message.split(separator: "\n").map { "vulkan validation: \($0)\n" }.joined()
    FileHandle.standardError.write(Data(lines.utf8))
  }
}

/// The debug messenger that carries the layer's messages to the log.
private struct Messenger: @unchecked Sendable {  // an immutable handle
  private let raw: OpaquePointer?

  init(_ instance: VkInstance, log: ValidationLog) {
    // The log lives as long as the instance that owns it, and the messenger dies before the instance.
    var info = VkDebugUtilsMessengerCreateInfoEXT.make {
      $0.messageSeverity =
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT.rawValue
        | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT.rawValue
      $0.messageType =
        VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT.rawValue
        | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT.rawValue
      $0.pUserData = Unmanaged.passUnretained(log).toOpaque()
      $0.pfnUserCallback = { _, _, data, user in
        if let data, let user {
          let log = Unmanaged<ValidationLog>.fromOpaque(user).takeUnretainedValue()
          log.append(String(cString: data.pointee.pMessage))
        }
        return VkBool32(VK_FALSE)
      }
    }
    var raw: OpaquePointer?
    if let create = vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT") {
      _ = unsafeBitCast(create, to: PFN_vkCreateDebugUtilsMessengerEXT.self)(instance, &info, nil, &raw)
    }
    self.raw = raw
  }

  func destroy(_ instance: VkInstance) {
    guard let raw, let destroy = vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT") else { return }
    unsafeBitCast(destroy, to: PFN_vkDestroyDebugUtilsMessengerEXT.self)(instance, raw, nil)
  }
}

/// Calls `body` with the strings as an array of C strings.
func withCStrings<R>(
  _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R
) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return copies.map { UnsafePointer<CChar>($0) }.withUnsafeBufferPointer(body)
}
