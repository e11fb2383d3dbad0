import Formats
import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing
import TrainingData

@testable import Training

/// Stopping anywhere and going on gives the bytes of a run without a stop.
@Suite(.serialized) struct CheckpointTests {
  private struct Fault: Error {}

  /// A run of low-rank updates with dropout and a loss scale that moves.
  private func session(seed: UInt64 = 42) throws -> (session: TrainingSession, steps: [Step]) {
    let fixture = try TrainingFixture.load("lora")
    var lora = LoRA(rank: 4, alpha: 8)
    lora.dropout = 0.1
    var options = fixture.options
    options.method = .lora(lora)
    options.precision = .f16
    options.lossScaling.growthInterval = 2
    options.seed = seed
    return (try TrainingSession.fixture(options), fixture.steps)
  }

  private func adapter(_ session: TrainingSession, _ folder: TemporaryFolder, _ name: String) throws -> Data {
    let path = folder.path + "/" + name
    try session.writeAdapter(to: path, base: "base")
    return try Data(contentsOf: URL(filePath: path + "/adapter_model.safetensors"))
  }

  @Test func resumeAtEveryStepGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let count = 5
    let (whole, steps) = try session()
    let checkpoints = CheckpointFolder(output: folder.path, keep: count)
    var losses: [Double] = []
    for step in steps.prefix(count) {
      try checkpoints.save(whole, recipe: "seed: 42", dataCursor: whole.stepIndex)
      losses.append(try whole.step(step, learningRate: 1e-2).loss)
    }
    let (wanted, state) = (try adapter(whole, folder, "whole"), try whole.stateBytes())
    for start in 0..<count {
      // Stopped after `start` steps: the newer checkpoints were never written.
      let again = try session().session
      try again.restore(try Checkpoint(path: checkpoints.path(ofStep: start)))
      #expect(again.stepIndex == start)
      for index in start..<count {
        #expect(try again.step(steps[index], learningRate: 1e-2).loss == losses[index])
      }
      #expect(try adapter(again, folder, "again") == wanted)
      #expect(try again.stateBytes() == state)
    }
  }

  @Test func recordSaysWhereTheRunStands() throws {
    let folder = try TemporaryFolder()
    let (session, steps) = try session()
    let checkpoints = CheckpointFolder(output: folder.path, keep: 2)
    #expect(try checkpoints.resume(session).checkpoint == nil)
    for step in steps.prefix(4) {
      _ = try session.step(step, learningRate: 1e-2)
      try checkpoints.save(session, recipe: "model: \"x\"\n", dataCursor: 10 * session.stepIndex)
    }
    #expect(checkpoints.steps == [4, 3])
    #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted() == ["step-3", "step-4"])
    let other = try self.session(seed: 7).session
    let found = try checkpoints.resume(other)
    let record = try #require(found.checkpoint).record
    #expect(record.step == 4 && record.dataCursor == 40 && record.recipe == "model: \"x\"\n" && record.seed == 42)
    #expect(try record.control == session.control())
    #expect(record.summationOrders == session.summationOrders && !record.summationOrders.isEmpty)
    #expect(found.passedOver.isEmpty && found.differences == ["the seed was 42"])
  }

  /// Torn, shortened, flipped: the one before is taken, and the message says which file is wrong.
  @Test(arguments: ["short", "flipped", "empty", "record", "gone", "garbage"])
  func damagedCheckpointFallsBack(damage: String) throws {
    let folder = try TemporaryFolder()
    let (session, steps) = try session()
    let checkpoints = CheckpointFolder(output: folder.path, keep: 3)
    try checkpoints.save(session, recipe: "", dataCursor: 0)
    let state = try session.stateBytes()
    _ = try session.step(steps[0], learningRate: 1e-2)
    try checkpoints.save(session, recipe: "", dataCursor: 1)
    let (slabs, record) = (
      checkpoints.path(ofStep: 1) + "/slabs.safetensors", checkpoints.path(ofStep: 1) + "/checkpoint.json"
    )
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: slabs)))
    switch damage {
    case "short": try Data(bytes.dropLast(5000)).write(to: URL(filePath: slabs))
    case "flipped":
      bytes[bytes.count - 777] ^= 4
      try Data(bytes).write(to: URL(filePath: slabs))
    case "empty": try Data().write(to: URL(filePath: slabs))
    case "record": try Data("{\"version\": 1".utf8).write(to: URL(filePath: record))
    case "gone": try FileManager.default.removeItem(atPath: slabs)
    default: try Data("{\"version\": 1, \"step\": \"one\", \"control\": [1]}".utf8).write(to: URL(filePath: record))
    }
    let again = try self.session().session
    let found = try checkpoints.resume(again)
    #expect(found.checkpoint?.record.step == 0 && again.stepIndex == 0)
    #expect(found.passedOver.count == 1 && found.passedOver[0].file.contains("step-1"), "\(found.passedOver)")
    #expect(try again.stateBytes() == state)
    // With no whole one left the run does not silently start afresh.
    try FileManager.default.removeItem(atPath: checkpoints.path(ofStep: 0))
    #expect(throws: FormatError.self) { try checkpoints.resume(again) }
  }

  @Test func fullDiskLeavesTheOldCheckpoint() throws {
    let folder = try TemporaryFolder()
    let (session, steps) = try session()
    var checkpoints = CheckpointFolder(output: folder.path, keep: 1)
    try checkpoints.save(session, recipe: "", dataCursor: 0)
    let state = try session.stateBytes()
    _ = try session.step(steps[0], learningRate: 1e-2)

    let needed = session.memory.checkpoint
    checkpoints.freeBytes = { _ in needed - 1 }
    #expect(throws: CheckpointError.diskFull(path: checkpoints.path, needed: needed, free: needed - 1)) {
      try checkpoints.save(session, recipe: "", dataCursor: 1)
    }
    checkpoints.freeBytes = { _ in nil }
    checkpoints.willWrite = { written in if written > 0 { throw Fault() } }
    #expect(throws: Fault.self) { try checkpoints.save(session, recipe: "", dataCursor: 1) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.path) == ["step-0"])
    let again = try self.session().session
    #expect(try checkpoints.resume(again).checkpoint?.record.step == 0)
    #expect(try again.stateBytes() == state)
    // And there is room for it: a checkpoint takes no more than was said.
    let taken = try FileManager.default.subpathsOfDirectory(atPath: checkpoints.path(ofStep: 0)).reduce(0) {
      $0 + [UInt8](try Data(contentsOf: URL(filePath: checkpoints.path(ofStep: 0) + "/" + $1))).count
    }
    #expect(taken <= needed && taken >= needed - Checkpoint.overhead)
  }

  /// Bytes changed at random in either file: an error or a resumption, never a crash.
  @Test func hostileCheckpointsAreSurvived() throws {
    let folder = try TemporaryFolder()
    let (session, steps) = try session()
    let checkpoints = CheckpointFolder(output: folder.path, keep: 1)
    try checkpoints.save(session, recipe: "recipe", dataCursor: 0)
    var generator = SplitMix64(state: 11)
    var refused = 0
    for name in ["checkpoint.json", "slabs.safetensors"] {
      let file = URL(filePath: checkpoints.path(ofStep: 0) + "/" + name)
      let bytes = [UInt8](try Data(contentsOf: file))
      for round in 0..<60 {
        var changed = bytes
        // The header of the slabs, and the record's fields before the checksums, are where a reader may stumble.
        let end = min(bytes.count, 2000)
        for _ in 0...round % 4 { changed[Int(generator.next() % UInt64(end))] = UInt8(generator.next() % 128) }
        if round % 5 == 0 { changed.removeLast(Int(generator.next() % UInt64(changed.count))) }
        try Data(changed).write(to: file)
        do { _ = try checkpoints.resume(session) } catch is FormatError { refused += 1 } catch is CheckpointError {
          refused += 1
        }
      }
      try Data(bytes).write(to: file)
    }
    #expect(refused >= 60)
    #expect(try checkpoints.resume(session).checkpoint != nil)
    #expect(try session.step(steps[0], learningRate: 1e-2).loss.isFinite)
  }

  @Test func checkpointOfAnotherRunIsRefused() throws {
    let folder = try TemporaryFolder()
    let checkpoints = CheckpointFolder(output: folder.path, keep: 1)
    try checkpoints.save(session().session, recipe: "", dataCursor: 0)
    let fixture = try TrainingFixture.load("full")
    let other = try TrainingSession.fixture(fixture.options)
    let before = try other.stateBytes()
    #expect(throws: CheckpointError.otherRun(checkpoints.path(ofStep: 0))) { try checkpoints.resume(other) }
    #expect(try other.stateBytes() == before)
  }
}
