import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import Testing
import VulkanRuntime

@testable import Generation

/// The scheduler over a model of random weights.
@Suite(.serialized) struct EngineTests {
  static func model(_ type: DType = .f32) throws -> LoadedModel {
    var shape = LLaMA(hidden: 64, layers: 2, heads: 4, kvHeads: 2, headSize: 16, feedForward: 96, vocabulary: 257)
    shape.theta = 10_000
    return try LoadedModel.random(
      ModelConfiguration(family: .llama, shape: shape, length: 512), type: type, seed: 5,
      with: TestDevice.shared().library)
  }

  static func prompt(_ length: Int, seed: Int) -> [Int] { (0..<length).map { ($0 * 31 + seed * 17 + 3) % 257 } }

  /// The tokens that each request gives, in the order of the requests.
  static func run(
    _ engine: GenerationEngine, _ requests: [GenerationRequest], joining: Int = .max
  ) throws -> [[Int]] {
    var waiting = requests[...]
    var order: [Int] = []
    while let request = waiting.popFirst() {
      order.append(try engine.submit(request))
      if order.count >= joining { break }
    }
    var tokens: [Int: [Int]] = [:]
    engine.onToken = { tokens[$0, default: []].append($1) }
    while !engine.isIdle || !waiting.isEmpty {
      _ = try engine.step()
      if let request = waiting.popFirst() { order.append(try engine.submit(request)) }
    }
    engine.onToken = nil
    return order.map { tokens[$0] ?? [] }
  }

  static let requests: [GenerationRequest] = [
    (5, 20, 0.0), (33, 12, 0), (40, 9, 1), (31, 30, 1), (70, 16, 0.8), (1, 25, 0), (64, 5, 0), (33, 12, 0.9),
  ].enumerated().map { index, item in
    GenerationRequest(
      prompt: prompt(item.0, seed: index == 7 ? 1 : index), maxTokens: item.1,
      sampling: SamplingOptions(temperature: Float(item.2), topK: 50, seed: UInt64(index)), ends: [])
  }

