import Formats
import Foundation
import LanguageModel
import TensorGraph
import TestSupport
import Testing
import Text
import TrainingData

@testable import Training

/// What training leaves behind is read by the loaders.
@Suite(.serialized) struct OutputTests {
  /// Mean loss of the live rows of a batch, by a model as it is loaded for inference.
  private func loss(_ model: LoadedModel, _ step: Step) throws -> Double {
    let batch = step.microBatches[0]
    let scoring = try model.shape.scoring(rows: batch.tokens.count)
    let program = try Program.compile(scoring.graph, outputs: [scoring.nll], with: model.library, store: model.store)
    try program.write(batch.tokens, to: scoring.inputs.tokens)
    try program.write(batch.positions, to: scoring.inputs.positions)
    try program.write(batch.documentStart, to: scoring.inputs.documentStart)
    try program.write(batch.targets, to: scoring.targets)
    try program.run()
    let nll = try program.read(scoring.nll)
    let rows = batch.targets.indices.filter { batch.targets[$0] >= 0 }
    return rows.reduce(0) { $0 + Double(nll[$1]) } / Double(rows.count)
  }

  @Test func adapterIsReadBack() throws {
    let folder = try TemporaryFolder()
    let fixture = try TrainingFixture.load("lora")
    var lora = LoRA(rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "down_proj"])
    lora.isRankStabilized = true
    var options = fixture.options
    options.method = .lora(lora)
    let session = try TrainingSession.fixture(options)
    for step in fixture.steps.prefix(3) { _ = try session.step(step, learningRate: 1e-2) }
    let path = folder.path + "/adapter"
    try session.writeAdapter(to: path, base: TrainingFixture.modelPath)
    let adapter = try Adapter(path: path)
    #expect(adapter.lora == lora)
    let source = try ModelSource(path: TrainingFixture.modelPath)
    let model = try LoadedModel.load(source, adapter: adapter, with: TestDevice.shared().library)
    let got = try loss(model, fixture.steps[4])
    let wanted = try session.evaluate([fixture.steps[4].microBatches[0]])
    #expect(abs(got - wanted) <= 1e-6 * wanted)
    // And the updates matter.
    let base = try loss(LoadedModel.load(source, with: TestDevice.shared().library), fixture.steps[4])
    #expect(abs(base - wanted) > 1e-3)
  }

  @Test func modelIsReadBack() throws {
    let folder = try TemporaryFolder()
    let fixture = try TrainingFixture.load("full")
    let session = try TrainingSession.fixture(fixture.options)
    for step in fixture.steps.prefix(3) { _ = try session.step(step, learningRate: 1e-2) }
    let path = folder.path + "/model"
    // Another model's tokenizer serves as well as any: its files are copied.
    let other = TrainingFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "TextTests/Fixtures/smollm")
    try session.writeModel(
      to: path, source: ModelSource(path: TrainingFixture.modelPath), tokenizer: TokenizerFiles(model: other),
      type: .f32)
    #expect(
      FileManager.default.contentsEqual(atPath: path + "/tokenizer.json", andPath: other.path + "/tokenizer.json"))
    let source = try ModelSource(path: path)
    let again = try TrainingSession.load(source, options: fixture.options, with: TestDevice.shared().library)
    #expect(try again.parameters() == session.parameters())
    let config = try JSONField(path: path + "/config.json")
    #expect(try config["dtype"].string() == "float32" && config["pretraining_tp"].integer() == 1)
    // In 16 bits, and without a folder that it came from.
    try session.writeModel(to: path, source: nil, tokenizer: nil, type: .bf16)
    #expect(!FileManager.default.fileExists(atPath: path + "/tokenizer.json"))
    let half = try TrainingSession.load(
      ModelSource(path: path), options: fixture.options, with: TestDevice.shared().library)
    for (name, values) in try half.parameters() {
      #expect(relativeError(values, try session.parameter(name)) <= 4e-3)
    }
  }

  @Test func freshWeightsFollowFromTheSeed() throws {
    let library = try TestDevice.shared().library
    let configuration = try ModelSource(path: TrainingFixture.modelPath).configuration
    var options = TrainingOptions(method: .full, micro: 1, length: 16)
    let first = try TrainingSession.fresh(configuration, options: options, with: library).parameters()
    let second = try TrainingSession.fresh(configuration, options: options, with: library).parameters()
    options.seed = 43
    let other = try TrainingSession.fresh(configuration, options: options, with: library).parameters()
    #expect(first == second && first != other)
    let table = try #require(first["model.embed_tokens.weight"])
    let variance = table.reduce(0.0) { $0 + Double($1 * $1) } / Double(table.count)
    #expect(abs(variance.squareRoot() - 0.02) <= 0.001)
    #expect(first["model.norm.weight"]!.allSatisfy { $0 == 1 })
  }

  /// A's elements are uniform in ±1/√K, B's are zero.
  @Test func updatesStartAsPEFTStartsThem() throws {
    let session = try TrainingSession.fixture(try TrainingFixture.load("lora").options)
    for parameter in session.plan.trained {
      let values = try session.parameter(parameter.name)
      if parameter.name.hasSuffix("lora_B.weight") {
        #expect(values.allSatisfy { $0 == 0 })
      } else {
        let bound = 1 / Float(parameter.shape[1]).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound } && values.contains { abs($0) > 0.9 * bound })
        #expect(abs(values.reduce(0, +) / Float(values.count)) <= 0.2 * bound)
      }
    }
  }
}
