import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing
import TrainingData

@testable import Training

/// A run that is killed again and again, each time in a process of its own, ends as one that never was.
@Suite(.serialized) struct KillTests {
  private static let variable = "EVOLCANO_KILLED_RUN"
  private static let stepCount = 12
  private static let kills = 4

  /// A run to its end, from wherever the checkpoints in the folder stand.
  private static func run(in folder: String, slowly: Bool) throws {
    let fixture = try TrainingFixture.load("lora")
    var options = fixture.options
    options.precision = .f16
    var lora = LoRA(rank: 4, alpha: 8)
    lora.dropout = 0.1
    options.method = .lora(lora)
    let session = try TrainingSession.fixture(options)
    var checkpoints = CheckpointFolder(output: folder, keep: 2)
    // Long enough that a kill finds a checkpoint half written.
    if slowly { checkpoints.willWrite = { _ in Thread.sleep(forTimeInterval: 0.02) } }
    let found = try checkpoints.resume(session)
    #expect(found.passedOver.isEmpty)
    for step in fixture.steps[session.stepIndex..<stepCount] {
      _ = try session.step(step, learningRate: 1e-2)
      try checkpoints.save(session, recipe: "", dataCursor: session.stepIndex)
    }
    try session.writeAdapter(to: folder + "/adapter", base: "base")
  }

  /// What the killed processes do.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment[variable] != nil, "killedRunEndsAsOneThatNeverWas starts processes for it"
    )
  )
  func child() throws {
    try Self.run(in: ProcessInfo.processInfo.environment[Self.variable] ?? "", slowly: true)
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment[variable] == nil, "this is one of the killed processes"),
    .timeLimit(.minutes(2)))
  func killedRunEndsAsOneThatNeverWas() throws {
    let (folder, reference) = (try TemporaryFolder(), try TemporaryFolder())
    try Self.run(in: reference.path, slowly: false)
    let checkpoints = CheckpointFolder(output: folder.path, keep: 2)
    var generator = SplitMix64(state: 5)
    for _ in 0..<Self.kills {
      let newest = checkpoints.steps.first ?? 0
      let process = try start(in: folder.path)
      while process.isRunning, (checkpoints.steps.first ?? 0) <= newest { Thread.sleep(forTimeInterval: 0.005) }
      Thread.sleep(forTimeInterval: Double(generator.next() % 120) / 1000)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal, "the run ended before it was killed")
    }
    let last = try start(in: folder.path)
    last.waitUntilExit()
    #expect(last.terminationStatus == 0)
    let file = "/adapter/adapter_model.safetensors"
    let (got, wanted) = (
      try Data(contentsOf: URL(filePath: folder.path + file)),
      try Data(contentsOf: URL(filePath: reference.path + file))
    )
    #expect(got == wanted)
    #expect(checkpoints.steps == [Self.stepCount, Self.stepCount - 1])
  }

  /// This program again, with one test to run.
  private func start(in folder: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["--testing-library", "swift-testing", "--filter", "KillTests.child"]
    process.environment = ProcessInfo.processInfo.environment.merging([Self.variable: folder]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
