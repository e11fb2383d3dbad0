import ArgumentParser
import Foundation
import Pool

/// `evolcano pool merge`
struct PoolMergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Join the pools of shards into one, or go on joining.",
    discussion: """
      The shards 0/n to n−1/n of the same seeds give the pool that one run over all of them gives; `evolcano evolve` \
      goes on from it.
      """)

  @Flag(help: "Join pools of other prompts, settings or teachers; what makes a row is in its calls.") var allowMixed =
    false
  @Argument(help: "The pool that takes the others' rows; made when absent.") var out: String
  @Argument(help: "The pools, or the folders that they lie in.") var pools: [String]

  func run() async throws {
    let others = try pools.map { try Pool(reading: PoolCommand.path($0)) }
    let path = PoolCommand.path(out)
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    let merged = try Pool(path: path)
    var progress = Progress(unit: "pools")
    for (place, other) in others.enumerated() {
      progress.show(place, of: others.count, other.path)
      try await merged.merge(other, mixing: allowMixed)
    }
    progress.clear()
    try merged.checkpoint()
    let yields = try await merged.yieldTable()
    print(YieldView(yields: yields, isColored: isColorTerminal).text)
    complain("\(path): \(counted(others.count, "pool")) joined, \(counted(yields.count(verdict: .kept), "row")) kept")
  }
}
