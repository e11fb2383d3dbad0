import ArgumentParser
import Foundation

/// The program: one file a verb, no logic of its own.
@main
struct Evolcano: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evolcano",
    abstract: "Evolve instructions, fine-tune a language model on them, and chat with it, on any Vulkan GPU.",
    subcommands: [
      DevicesCommand.self, ChatCommand.self, GenerateCommand.self, PerplexityCommand.self, TokenizeCommand.self,
      ExportCommand.self, DataCommand.self, TrainCommand.self, EvolveCommand.self, PoolCommand.self, RunCommand.self,
      BenchCommand.self,
    ])

  /// Parses and runs. Exit status: 0, 1 when the work failed, 2 for a wrong command line.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as any CustomStringConvertible & Error where !isOfParser(error) {
      fail("\(error)")
    } catch {
      exit(for: error)
    }
  }

  /// Whether the argument parser made the error, and prints it best itself: usage, help, version.
  private static func isOfParser(_ error: any Error) -> Bool {
    error is ValidationError || error is ExitCode || error is CleanExit || exitCode(for: error) != .failure
  }

  private static func exit(for error: any Error) -> Never {
    let code = exitCode(for: error)
    let message = fullMessage(for: error)
    if code == .success {
      print(message)  // help or version was asked for
      Foundation.exit(0)
    }
    complain(message)
    Foundation.exit(code == .validationFailure ? 2 : code.rawValue == 130 ? 130 : 1)
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
