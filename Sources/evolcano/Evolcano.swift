import ArgumentParser
import Foundation

/// The program: one file a verb, no logic of its own.
@main
struct Evolcano: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evolcano",
    abstract: "Evolve instructions, fine-tune a language model on them, and chat with it, on any Vulkan GPU.",
    subcommands: [
      DevicesCommand.self, BenchCommand.self, QuickstartCommand.self, TokenizeCommand.self, DataCommand.self,
    ])

  /// Parses and runs. Exit status: 0, 1 when the work failed, 2 for a wrong command line.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as any Error & CustomStringConvertible where !concernsCommandLine(error) {
      fail("\(error)")
    } catch {
      exit(for: error)
    }
  }

  /// Whether an error is the argument parser's: a wrong command line, or help that was asked for.
  private static func concernsCommandLine(_ error: any Error) -> Bool {
    error is ExitCode || exitCode(for: error) != .failure
  }

  private static func exit(for error: any Error) -> Never {
    let code = exitCode(for: error)
    let message = fullMessage(for: error)
    if code == .success {
      print(message)  // help or version was asked for
      Foundation.exit(0)
    }
    complain(message)
    Foundation.exit(code == .validationFailure ? 2 : 1)
  }
}

/// Writes a line to standard error, where messages and progress go; standard output is for results.
func complain(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
}

/// Ends the program because its work failed.
func fail(_ message: String) -> Never {
  complain("evolcano: \(message)")
  Foundation.exit(1)
}