  /// A sequence gives the same tokens alone, beside others, and when it joins a running batch.
  @Test(arguments: [DType.f32, .f16, .q8_0])
  func neighboursDoNotMatter(type: DType) throws {
    let model = try Self.model(type)
    let alone = try Self.requests.map { request in
      let engine = try GenerationEngine(model, tokenizer: nil, options: .init(context: 128))
      return try Self.run(engine, [request])[0]
    }
    for (request, tokens) in zip(Self.requests, alone) { #expect(tokens.count == request.maxTokens) }
    for (sequences, joining) in [(8, 8), (8, 1), (3, 2)] {
      let engine = try GenerationEngine(model, tokenizer: nil, options: .init(context: 128, sequences: sequences))
      #expect(try Self.run(engine, Self.requests, joining: joining) == alone, "\(sequences) at once")
    }
  }

  /// Prompts that begin alike compute their beginning once, and say the same as without.
  @Test func beginningsAreShared() throws {
    let model = try Self.model()
    let start = Self.prompt(100, seed: 9)
    let requests = (0..<5).map {
      GenerationRequest(prompt: start + Self.prompt(3 + $0, seed: $0), maxTokens: 8, ends: [])
    }
    let alone = try requests.map { request in
      let engine = try GenerationEngine(model, tokenizer: nil, options: .init(context: 128))
      return try Self.run(engine, [request])[0]
    }
    let engine = try GenerationEngine(model, tokenizer: nil, options: .init(context: 128, sequences: 5))
    #expect(try Self.run(engine, requests) == alone)
    #expect(engine.sharedTokens == 4 * 96)
    #expect(engine.prefilledTokens == requests.reduce(0) { $0 + $1.prompt.count } - 4 * 96)
    // Once more: everything but each prompt's last part is still there.
    #expect(try Self.run(engine, requests) == alone)
    #expect(engine.sharedTokens == 9 * 96)
  }

  /// More requests than the cache has room for wait, and all are served.
  @Test func manyRequests() throws {
    let engine = try GenerationEngine(try Self.model(), tokenizer: nil, options: .init(context: 64, sequences: 4))
    let requests = (0..<21).map { GenerationRequest(prompt: Self.prompt(1 + $0 * 2, seed: $0), maxTokens: 7, ends: []) }
    let tokens = try Self.run(engine, requests)
    #expect(tokens.allSatisfy { $0.count == 7 })
    #expect(engine.isIdle)
  }

  @Test func endsWhereItShould() throws {
    let engine = try GenerationEngine(try Self.model(), tokenizer: nil, options: .init(context: 64))
    let prompt = Self.prompt(20, seed: 0)
    let free = try Self.run(engine, [GenerationRequest(prompt: prompt, maxTokens: 10, ends: [])])[0]
    func reasons(_ request: GenerationRequest) throws -> (FinishReason?, Int) {
      try engine.submit(request)
      var last: GenerationEvent?
      while !engine.isIdle { last = try engine.step().last ?? last }
      return (last?.reason, last?.tokens ?? -1)
    }
    let end = free[4]
    let place = free.firstIndex(of: end)!
    #expect(try reasons(GenerationRequest(prompt: prompt, maxTokens: 10, ends: [end])) == (.end, place))
    #expect(try reasons(GenerationRequest(prompt: prompt, maxTokens: 3, ends: [])) == (.length, 3))
    #expect(try reasons(GenerationRequest(prompt: prompt, maxTokens: 1000, ends: [])) == (.context, 44))
  }

  /// A model whose numbers are not finite says nothing at all rather than nonsense, greedily and drawn; the engine lives on.
  @Test(arguments: [Float(0), 1]) func whatIsNotFiniteIsAnError(temperature: Float) throws {
    let model = try Self.model()
    let norm = "model.norm.weight"
    let ones = try model.store.read(norm)
    let engine = try GenerationEngine(model, tokenizer: nil, options: .init(context: 64))
    let request = GenerationRequest(
      prompt: Self.prompt(7, seed: 1), maxTokens: 3, sampling: SamplingOptions(temperature: temperature), ends: [])
    for broken in [Float.nan, .infinity] {
      try model.store.write(ones.indices.map { $0 == 5 ? broken : ones[$0] }, to: norm)
      #expect(throws: GenerationError.notFinite) { try Self.run(engine, [request]) }
      #expect(engine.isIdle)
    }
    try model.store.write(ones, to: norm)
    #expect(try Self.run(engine, [request])[0].count == 3)
  }

  @Test func cancelledSequencesLeave() throws {
    let engine = try GenerationEngine(try Self.model(), tokenizer: nil, options: .init(context: 128, sequences: 2))
    let long = GenerationRequest(prompt: Self.prompt(60, seed: 1), maxTokens: 60, ends: [])
    let first = try engine.submit(long)
    let second = try engine.submit(long)
    let third = try engine.submit(long)
    for _ in 0..<3 { _ = try engine.step() }
    engine.cancel(first)
    engine.cancel(third)
    var rest: Set<Int> = []
    while !engine.isIdle { for event in try engine.step() { rest.insert(event.sequence) } }
    #expect(rest == [second])
  }

  @Test func refusesWhatMakesNoSense() throws {
    let engine = try GenerationEngine(try Self.model(), tokenizer: nil, options: .init(context: 64))
    #expect(throws: GenerationError.emptyPrompt) {
      try engine.submit(GenerationRequest(prompt: [], maxTokens: 1, ends: []))
    }
    #expect(throws: GenerationError.promptTooLong(tokens: 64, context: 64)) {
      try engine.submit(GenerationRequest(prompt: Self.prompt(64, seed: 0), maxTokens: 1, ends: []))
    }
    #expect(throws: GenerationError.unknownToken(id: 257, vocabulary: 257)) {
      try engine.submit(GenerationRequest(prompt: [257], maxTokens: 1, ends: []))
    }
    #expect(throws: GenerationError.contextTooLong(asked: 513, model: 512)) {
      try GenerationEngine(Self.model(), tokenizer: nil, options: .init(context: 513))
    }
  }

  /// What is allocated is what was planned.
  @Test func memoryIsAsPlanned() throws {
    let device = try Device(TestDevice.shared().device.physical)
    let shape = LLaMA(
      hidden: 512, layers: 4, heads: 8, kvHeads: 4, headSize: 64, feedForward: 1024, vocabulary: 8192)
    let model = try LoadedModel.random(
      ModelConfiguration(family: .llama, shape: shape, length: 2048), type: .f32, with: PipelineLibrary(device))
    let engine = try GenerationEngine(model, tokenizer: nil, options: .init(context: 1024, sequences: 4))
    let request = GenerationRequest(prompt: [1, 2, 3], maxTokens: 3, ends: [])
    _ = try Self.run(engine, [request, request])
    let (planned, peak) = (Double(engine.memory.total), Double(device.peakAllocatedBytes))
    // Beside it: inputs of a few kilobytes in blocks of a megabyte.
    #expect(abs(peak - planned) <= 0.02 * planned + 2e6, "\(peak) of \(planned)")
  }
}

@Suite struct InferenceBucketTests {
  /// The smallest bucket that holds what is live.
  @Test func bucketsHoldWhatIsLive() {
    let buckets = InferenceBuckets(sequences: 32)
    #expect([1, 2, 3, 17, 32].map { buckets.decode($0).rows } == [1, 2, 4, 32, 32])
    #expect([1, 8, 9, 100, 512].map { buckets.prefill($0, outputs: 1).rows } == [8, 8, 32, 128, 512])
    #expect([0, 1, 2, 8].map { buckets.prefill(1, outputs: $0).outputs } == [1, 1, 8, 8])
    #expect([1, 8, 31, 500, 9999].map { InferenceBuckets.prefillRows(upTo: $0) } == [8, 8, 8, 128, 512])
  }
}
