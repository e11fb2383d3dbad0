import TestSupport
import Testing
import VulkanRuntime

@Suite struct DeviceTests {
  private let devices: [PhysicalDevice]

  init() throws { devices = try Instance().devices() }

  @Test func listsDevicesBestFirst() throws {
    let ranks: [DeviceProperties.Kind] = [.discrete, .integrated, .virtual, .cpu, .other]
    let order = devices.map { device in ranks.firstIndex(of: device.properties.type)! }
    #expect(!order.isEmpty)
    #expect(order == order.sorted())
  }

  @Test func readsLimitsThatMakeSense() {
    for properties in devices.map(\.properties) {
      // The least that the Vulkan specification allows (table "Required limits").
      #expect(properties.maxStorageBufferRange >= 1 << 27)
      #expect(properties.maxPushConstantBytes >= 128)
      #expect(properties.maxWorkgroupInvocations >= 128)
      #expect(properties.sharedMemoryBytes >= 16 << 10)
      #expect(properties.subgroupSize.nonzeroBitCount == 1)
      #expect(properties.minSubgroupSize <= properties.subgroupSize)
      #expect(properties.subgroupSize <= properties.maxSubgroupSize)
      #expect(!properties.name.isEmpty && properties.memoryBytes > 0)
    }
  }

  @Test func picksByIndexAndByPartOfAName() throws {
    let name = devices[0].properties.name
    #expect(try DeviceSelection(from: devices, asked: "0").index == 0)
    #expect(
      try DeviceSelection(from: devices, asked: String(name.prefix(4)).uppercased()).device.properties.name == name)
    #expect(try DeviceSelection(from: devices, asked: nil).index == 0)
    #expect(try DeviceSelection(from: devices, asked: "").index == 0)
  }

  @Test(arguments: ["nonsense", "99", "-1"])
  func refusesWhatIsNotThere(asked: String) {
    #expect(throws: VulkanError.noSuchDevice(asked: asked, available: devices.map(\.properties.name))) {
      try DeviceSelection(from: devices, asked: asked)
    }
  }

  @Test func refusesToPickFromNothing() {
    #expect(throws: VulkanError.noDevice) { try DeviceSelection(from: [], asked: nil) }
  }

  @Test func errorsSayWhatToDo() {
    let cases: [(VulkanError, String)] = [
      (.noLoader(reason: "libvulkan.so.1: not found"), "apt install"),
      (.noDevice, "mesa-vulkan-drivers"),
      (.noSuchDevice(asked: "x", available: ["llvmpipe"]), "llvmpipe"),
      (.missingFeature(feature: "timeline semaphores", device: "Old Card"), "Old Card lacks timeline semaphores"),
      (.missingLayer(name: "L"), "vulkan-validationlayers"),
      (
        .outOfDeviceMemory(asked: 3 << 30, free: 1536 << 20, purpose: "the weights"),
        "3 GiB asked for the weights, 1.5 GiB"
      ),
      (.deviceLost(first: "layers.0.q", last: "layers.3.down"), "from layers.0.q to layers.3.down"),
      (.pipeline(name: "matmul_nt", code: -1), "matmul_nt (VK_ERROR_OUT_OF_HOST_MEMORY)"),
      (.failed(call: "vkQueueSubmit", code: -4), "vkQueueSubmit failed: VK_ERROR_DEVICE_LOST"),
    ]
    for (error, part) in cases { #expect("\(error)".contains(part)) }
  }

  @Test func validationIsSilent() throws {
    #expect(try TestDevice.shared().device.validation.messages.isEmpty)
  }
}
