import ArgumentParser
import VulkanRuntime

/// `evolcano quickstart`
struct QuickstartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart", abstract: "Pick a device and show what it can do: the first thing to run.")

  @OptionGroup var options: DeviceOptions

  func run() throws {
    let device = try options.open()
    complain(DeviceReport(device.properties).details.joined(separator: "\n"))
  }
}
