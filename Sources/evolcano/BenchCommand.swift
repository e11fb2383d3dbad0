public import ArgumentParser
public import ModelBenchmark

/// `evolcano bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure against the limit of the device.",
    subcommands: [BenchKernelsCommand.self, BenchGenerateCommand.self, BenchTrainCommand.self])
}

extension NamedShape: ExpressibleByArgument {}
