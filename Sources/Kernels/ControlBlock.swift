public import VulkanRuntime

/// One f32 in a buffer of 32-bit words, such as a loss or a scale.
public struct ScalarCell: Sendable {
  public let buffer: BufferSlice
  /// Index of the 32-bit word in `buffer`.
  public let word: Int
  /// Words after it that are its padding, and so zero: those of a tensor of one element.
  let padding: Int

  /// A word among others.
  /// - Precondition: the word lies in the buffer.
  public init(_ buffer: BufferSlice, word: Int) {
    precondition(word >= 0 && 4 * (word + 1) <= buffer.byteCount, "word \(word) of \(buffer.byteCount) bytes")
    self.buffer = buffer
    self.word = word
    padding = 0
  }

  /// - Precondition: the tensor is f32 and has one element.
  public init(_ tensor: TensorSlice) {
    precondition(
      tensor.type == .f32 && tensor.rows == 1 && tensor.columns == 1,
      "a scalar of \(tensor.type) \(tensor.rows) × \(tensor.columns)")
    buffer = tensor.buffer
    word = 0
    padding = tensor.pitch - 1
  }
}

/// The state of a training run that lives on the device: what its kernels decide without the host (whether a step's
/// gradients are finite, the loss scale, the optimizer's step count), and what the host tells them at each step.
///
/// This is the host's copy: 32 words of 32 bits, written to the device's buffer before the first step and read back
/// for metrics and checkpoints. The words of a block restored from a checkpoint continue the run with the same bits.
///
/// One step on the device: cross-entropy reads `lossScale` · `inverseTokenCount` and adds to `loss`; `GradientNorm`
/// writes the norm and all that follows from it; `AdamW` reads them. Between steps the host writes `stepWords` to the
/// start of the buffer, and nothing else.
public struct ControlBlock: Sendable, Equatable {
  /// The offset of each value, in words; `Shaders/include/control.glsl` repeats them for the shaders.
  public enum Word: Int, CaseIterable, Sendable {
    // Written by the host before every step.
    /// f32: learning rate of the step.
    case learningRate = 0
    /// f32: 1/N, N the number of tokens with a target in the whole step.
    case inverseTokenCount = 1
    /// f32: Σ nll over the step's tokens so far, in nats; cleared by the host, added to by cross-entropy.
    case loss = 2
    // Written by the host before the first step.
    /// f32: the norm to which gradients are clipped; 0 clips nothing.
    case maximumNorm = 3
    /// u32: good steps after which the loss scale doubles; 0 keeps the loss scale as it is.
    case growthInterval = 4
    /// f32: AdamW's ε.
    case epsilon = 5
    /// f32: 1 − β₁.
    case oneMinusBeta1 = 6
    /// f32: 1 − β₂.
    case oneMinusBeta2 = 7
    /// Two words, low first: β₁ as a fraction of 64 bits.
    case beta1 = 8
    /// Two words, low first: β₂ as a fraction of 64 bits.
    case beta2 = 10
    // Owned by the device.
    /// f32: what the loss of the next step is multiplied by before it is differentiated.
    case lossScale = 12
    /// u32: steps with finite gradients since the loss scale last changed.
    case goodSteps = 13
    /// u32: 1 where the last step's gradients were not all finite, so that it changed no parameter.
    case nonFinite = 14
    /// u32: optimizer steps taken, t.
    case step = 15
    /// u32: steps skipped for gradients that were not finite.
    case skippedSteps = 16
    /// f32: norm of the last step's gradients, without the loss scale; infinite where they were not finite.
    case gradientNorm = 17
    /// f32: min(1, maximumNorm / (norm + 1e-6)); 0 on a skipped step.
    case clipCoefficient = 18
    /// f32: clipCoefficient over the loss scale that the gradients carry: what they are multiplied by before use.
    case gradientMultiplier = 19
    /// Two words, low first: β₁ᵗ as a fraction of 64 bits.
    case beta1Power = 20
    /// Two words, low first: β₂ᵗ as a fraction of 64 bits.
    case beta2Power = 22
    /// f32: 1 − β₁ᵗ.
    case biasCorrection1 = 24
    /// f32: 1 − β₂ᵗ.
    case biasCorrection2 = 25
  }

  /// Size of the block in 32-bit words; those after the last `Word` are zero.
  public static let wordCount = 32
  /// Size of the block in bytes.
  public static let byteCount = 4 * wordCount

  /// The block as it lies on the device.
  public private(set) var words: [UInt32]

