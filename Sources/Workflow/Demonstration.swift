import Kernels
public import LanguageModel
public import TensorGraph
public import VulkanRuntime

/// A LLaMA of two layers that learns to continue arithmetic progressions from nothing: the whole engine at work in a
/// few seconds. The graph is built, differentiated, planned and recorded once, and replayed for every step.
///
/// A document is `start, start + stride, start + 2·stride, …` modulo the vocabulary. The first token tells nothing of the
/// stride, so the loss counts from the second on; a model that has understood reaches a loss near 0 and continues
/// progressions that it never saw.
public final class Demonstration {
  /// Tokens of one document, documents of one step.
  private static let length = 16
  private static let documents = 16
  private static let peakLearningRate = 3e-3
  private static let warmupSteps = 10

  /// One training step.
  public struct Step: Sendable {
    public let index: Int
    /// Mean negative log-likelihood in nats a token.
    public let loss: Double
    public let seconds: Double
  }

  /// What the model makes of progressions that it was not trained on.
  public struct Continuation: Sendable {
    public let prompt: [Int32]
    public let continuation: [Int32]
    public let wanted: [Int32]
  }

  public let model = LLaMA(
    hidden: 64, layers: 2, heads: 4, kvHeads: 2, headSize: 16, feedForward: 192, vocabulary: 32)
  /// Forward and backward pass of one step.
  public let training: Program
  /// Gradient norm, clipping and AdamW.
  public let optimizer: Program
  private let prediction: Program
  private let inputs: LLaMA.Inputs
  private let targets: Value
  private let predictionInputs: LLaMA.Inputs
  private let next: Value
  private let store: TensorStore
  private var generator: Generator
  private let steps: Int
  private var index = 0
  public let parameterCount: Int

  private static var rows: Int { length * documents }
  /// Targets of one step.
  public static var tokensPerStep: Int { documents * (length - 2) }

  /// Builds, differentiates, plans, allocates and records.
  /// - Parameter steps: over which the learning rate warms up and falls to 0.
  public init(_ device: Device, steps: Int, seed: UInt64 = 1) throws {
    self.steps = steps
    let library = PipelineLibrary(device)
    store = TensorStore(device)
    generator = Generator(state: seed)

    var built = try model.training(rows: Self.rows)
    let parameters = built.graph.trainableParameters
    let control = try built.graph.controlBlock()
    let counted = try built.graph.addLoss(built.loss.nll, to: control)
    try built.graph.accumulateGradients(of: built.loss.sum, scale: counted, withRespectTo: parameters)
    let layout = built.graph.slabLayout(slabBytes: device.properties.maxStorageBufferRange) { _, type in
      type.rows > 1 ? 0.01 : 0
    }
    try store.add(layout)
    try store.tensor("control", .controlBlock)
    try store.write(
      bytes: ControlBlock(maximumNorm: 1, lossScale: 1).words.flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      }, to: "control")
    training = try Program.compile(built.graph, outputs: [counted], with: library, store: store)
    inputs = built.inputs
    targets = built.targets
    optimizer = try Program.compile(Graph.optimizer(layout), outputs: [], with: library, store: store)

    let answer = try model.prediction(rows: Self.rows)
    prediction = try Program.compile(answer.graph, outputs: [answer.next], with: library, store: store)
    predictionInputs = answer.inputs
    next = answer.next
    parameterCount = parameters.reduce(0) { $0 + built.graph.type(of: $1).shape.reduce(1, *) }
    for value in parameters {
      try initialise(built.graph.name(of: value), built.graph.type(of: value))
    }
  }

  /// Norm weights are one, matrices uniform with the variance of GPT-2's initialisation (0.02²), narrower models wider.
  private func initialise(_ name: String, _ type: TensorType) throws {
    let count = type.shape.reduce(1, *)
    guard type.rows > 1 else { return try store.write([Float](repeating: 1, count: count), to: name) }
    let bound = (3 / Float(type.columns)).squareRoot()
    try store.write((0..<count).map { _ in Float.random(in: -bound...bound, using: &generator) }, to: name)
  }

  /// Linear warm-up, then linear to 0.
  private var learningRate: Double {
    let rising = Double(index) / Double(Self.warmupSteps)
    let falling = Double(steps - index) / Double(max(steps - Self.warmupSteps, 1))
    return Self.peakLearningRate * max(min(rising, falling, 1), 0)
  }

  /// Takes one step on new documents.
  public func step() throws -> Step {
    let clock = ContinuousClock()
    let start = clock.now
    let sequences = (0..<Self.documents).map { _ in progression(length: Self.length, trained: true) }
    let tokens = Array(sequences.joined())
    // The token after each; none after the first, whose successor is a guess, and the last.
    let targets: [Int32] = sequences.flatMap { [-1] + Array($0[2...]) + [-1] }
    try write(tokens, targets, to: training, inputs)
    let words = ControlBlock.stepWords(learningRate: learningRate, tokenCount: Self.tokensPerStep)
    try store.device.write(words, to: store["control"]!.buffer)
    try training.submit()
    try optimizer.submit()
    try optimizer.wait()
    let loss = try store.read("control")[ControlBlock.Word.loss.rawValue]
    let elapsed = (clock.now - start).components
    defer { index += 1 }
    return Step(
      index: index, loss: Double(loss) / Double(Self.tokensPerStep),
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
  }

  /// Continues new progressions of strides that training has left out, greedily, token by token.
  /// - Parameter given: tokens of each prompt.
  public func continuations(given: Int = 4, count: Int = 8) throws -> [Continuation] {
    let whole = (0..<Self.documents).map { _ in progression(length: given + count, trained: false) }
    var known = whole.map { Array($0.prefix(given)) }
    for _ in 0..<count {
      let padded = known.map { $0 + [Int32](repeating: 0, count: Self.length - $0.count) }
      try write(padded.flatMap { $0 }, nil, to: prediction, predictionInputs)
      try prediction.run()
      let answers = try prediction.readIntegers(next)
      for document in known.indices {
        known[document].append(answers[document * Self.length + known[document].count - 1])
      }
    }
    return zip(known, whole).map { got, wanted in
      Continuation(
        prompt: Array(got.prefix(given)), continuation: Array(got.dropFirst(given)),
        wanted: Array(wanted.dropFirst(given)))
    }
  }

  /// Starts and strides are drawn; the pairs with `(start + stride) % 5 == 0` are kept out of training.
  private func progression(length: Int, trained: Bool) -> [Int32] {
    let vocabulary = Int32(model.vocabulary)
    while true {
      let start = Int32.random(in: 0..<vocabulary, using: &generator)
      let stride = Int32.random(in: 1...7, using: &generator)
      guard ((start + stride) % 5 != 0) == trained else { continue }
      return (0..<Int32(length)).map { (start + $0 * stride) % vocabulary }
    }
  }

  private func write(
    _ tokens: [Int32], _ targets: [Int32]?, to program: Program, _ inputs: LLaMA.Inputs
  ) throws {
    let length = Int32(Self.length)
    let rows = Array(0..<Int32(Self.rows))
    try program.write(tokens, to: inputs.tokens)
    if let targets { try program.write(targets, to: self.targets) }
    try program.write(rows.map { $0 % length }, to: inputs.positions)
    try program.write(rows.map { $0 / length * length }, to: inputs.documentStart)
  }
}

/// Vigna 2016, xorshift64*: a stream that is fixed by its seed.
private struct Generator: RandomNumberGenerator {
  private var state: UInt64

  /// - Parameter state: not 0.
  init(state: UInt64) { self.state = state }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
