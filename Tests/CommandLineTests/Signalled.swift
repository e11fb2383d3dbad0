import Foundation

/// Starts the program, and sends it a signal after a while, or once something is so.
///
/// - Returns: Its exit status, the signal's number if that ended it, and what it said on standard error.
func signalled(
  _ arguments: [String], _ number: Int32, after seconds: Double, or isReady: () -> Bool = { false }
) throws -> (Int32, String) {
  let process = Process()
  process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
    path: "evolcano")
  process.arguments = arguments
  let messages = Pipe()
  process.standardOutput = FileHandle.nullDevice
  process.standardError = messages
  try process.run()
  let end = Date().addingTimeInterval(seconds)
  while Date() < end, !isReady() { Thread.sleep(forTimeInterval: 0.02) }
  kill(process.processIdentifier, number)
  let said = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, said)
}
