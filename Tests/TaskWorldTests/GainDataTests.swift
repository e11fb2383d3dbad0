import Foundation
import Randomness
import Testing

@testable import TaskWorld

/// Writes what `Tools/world_gain.py` trains on.
@Suite struct GainDataTests {
  private struct Row: Encodable {
    let instruction: String
    let output: String
    let difficulty: Int
    let size: Int
    let isPlain: Bool
    let operations: [TaskWorld.Operation]

    init(_ task: WorldTask) {
      (instruction, output, difficulty) = (task.instruction, task.answer, task.difficulty)
      (size, isPlain, operations) = (task.size, task.isPlain, task.operations)
    }
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["EVOLCANO_WORLD_OUTPUT"] != nil,
      "Tools/world_gain.py says where to write"),
    arguments: WorldSize.allCases)
  func writesTrainingAndTest(world: WorldSize) throws {
    let output = ProcessInfo.processInfo.environment["EVOLCANO_WORLD_OUTPUT"] ?? ""
    let folder = URL(fileURLWithPath: output).appendingPathComponent(world.rawValue)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let seeds = WorldTask.seeds(count: 5000, seed: 7, world: world)
    let evolved = Sample.rounds(world.rounds, of: seeds, seed: 7).new.joined()
    let test = HeldOut().testSet(seed: 99, world: world)
    #expect(test.count == 900)
    for (name, tasks) in [("seeds", seeds), ("evolved", Array(evolved)), ("test", test.map(\.task))] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      var lines = Data()
      for task in tasks { lines += try encoder.encode(Row(task)) + Data("\n".utf8) }
      try lines.write(to: folder.appendingPathComponent("\(name).jsonl"))
    }
  }
}