  /// A block before its first step.
  /// - Parameters:
  ///   - beta1: decay of the first moment, 0 ≤ β₁ < 1.
  ///   - beta2: decay of the second moment, 0 ≤ β₂ < 1.
  ///   - epsilon: added to the root of the second moment.
  ///   - maximumNorm: the norm to which gradients are clipped; nil clips nothing.
  ///   - lossScale: the first loss scale; a power of two, so that it rounds nothing.
  ///   - growthInterval: good steps after which the loss scale doubles (2000 in `torch.amp.GradScaler`), up to 2²⁴;
  ///     nil keeps the loss scale as it is. On gradients that are not finite a dynamic loss scale halves, down to 2⁻¹⁴.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, maximumNorm: Double? = nil,
    lossScale: Double = 1, growthInterval: Int? = nil
  ) {
    precondition((0..<1).contains(beta1) && (0..<1).contains(beta2), "betas \(beta1) and \(beta2) are not in 0..<1")
    precondition(epsilon >= 0, "epsilon \(epsilon) is negative")
    precondition(maximumNorm.map { $0 > 0 } ?? true, "gradients clipped to a norm of \(maximumNorm ?? 0)")
    precondition(
      lossScale > 0 && lossScale.significand == 1, "the loss scale \(lossScale) is not a power of two")
    precondition(growthInterval.map { $0 > 0 } ?? true, "a growth interval of \(growthInterval ?? 0) steps")
    words = Array(repeating: 0, count: Self.wordCount)
    set(.maximumNorm, Float(maximumNorm ?? 0))
    words[Word.growthInterval.rawValue] = UInt32(growthInterval ?? 0)
    set(.epsilon, Float(epsilon))
    set(.oneMinusBeta1, Float(1 - beta1))
    set(.oneMinusBeta2, Float(1 - beta2))
    setFraction(.beta1, UInt64(beta1 * 0x1p64))
    setFraction(.beta2, UInt64(beta2 * 0x1p64))
    // The largest fraction stands for β⁰ = 1: 2⁻⁶⁴ below it.
    setFraction(.beta1Power, .max)
    setFraction(.beta2Power, .max)
    set(.lossScale, Float(lossScale))
    set(.clipCoefficient, 1)
    set(.gradientMultiplier, Float(1 / lossScale))
  }

  /// The block read back from a device or a checkpoint, little-endian.
  /// - Returns: nil unless there are `byteCount` bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    words = stride(from: 0, to: bytes.count, by: 4).map { at in
      (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * $1) }
    }
  }

  /// The bytes to write to the device, little-endian.
  public var bytes: [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  /// What the host writes to the start of the device's block before a step: the learning rate, 1/N and a loss of 0.
  /// - Parameter tokenCount: N, the number of tokens with a target in the whole step; 0 makes the step's gradients 0.
  public static func stepWords(learningRate: Double, tokenCount: Int) -> [UInt32] {
    precondition(tokenCount >= 0, "\(tokenCount) tokens")
    let inverse = tokenCount == 0 ? 0 : 1 / Double(tokenCount)
    return [Float(learningRate).bitPattern, Float(inverse).bitPattern, Float(0).bitPattern]
  }

  /// Begins a step in this copy, as writing `stepWords` does on the device.
  public mutating func beginStep(learningRate: Double, tokenCount: Int) {
    words.replaceSubrange(0..<3, with: Self.stepWords(learningRate: learningRate, tokenCount: tokenCount))
  }

  /// The cell of an f32 value in the device's block.
  public static func cell(_ word: Word, in block: BufferSlice) -> ScalarCell {
    ScalarCell(block, word: word.rawValue)
  }

  public var learningRate: Float { real(.learningRate) }
  public var inverseTokenCount: Float { real(.inverseTokenCount) }
  /// Σ nll of the step's tokens so far, in nats; times `inverseTokenCount` it is the mean loss.
  public var loss: Float { real(.loss) }
  public var maximumNorm: Float { real(.maximumNorm) }
  public var lossScale: Float { real(.lossScale) }
  public var goodSteps: Int { Int(words[Word.goodSteps.rawValue]) }
  /// Whether the last step was skipped.
  public var foundNonFinite: Bool { words[Word.nonFinite.rawValue] != 0 }
  public var step: Int { Int(words[Word.step.rawValue]) }
  public var skippedSteps: Int { Int(words[Word.skippedSteps.rawValue]) }
  public var gradientNorm: Float { real(.gradientNorm) }
  public var clipCoefficient: Float { real(.clipCoefficient) }
  public var gradientMultiplier: Float { real(.gradientMultiplier) }
  /// 1 − β₁ᵗ of the last step taken.
  public var biasCorrection1: Float { real(.biasCorrection1) }
  /// 1 − β₂ᵗ of the last step taken.
  public var biasCorrection2: Float { real(.biasCorrection2) }

  private func real(_ word: Word) -> Float { Float(bitPattern: words[word.rawValue]) }

  private mutating func set(_ word: Word, _ value: Float) { words[word.rawValue] = value.bitPattern }

  private mutating func setFraction(_ word: Word, _ value: UInt64) {
    words[word.rawValue] = UInt32(truncatingIfNeeded: value)
    words[word.rawValue + 1] = UInt32(truncatingIfNeeded: value >> 32)
  }
}

extension BufferSlice {
  /// - Precondition: the slice holds a control block.
  func checkControlBlock() {
    precondition(
      byteCount >= ControlBlock.byteCount, "a control block of \(byteCount) bytes, not \(ControlBlock.byteCount)")
  }
}
