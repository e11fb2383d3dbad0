import Foundation
import Testing

/// What a run of the program left behind.
struct Outcome {
  let status: Int32
  let output: String
  let messages: String
}

/// Runs the program that was built beside the tests.
func evolcano(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
  try evolcano(arguments, environment: environment)
}

/// The same with arguments that were put together.
func evolcano(
  _ arguments: [String], environment: [String: String] = [:], input: String? = nil
) throws -> Outcome {
  // The test bundle lies in the build folder, beside the program.
  let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "evolcano")
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let (output, messages) = (Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = messages
  if let input {
    let pipe = Pipe()
    process.standardInput = pipe
    // Less than a pipe holds: nobody waits for the program to read it.
    pipe.fileHandleForWriting.write(Data(input.utf8))
    try pipe.fileHandleForWriting.close()
  }
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  let said = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return Outcome(status: process.terminationStatus, output: text, messages: said)
}

@Suite struct CommandLineTests {
  @Test func devicesListsAndSaysWhichIsPicked() throws {
    let run = try evolcano("devices")
    #expect(run.status == 0)
    #expect(run.output.contains("→ ") && run.output.contains("picked"))
  }

  @Test func devicesPrintsJSON() throws {
    let run = try evolcano("devices", "--json")
    #expect(run.status == 0)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
    #expect(rows.filter { $0["picked"] as? Bool == true }.count == 1)
    #expect(rows.allSatisfy { ($0["properties"] as? [String: Any])?["name"] is String })
  }

  @Test func anUnknownDeviceIsAnErrorThatListsWhatThereIs() throws {
    let name = try evolcano("devices").output.split(separator: "\n")[0].dropFirst(5)
    for run in [
      try evolcano("devices", environment: ["EVOLCANO_DEVICE": "nonsense"]),
      try evolcano("bench", "kernels", "--device", "nonsense"),
    ] {
      #expect(run.status == 1)
      #expect(run.output.isEmpty)
      #expect(run.messages.contains("nonsense") && run.messages.contains(name))
    }
  }

  @Test func noDriverIsAnErrorThatSaysHowToInstallOne() throws {
    let nothing = ["VK_ICD_FILENAMES": "/nonexistent", "VK_DRIVER_FILES": "/nonexistent", "EVOLCANO_DEVICE": ""]
    for verb in [["devices"], ["bench", "kernels"]] {
      let run =
        verb.count == 1
        ? try evolcano(verb[0], environment: nothing) : try evolcano(verb[0], verb[1], environment: nothing)
      #expect(run.status == 1)
      #expect(run.messages.contains("apt install mesa-vulkan-drivers"))
    }
  }

  @Test func noLoaderIsAnErrorThatSaysHowToInstallOne() throws {
    let run = try evolcano("devices", environment: ["EVOLCANO_VULKAN_LOADER": "/nonexistent/libvulkan.so"])
    #expect(run.status == 1)
    #expect(run.messages.contains("no Vulkan loader") && run.messages.contains("apt install libvulkan1"))
  }

  @Test func aWrongCommandLineExitsWith2() throws {
    #expect(try evolcano("devics").status == 2)
    #expect(try evolcano("bench", "kernels", "--nonsense").status == 2)
    #expect(try evolcano("--help").status == 0)
  }
}
