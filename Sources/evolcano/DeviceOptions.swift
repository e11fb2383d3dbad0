import ArgumentParser
import VulkanRuntime

/// Which device to use: the options that every verb with a device shares.
struct DeviceOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The device: its index in `evolcano devices`, or a part of its name.",
      discussion: "Without it the environment's EVOLCANO_DEVICE, else the best: discrete, integrated, virtual, CPU.",
      valueName: "index|name"))
  var device: String?

  @Flag(name: .long, help: "Turn the Vulkan validation layer on; its messages go to standard error.")
  var validate = false

  @Flag(name: .long, help: "Say more.")
  var verbose = false

  /// Opens the device and says on standard error which one it is: the device in use is never a guess.
  func open() throws -> Device {
    let device = try Device.open(device, validating: validate ? true : nil)
    complain("device: \(device.properties.name) (\(device.properties.type.rawValue))")
    if verbose { complain(DeviceReport(device.properties).details.joined(separator: "\n")) }
    return device
  }
}
