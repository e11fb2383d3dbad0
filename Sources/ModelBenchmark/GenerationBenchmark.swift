import Generation
import KernelBenchmark
import Kernels
public import LanguageModel
import TensorGraph
import VulkanRuntime

/// Measures how fast a model reads a prompt and writes an answer, against the copy bandwidth of its device.
public struct GenerationBenchmark {
  public struct Options: Sendable {
    /// Tokens of the prompt that is measured.
    public var promptTokens = 512
    /// Tokens of the answer that is measured.
    public var answerTokens = 64
    /// Sequences that write answers at once.
    public var sequences = 1

    public init() {}
  }

  public struct Report: Sendable, Codable {
    public var device: String
    public var driver: String
    /// Type of the matrices.
    public var type: String
    public var parameters: Int
    /// Bytes planned for the device, and held at the most.
    public var plannedBytes: Int
    public var peakBytes: Int
    /// From nothing compiled to the first token after a prompt of five.
    public var firstTokenSeconds: Double
    public var promptTokens: Int
    public var promptTokensPerSecond: Double
    public var answerTokens: Int
    public var sequences: Int
    /// Of all sequences together.
    public var answerTokensPerSecond: Double
    /// Weights and cache read for the answers, over their time.
    public var answerGigabytesPerSecond: Double
    /// Bytes a second over 1e9 of a plain copy, read and write counted.
    public var copyGigabytesPerSecond: Double
    public var shareOfCopy: Double
  }

  private let model: LoadedModel
  private let options: Options

  public init(_ model: LoadedModel, options: Options = Options()) {
    self.model = model
    self.options = options
  }

  /// - Parameters:
  ///   - profiling: called at the end with where the time of each program goes, as a table.
  ///   - progress: called with what is going to be measured.
  public func run(
    profiling: ((_ name: String, _ table: String) -> Void)? = nil, progress: (String) -> Void = { _ in }
  ) throws -> Report {
    let device = model.library.device
    let needed = options.promptTokens + options.answerTokens + 1
    let engine = try GenerationEngine(
      model, tokenizer: nil, options: .init(context: max(needed, 64), sequences: options.sequences))
    progress("the first token")
    let first = try time { try generate(engine, prompts: [Array(1...5)], tokens: 1) }
    progress("a prompt of \(options.promptTokens) tokens")
    _ = try generate(engine, prompts: [prompt(0)], tokens: 1)  // compiles and touches the memory
    let reading = try [1, 2, 3].map { seed in
      try time { try generate(engine, prompts: [prompt(seed)], tokens: 1) }
    }.min()!
    progress("answers of \(options.answerTokens) tokens")
    let prompts = (0..<options.sequences).map { sequence in (0..<8).map { 1 + (sequence * 97 + $0 * 31) % 255 } }
    _ = try generate(engine, prompts: prompts, tokens: 2)
    let short = try time { try generate(engine, prompts: prompts, tokens: 1) }
    let long = try time { try generate(engine, prompts: prompts, tokens: 1 + options.answerTokens) }
    let writing = max(long - short, 1e-9)
    if let profiling {
      for (name, profile) in try engine.profiles() { profiling(name, profile.table(nodes: 12)) }
    }
    let peak = device.peakAllocatedBytes
    let copy = try Stopwatch(device, library: model.library).copyBandwidth()
    let bytes = bytesRead(engine) * Double(options.answerTokens) / writing
    return Report(
      device: device.properties.name, driver: device.properties.driverInfo,
      type: model.shape.parameters.first { $0.name.hasSuffix("q_proj.weight") }.map { model.shape.type(of: $0).name }
        ?? "",
      parameters: model.shape.parameterCount, plannedBytes: engine.memory.total, peakBytes: peak,
      firstTokenSeconds: first, promptTokens: options.promptTokens,
      promptTokensPerSecond: Double(options.promptTokens) / reading, answerTokens: options.answerTokens,
      sequences: options.sequences,
      answerTokensPerSecond: Double(options.answerTokens * options.sequences) / writing,
      answerGigabytesPerSecond: bytes * 1e-9, copyGigabytesPerSecond: copy * 1e-9, shareOfCopy: bytes / copy)
  }

  /// Bytes that one step of an answer reads at the least: every weight once but the table's, of which it reads a row, and
  /// the cache of half an answer.
  private func bytesRead(_ engine: GenerationEngine) -> Double {
    let table = model.store["model.embed_tokens.weight"]!  // every model has one
    let weights = model.weightBytes - (model.shape.tiesEmbeddings ? 0 : table.byteCount)
    let position = engine.memory.cache / (engine.cache.blocks * 32)
    return Double(weights) + Double(position * (8 + options.answerTokens / 2) * options.sequences)
  }

  /// A prompt that shares no beginning with another seed's.
  private func prompt(_ seed: Int) -> [Int] {
    let vocabulary = model.shape.vocabulary
    return (0..<options.promptTokens).map { ($0 * 7919 + seed * 104_729 + 1) % vocabulary }
  }

  private func generate(_ engine: GenerationEngine, prompts: [[Int]], tokens: Int) throws {
    for prompt in prompts { try engine.submit(GenerationRequest(prompt: prompt, maxTokens: tokens, ends: [])) }
    while !engine.isIdle { _ = try engine.step() }
  }

  private func time(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let elapsed = try clock.measure(body)
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  }
}
