import ArgumentParser
import Foundation
import Pool

/// `evolcano pool export`
struct PoolExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write what was kept as a training file.",
    discussion: """
      Seeds with an answer and all rounds are merged, shuffled, and the first --max-rows of that are taken: a sample in \
      which every row is as likely. jsonl is Alpaca's rows a line each, with their lineage.
      """)

  @Option(help: "How rows are written.") var format = ExportFormat.alpaca
  @Option(help: ArgumentHelp("A round, or a range such as 1-3; 0 is the seeds.", valueName: "n|a-b")) var round: String?
  @Option(help: "What made the rows; may be given several times.") var operation: [EvolvingOperation] = []
  @Option(help: ArgumentHelp("Rows at most.", valueName: "n")) var maxRows: Int?
  @Option(help: "Same seed, same order.") var seed: UInt64 = 0
  @Flag(help: "Keep the order of rounds and seeds.") var inOrder = false
  @Option(help: ArgumentHelp("The file; standard output, if not given.", valueName: "file")) var output: String?
  @Argument(help: "The pool, or the folder that it lies in.") var pool: String

  func validate() throws {
    if let round, Self.range(round) == nil {
      throw ValidationError("--round \(round): expected a round such as 2, or a range such as 1-3")
    }
    if let maxRows, maxRows < 0 { throw ValidationError("--max-rows \(maxRows): expected 0 or more") }
  }

  private static func range(_ text: String) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], 0 <= first, first <= last
    else { return nil }
    return first...last
  }

  func run() async throws {
    let pool = try Pool(reading: PoolCommand.path(pool))
    let filter = RowFilter(
      rounds: round.flatMap(Self.range), operations: operation.isEmpty ? nil : operation)
    let order = inOrder ? nil : seed
    guard let output else {
      _ = try await pool.export(as: format, filter, limit: maxRows, shuffleSeed: order) { text in
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
      }
      return
    }
    let count = try await pool.export(to: output, as: format, filter, limit: maxRows, shuffleSeed: order)
    complain("\(output): \(counted(count, "row")), \(format.rawValue)")
  }
}
