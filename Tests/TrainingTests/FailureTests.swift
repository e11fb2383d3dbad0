import Foundation
import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import Testing
import Text
import TrainingData
import VulkanRuntime

@testable import Training

/// Numbers that overflow, memory that does not suffice, batches that do not fit.
@Suite(.serialized) struct FailureTests {
  @Test(arguments: [DType.f32, .bf16]) func badNodeIsNamed(precision: DType) throws {
    let fixture = try TrainingFixture.load("full")
    var options = fixture.options
    options.precision = precision
    let session = try TrainingSession.fixture(options)
    _ = try session.step(fixture.steps[0], learningRate: 1e-3)
    let name = "model.layers.1.mlp.up_proj.weight"
    var weights = try session.parameter(name)
    weights[5] = .infinity
    try session.write(weights, to: name)
    let before = try session.parameters()
    let error = #expect(throws: TrainingError.self) { try session.step(fixture.steps[1], learningRate: 1e-3) }
    guard case .notFinite(let step, let microBatch, let first?)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(step == 1 && microBatch == 0 && first.node == "model.layers.1.mlp.up_proj", "\(first)")
    #expect(error!.description.contains("model.layers.1.mlp.up_proj"))
    #expect(try session.parameters() == before && session.stepIndex == 1)
  }

  /// f16 skips steps and halves the scale until the gradients fit, and then learns.
  @Test func lossScaleFindsItsPlace() throws {
    let fixture = try TrainingFixture.load("full")
    var options = fixture.options
    options.precision = .f16
    options.lossScaling.first = 0x1p24
    options.lossScaling.growthInterval = 1000
    let session = try TrainingSession.fixture(options)
    let before = try session.parameters()
    let first = try session.step(fixture.steps[0], learningRate: 1e-3)
    #expect(first.skipped)
    #expect(try session.parameters() == before)
    #expect(try session.control().lossScale == 0x1p23)
    var skipped = 1
    while try session.step(fixture.steps[0], learningRate: 1e-3).skipped { skipped += 1 }
    let control = try session.control()
    #expect(control.skippedSteps == skipped && control.step == 1 && session.stepIndex == skipped + 1)
    #expect(try session.parameters() != before)
  }

