/// Which device to use: the user's choice, or the best there is. Never a silent fallback.
public struct DeviceSelection: Sendable {
  public let device: PhysicalDevice
  /// Its index among the devices.
  public let index: Int
  /// Why it was picked, for the user.
  public let reason: String

  /// - Parameters:
  ///   - devices: in the order of `Instance.devices()`.
  ///   - asked: an index into `devices`, or a part of a name in any case; nil or empty for the best usable device.
  /// - Throws: `noDevice`, `noSuchDevice`, or `missingFeature` for the device asked for.
  public init(from devices: [PhysicalDevice], asked: String?) throws(VulkanError) {
    guard !devices.isEmpty else { throw .noDevice }
    guard let asked, !asked.isEmpty else {
      guard let best = devices.firstIndex(where: { $0.missingFeatures.isEmpty }) else {
        throw .missingFeature(
          feature: devices[0].missingFeatures.joined(separator: ", "), device: devices[0].properties.name)
      }
      index = best
      device = devices[best]
      reason = devices.count == 1 ? "the only one" : "the best of \(devices.count): \(device.properties.type.rawValue)"
      return
    }
    let match =
      if let number = Int(asked) { devices.indices.contains(number) ? number : nil } else {
        devices.firstIndex { $0.properties.name.lowercased().contains(asked.lowercased()) }
      }
    guard let match else {
      throw .noSuchDevice(asked: asked, available: devices.map(\.properties.name))
    }
    if let feature = devices[match].missingFeatures.first {
      throw .missingFeature(feature: feature, device: devices[match].properties.name)
    }
    index = match
    device = devices[match]
    reason = "asked for as \"\(asked)\""
  }
}
