import Formats
import Foundation
import LanguageModel
import Testing
import TrainingData

@testable import Training

/// Writes an adapter and a model for `Tools/check_training.py`, which reads them with transformers and peft.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["EVOLCANO_TRAINING_OUTPUT"] != nil,
    "Tools/check_training.py asks for these files"))
struct InteroperationTests {
  @Test(arguments: ["full", "lora"]) func writesForOthers(name: String) throws {
    let folder = ProcessInfo.processInfo.environment["EVOLCANO_TRAINING_OUTPUT"] ?? ""
    let fixture = try TrainingFixture.load(name)
    let session = try TrainingSession.fixture(fixture.options)
    for step in fixture.steps.prefix(5) { _ = try session.step(step, learningRate: 1e-2) }
    let output = folder + "/" + name
    if name == "full" {
      try session.writeModel(
        to: output, source: ModelSource(path: TrainingFixture.modelPath), tokenizer: nil, type: .f32)
    } else {
      try session.writeAdapter(to: output, base: TrainingFixture.modelPath)
    }
    // Of the first example alone, which has a micro-batch to itself.
    var plan = fixture.plan(micro: fixture.micro, accumulate: 1, count: 1)
    let loss = try session.evaluate(plan.step(at: 0).microBatches)
    try Data("\(loss)\n".utf8).write(to: URL(filePath: output + ".loss"))
  }
}