  @Test func lossScaleHasAFloor() throws {
    let fixture = try TrainingFixture.load("full")
    var options = fixture.options
    options.precision = .f16
    options.lossScaling.first = 4
    options.lossScaling.floor = 1
    let session = try TrainingSession.fixture(options)
    var weights = try session.parameter("model.norm.weight")
    weights[0] = .infinity
    try session.write(weights, to: "model.norm.weight")
    #expect(try session.step(fixture.steps[0], learningRate: 1e-3).skipped)
    #expect(try session.step(fixture.steps[0], learningRate: 1e-3).skipped)
    #expect(throws: TrainingError.lossScaleTooSmall(step: 2, scale: 0.5)) {
      try session.step(fixture.steps[0], learningRate: 1e-3)
    }
  }

  @Test func batchesAreChecked() throws {
    let fixture = try TrainingFixture.load("full")
    var options = fixture.options
    options.micro = 3
    let session = try TrainingSession.fixture(options)
    #expect(throws: TrainingError.rows(got: 48, expected: 72)) {
      try session.step(fixture.steps[0], learningRate: 1e-3)
    }
    #expect(throws: TrainingError.noTargets) { try session.evaluate([]) }
    let place = RowPlace(file: "x", line: 1)
    func step(_ ids: [Int], _ trained: [Bool]) -> Step {
      var plan = BatchPlan(
        [Example(place: place, ids: ids, isTrained: trained)], batches: .init(length: 24, micro: 3), extent: .steps(1))
      return plan.step(at: 0)
    }
    #expect(throws: TrainingError.token(64, vocabulary: 64)) {
      try session.step(step([1, 64], [false, true]), learningRate: 1e-3)
    }
    #expect(throws: TrainingError.noTargets) { try session.step(step([1, 2], [true, false]), learningRate: 1e-3) }
  }

  @Test(arguments: [Double.nan, .infinity, -1e-3]) func learningRatesAreChecked(rate: Double) throws {
    let fixture = try TrainingFixture.load("lora")
    let session = try TrainingSession.fixture(fixture.options)
    let before = try session.stateBytes()
    let error = #expect(throws: TrainingError.self) { try session.step(fixture.steps[0], learningRate: rate) }
    #expect(error?.description.hasPrefix("step 0: a learning rate of \(rate)") ?? false)
    #expect(try session.stateBytes() == before && session.stepIndex == 0)
  }

  /// The field is named, and nothing is loaded.
  @Test func unsuitableFieldsAreNamed() throws {
    let source = try ModelSource(path: TrainingFixture.modelPath)
    let context = try TestDevice.shared().device.kernelContext
    func refusal(_ change: (inout TrainingOptions) -> Void) throws -> String? {
      var options = TrainingOptions(method: .lora(LoRA(rank: 16, alpha: 16)), micro: 1, length: 64)
      change(&options)
      do {
        _ = try TrainingPlan(source.configuration, source: source, options: options, in: context)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(try refusal { _ in } == nil)
    #expect(try refusal { $0.length = 65 } == "data.length: is 65, but the model takes sequences of 64.")
    // Keys have half as many heads as queries: 16 rows of 32.
    let problem = "lora.rank: is 17, but model.layers.0.self_attn.k_proj is a matrix of 16 × 32: at most 16."
    #expect(try refusal { $0.method = .lora(LoRA(rank: 17, alpha: 1)) } == problem)
    #expect(try refusal { $0.method = .quantizedLoRA(LoRA(rank: 17, alpha: 1), base: .q8_0) } == problem)
    #expect(try refusal { $0.method = .lora(LoRA(rank: 17, alpha: 1, targets: ["q_proj"])) } == nil)
    #expect(try refusal { $0.method = .lora(LoRA(rank: 33, alpha: 1, targets: ["q_proj"])) } != nil)
    #expect(try refusal { $0.method = .full } == nil)
  }

  @Test func aTokenizerOfAnotherModelIsRefused() throws {
    let fixtures = TrainingFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
    let tokenizer = try Tokenizer.load(model: fixtures.appending(path: "TextTests/Fixtures/sentencepiece-bpe"))
    let options = TrainingOptions(method: .full, micro: 1, length: 8)
    var configuration = try ModelSource(path: TrainingFixture.modelPath).configuration
    let error = #expect(throws: TrainingError.self) { try options.check(configuration, tokenizer: tokenizer) }
    let problem = "model: gives a model of 64 tokens and a tokenizer of \(tokenizer.vocabularySize): "
    #expect(error?.description == problem + "they do not belong together.")
    configuration.shape.vocabulary = tokenizer.vocabularySize
    #expect(throws: Never.self) { try options.check(configuration, tokenizer: tokenizer) }
  }

  /// What the plan says is what is allocated.
  @Test(arguments: ["full", "lora"], [DType.f32, .bf16]) func planIsWhatIsAllocated(
    name: String, precision: DType
  ) throws {
    let fixture = try TrainingFixture.load(name)
    var options = fixture.options
    options.precision = precision
    let session = try TrainingSession.fixture(options)
    let memory = session.memory
    // Each buffer once: slabs are seen through many names.
    var buffers: [ObjectIdentifier: Int] = [:]
    for name in session.store.names where name != TrainingSession.controlName && !name.contains("rotary") {
      let buffer = session.store[name]!.buffer.buffer
      buffers[ObjectIdentifier(buffer)] = buffer.byteCount
    }
    let weights = memory.frozenWeights + memory.parameters + memory.gradients + memory.moments
    #expect(buffers.values.reduce(0, +) == weights, "\(session.store.names)")
    let programs = [session.micro, session.optimizer, try session.evaluation()]
    #expect(programs.map(\.plan.arenaBytes).max() == memory.activations + memory.workspace)
    let external = session.micro.plan.externalBytes
    #expect(memory.inputs > 0 && memory.inputs < external)
    #expect(memory.totalBytes >= external + session.micro.plan.arenaBytes)
  }

  @Test func adviceFits() throws {
    let context = try TestDevice.shared().device.kernelContext
    var shape = LLaMA(
      hidden: 512, layers: 2, heads: 8, kvHeads: 8, headSize: 64, feedForward: 1376, vocabulary: 2000)
    shape.tiesEmbeddings = false
    let configuration = ModelConfiguration(family: .llama, shape: shape, length: 1024)
    let options = TrainingOptions(method: .full, micro: 4, length: 256)
    let plan = try TrainingPlan(configuration, source: nil, options: options, in: context)
    let memory = try plan.memory()
    #expect(memory.parameters == memory.gradients && memory.moments == 2 * memory.gradients)
    #expect(memory.gradients >= 4 * plan.trainedCount && memory.frozenWeights == 0)
    #expect(try plan.check(available: memory.totalBytes) == memory)
    let available = memory.totalBytes * 7 / 10
    let error = #expect(throws: TrainingError.self) { try plan.check(available: available) }
    guard case .outOfMemory(_, _, let changes)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!changes.isEmpty && changes.contains(.lora))
    for change in TrainingChange.allCases {
      let changed = try #require(change.applied(to: options))
      let needed = try TrainingPlan(configuration, source: nil, options: changed, in: context).memory().totalBytes
      #expect(changes.contains(change) == (needed <= available), "\(change): \(needed) of \(available)")
    }
    let none = #expect(throws: TrainingError.self) { try plan.check(available: 1000) }
    #expect(none?.description.contains("No single change") ?? false)
  }
}
