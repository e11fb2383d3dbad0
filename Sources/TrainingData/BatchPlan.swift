/// How a run takes its examples: every epoch each of them once, in an order of its own, in steps of
/// `micro` × `accumulate` sequences. The last step of an epoch takes what is left.
///
/// Everything about step i follows from the plan and i, so i alone is what a run must remember to go on.
///
/// ```swift
/// var plan = BatchPlan(set.examples, batches: .init(length: 2048, accumulate: 64), extent: .epochs(3))
/// for index in resumed..<plan.stepCount {
///   let step = plan.step(at: index)
///   for batch in step.microBatches { … }
/// }
/// ```
public struct BatchPlan: Sendable {
  /// The shape of batches and the order of examples.
  public struct Batches: Sendable, Equatable {
    /// Rows of a sequence.
    public var length: Int
    /// Sequences of a micro-batch.
    public var micro: Int
    /// Micro-batches of a step.
    public var accumulate: Int
    /// Whether examples share sequences, none seeing another; otherwise each has one to itself.
    public var packing: Bool
    /// Whether each epoch has an order of its own; otherwise all have that of the files.
    public var shuffle: Bool
    public var seed: UInt64

    public init(
      length: Int, micro: Int = 1, accumulate: Int = 1, packing: Bool = true, shuffle: Bool = true, seed: UInt64 = 42
    ) {
      precondition(length > 0 && micro > 0 && accumulate > 0, "\(micro) × \(accumulate) sequences of \(length) rows")
      self.length = length
      self.micro = micro
      self.accumulate = accumulate
      self.packing = packing
      self.shuffle = shuffle
      self.seed = seed
    }
  }

  /// How long a run is.
  public enum Extent: Sendable, Equatable {
    case epochs(Int), steps(Int)
    /// To the end of the step with which so many tokens have been seen; at least 1.
    case tokens(Int)
  }

  public let examples: [Example]
  public let batches: Batches
  /// Steps of the whole run.
  public let stepCount: Int
  /// The first step of each epoch, and after the last one the end.
  private let firstSteps: [Int]
  private let lengths: [Int32]
  /// The epoch whose sequences are at hand.
  private var current: (epoch: Int, packs: Packs)

  /// - Precondition: There are examples, none longer than a sequence.
  public init(_ examples: [Example], batches: Batches, extent: Extent) {
    precondition(!examples.isEmpty, "a plan without examples")
    self.examples = examples
    self.batches = batches
    lengths = examples.map { Int32($0.tokens.count) }
    current = (0, Self.packs(lengths, batches, epoch: 0))
    // Orders differ between epochs, and with them how many sequences packing makes.
    let isSame = !batches.packing || !batches.shuffle
    var firstSteps = [0]
    var seen = 0
    while true {
      let epoch = firstSteps.count - 1
      let start = firstSteps[epoch]
      switch extent {
      case .epochs(let count) where epoch >= count: stepCount = start
      case .steps(let count) where start >= count: stepCount = count
      case .tokens(let least):
        // Not how many there are matters here but what is in them.
        let packs = epoch == 0 || !batches.shuffle ? current.packs : Self.packs(lengths, batches, epoch: epoch)
        firstSteps.append(start + Self.steps(packs.count, batches))
        guard let step = Self.step(reaching: least, &seen, packs, lengths, batches) else { continue }
        stepCount = start + step + 1
      default:
        let packs = epoch == 0 || isSame ? current.packs : Self.packs(lengths, batches, epoch: epoch)
        firstSteps.append(start + Self.steps(packs.count, batches))
        continue
      }
      break
    }
    self.firstSteps = firstSteps
  }

  /// The epochs that the run begins.
  public var epochCount: Int { firstSteps.count - 1 }

  /// The steps of an epoch, by their places in the whole run; of the last epoch those that the run takes.
  public func steps(inEpoch epoch: Int) -> Range<Int> {
    firstSteps[epoch]..<min(firstSteps[epoch + 1], stepCount)
  }

  /// The epoch of a step.
  public func epoch(ofStep index: Int) -> Int {
    precondition((0..<stepCount).contains(index), "step \(index) of \(stepCount)")
    var (low, high) = (0, epochCount)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstSteps[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }

  /// The step at a place in the whole run. Mutating only since it keeps the sequences of the epoch for the next call.
  public mutating func step(at index: Int) -> Step {
    let epoch = epoch(ofStep: index)
    if current.epoch != epoch { current = (epoch, Self.packs(lengths, batches, epoch: epoch)) }
    let packs = current.packs
    let first = (index - firstSteps[epoch]) * batches.micro * batches.accumulate
    let end = min(first + batches.micro * batches.accumulate, packs.count)
    var microBatches: [MicroBatch] = []
    var (tokenCount, rowCount) = (0, 0)
    for start in stride(from: first, to: end, by: batches.micro) {
      let sequences = (start..<min(start + batches.micro, end)).map { packs[$0].map { examples[Int($0)] } }
      for example in sequences.joined() {
        tokenCount += example.targetCount
        rowCount += example.tokens.count
      }
      microBatches.append(MicroBatch(sequences, micro: batches.micro, length: batches.length))
    }
    return Step(
      index: index, epoch: epoch, microBatches: microBatches, tokenCount: tokenCount, rowCount: rowCount)
  }

  /// Tokens that the whole run sees.
  public var rowCount: Int {
    var sum = 0
    for epoch in 0..<epochCount {
      let packs =
        epoch == current.epoch || !batches.shuffle ? current.packs : Self.packs(lengths, batches, epoch: epoch)
      let end = min(packs.count, steps(inEpoch: epoch).count * batches.micro * batches.accumulate)
      for pack in 0..<end { sum += Self.rows(packs[pack], lengths) }
    }
    return sum
  }

  /// The step of an epoch with which `least` tokens have been seen; nil where the epoch ends before. Adds to `seen` the
  /// tokens up to there.
  private static func step(
    reaching least: Int, _ seen: inout Int, _ packs: Packs, _ lengths: [Int32], _ batches: Batches
  ) -> Int? {
    for pack in 0..<packs.count {
      seen += rows(packs[pack], lengths)
      if seen >= least { return pack / (batches.micro * batches.accumulate) }
    }
    return nil
  }

  /// Tokens of a sequence.
  private static func rows(_ pack: some Sequence<Int32>, _ lengths: [Int32]) -> Int {
    pack.reduce(0) { $0 + Int(lengths[Int($1)]) }
  }

  private static func steps(_ sequences: Int, _ batches: Batches) -> Int {
    let size = batches.micro * batches.accumulate
    return (sequences + size - 1) / size
  }

  /// The sequences of an epoch.
  private static func packs(_ lengths: [Int32], _ batches: Batches, epoch: Int) -> Packs {
    let order =
      batches.shuffle
      ? EpochOrder.shuffled(count: lengths.count, seed: batches.seed, epoch: epoch)
      : (0..<Int32(lengths.count)).map { $0 }
    return batches.packing
      ? Packs(order: order, lengths: lengths, length: batches.length) : Packs(single: order)
  }
}
