public import ArgumentParser
import Foundation
public import Pool
import Workflow

/// `evolcano pool`
struct PoolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool", abstract: "Look into pools of evolved instructions, write training files, join shards.",
    discussion: "A pool is the pool.sqlite that `evolcano evolve` writes; the folder that it lies in will do.",
    subcommands: [PoolShowCommand.self, PoolExportCommand.self, PoolMergeCommand.self])

  /// The pool that a person means: a file, or the folder of an evolution.
  static func path(_ given: String) -> String {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: given, isDirectory: &isFolder)
    return isThere && isFolder.boolValue ? EvolveConfiguration.pool(in: given) : given
  }
}

extension EvolvingOperation: ExpressibleByArgument {}
extension EliminationRule: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
