import ArgumentParser
import Foundation
import VulkanRuntime

/// `evolcano devices`
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "List every Vulkan device, its limits and features, and which one is picked and why.")

  @OptionGroup var options: DeviceOptions
  @Flag(help: "Print JSON.") var json = false

  /// One device of the JSON output.
  private struct Row: Encodable {
    let index: Int
    let picked: Bool
    /// Why it was picked; null for the others.
    let reason: String?
    /// What the engine needs and the device lacks.
    let missing: [String]
    let freeBytes: Int
    let properties: DeviceProperties
  }

  func run() throws {
    let instance = try Instance(validating: options.validate)
    let devices = try instance.devices()
    let asked = options.device ?? ProcessInfo.processInfo.environment["EVOLCANO_DEVICE"]
    let selection = try DeviceSelection(from: devices, asked: asked)
    let rows = devices.enumerated().map { index, device in
      Row(
        index: index, picked: index == selection.index, reason: index == selection.index ? selection.reason : nil,
        missing: device.missingFeatures, freeBytes: device.freeBytes, properties: device.properties)
    }
    if json {
      try printJSON(rows)
    } else {
      for row in rows { printRow(row) }
    }
  }

  private func printRow(_ row: Row) {
    let mark = row.picked ? "→" : " "
    print("\(mark) \(row.index)  \(row.properties.name)")
    if let reason = row.reason { print("     picked    \(reason)") }
    if !row.missing.isEmpty { print("     unusable  lacks \(row.missing.joined(separator: ", "))") }
    print(DeviceReport(row.properties).details.joined(separator: "\n"))
    print("     free      \(formatted(bytes: row.freeBytes))")
  }
}
