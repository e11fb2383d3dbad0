import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import Testing
import TrainingData

@testable import Training

/// What must not matter, does not.
@Suite(.serialized) struct EquivalenceTests {
  /// Eight ragged examples at once, one by one, and packed into two long sequences: one loss, one gradient.
  @Test(arguments: ["full", "lora"]) func accumulationIsCorrect(name: String) throws {
    let fixture = try TrainingFixture.load(name)
    func gradients(micro: Int, accumulate: Int, packing: Bool, length: Int) throws -> (
      loss: Double, gradients: [String: [Float]]
    ) {
      var plan = fixture.plan(micro: micro, accumulate: accumulate, packing: packing, length: length, count: 8)
      var options = fixture.options
      options.micro = micro
      options.length = length
      let session = try TrainingSession.fixture(options, start: fixture.start)
      let step = plan.step(at: 0)
      #expect(step.microBatches.count == (packing ? 1 : accumulate))
      return try session.gradients(of: step)
    }
    let whole = try gradients(micro: 8, accumulate: 1, packing: false, length: 24)
    let single = try gradients(micro: 1, accumulate: 8, packing: false, length: 24)
    let packed = try gradients(micro: 4, accumulate: 1, packing: true, length: 60)
    for other in [single, packed] {
      #expect(abs(other.loss / whole.loss - 1) <= 1e-5, "\(other.loss), \(whole.loss)")
      for (name, want) in whole.gradients {
        let error = relativeError(other.gradients[name]!, want)
        #expect(error <= 1e-5, "\(name): \(error)")
      }
    }
  }

  /// One seed gives one run, byte for byte, dropout included; another seed another.
  @Test func seedDecides() throws {
    let fixture = try TrainingFixture.load("lora")
    func run(_ seed: UInt64) throws -> (losses: [Double], state: [String: [UInt8]]) {
      var lora = LoRA(rank: 4, alpha: 8)
      lora.dropout = 0.2
      var options = fixture.options
      options.method = .lora(lora)
      options.seed = seed
      let session = try TrainingSession.fixture(options)
      let losses = try fixture.steps.prefix(3).map { try session.step($0, learningRate: 1e-2).loss }
      return (losses, try session.stateBytes())
    }
    let (first, second, other) = (try run(1), try run(1), try run(2))
    #expect(first.losses == second.losses && first.state == second.state)
    #expect(first.losses != other.losses)
  }

  @Test(arguments: ["full", "lora"]) func checkpointingChangesNothing(name: String) throws {
    let fixture = try TrainingFixture.load(name)
    func run(_ checkpointed: Bool) throws -> (losses: [Double], memory: TrainingMemory) {
      var options = fixture.options
      options.checkpointed = checkpointed
      if case .lora(var lora) = options.method {
        lora.dropout = 0.1
        options.method = .lora(lora)
      }
      let session = try TrainingSession.fixture(options, start: fixture.start)
      return (
        try fixture.steps.prefix(4).map { try session.step($0, learningRate: 1e-2).loss }, session.memory
      )
    }
    let (kept, again) = (try run(false), try run(true))
    #expect(kept.losses == again.losses)
    #expect(again.memory.activations < kept.memory.activations)
  }

  /// Sixteen bits learn about as much as 32.
  @Test(arguments: [DType.f16, .bf16]) func halfPrecisionLearnsAsMuch(precision: DType) throws {
    let fixture = try TrainingFixture.load("full")
    let step = fixture.steps[0]
    func decrease(_ precision: DType) throws -> Double {
      var options = fixture.options
      options.precision = precision
      options.maximumNorm = nil
      options.weightDecay = 0
      let session = try TrainingSession.fixture(options)
      var losses: [Double] = []
      for _ in 0..<25 {
        let result = try session.step(step, learningRate: 5e-3)
        if !result.skipped { losses.append(result.loss) }
      }
      let end = try session.evaluate(step.microBatches)
      #expect(losses.count >= 20)
      return losses[0] - end
    }
    let fixtureLoss = fixture.losses[0]
    let (reference, half) = (try decrease(.f32), try decrease(precision))
    #expect(reference >= 0.3 * fixtureLoss, "\(reference) of \(fixtureLoss)")
    #expect(abs(half - reference) <= 0.05 * reference, "\(half), \(reference)")
  }

  /// A quantised base is frozen, and its updates learn.
  @Test(arguments: [DType.q8_0, .q4_0], [DType.f32, .bf16]) func quantizedBaseLearns(
    base: DType, precision: DType
  ) throws {
    let fixture = try TrainingFixture.load("lora")
    var options = fixture.quantized(base)
    options.precision = precision
    let session = try TrainingSession.fixture(options)
    #expect(session.plan.shape.weightTypes["model.layers.0.mlp.up_proj.weight"] == base)
    // Rows of 48 elements are no whole blocks.
    #expect(session.plan.notQuantized.allSatisfy { $0.hasSuffix("down_proj.weight") })
    let frozen = try session.store.readBytes("model.layers.0.mlp.up_proj.weight")
    let before = try session.evaluate(fixture.steps[0].microBatches)
    for _ in 0..<10 { _ = try session.step(fixture.steps[0], learningRate: 1e-2) }
    let after = try session.evaluate(fixture.steps[0].microBatches)
    #expect(after < before - 0.1, "\(before), \(after)")
    #expect(try session.store.readBytes("model.layers.0.mlp.up_proj.weight") == frozen)
  }

  /// Super-blocks are made from plain weights, need rows of 256, and lose less than blocks of four bits without minima.
  @Test func superBlockBaseLearns() throws {
    let fixture = try TrainingFixture.load("lora")
    let none = try TrainingPlan(
      ModelSource(path: TrainingFixture.modelPath).configuration, source: nil, options: fixture.quantized(.q4_K),
      in: TestDevice.shared().device.kernelContext)
    #expect(none.notQuantized.count == 14 && none.shape.weightTypes.values.allSatisfy { !$0.isQuantized })

    let shape = LLaMA(
      hidden: 256, layers: 1, heads: 4, kvHeads: 2, headSize: 64, feedForward: 256, vocabulary: 64)
    let configuration = ModelConfiguration(family: .llama, shape: shape, length: 64)
    func losses(_ options: TrainingOptions, steps: Int = 0) throws -> [Double] {
      let session = try TrainingSession.fresh(configuration, options: options, with: TestDevice.shared().library)
      if let base = options.method.base {
        #expect(session.plan.notQuantized.isEmpty)
        #expect(session.plan.shape.weightTypes["model.layers.0.mlp.down_proj.weight"] == base)
      }
      let before = try session.evaluate(fixture.steps[0].microBatches)
      for _ in 0..<steps { _ = try session.step(fixture.steps[0], learningRate: 1e-2) }
      return [before, try session.evaluate(fixture.steps[0].microBatches)]
    }
    let plain = try losses(fixture.options)[0]
    let learnt = try losses(fixture.quantized(.q4_K), steps: 10)
    #expect(abs(learnt[0] - plain) <= 0.01 && learnt[0] != plain, "\(learnt), \(plain)")
    #expect(learnt[1] < learnt[0] - 0.1, "\(learnt)")
  }
}
