import Shaders
public import VulkanRuntime

/// Cross-entropy over a vocabulary, row by row of given logits.
///
/// For each row t with a target, lse[t] = log Σ_v exp(logits[t,v]) and nll[t] = lse[t] − logits[t,target[t]]; the loss is
/// Σ nll. A row with a negative target is ignored: its nll is 0 and it has no gradient. A row with a logit that is not
/// finite, or a target past the vocabulary, has nll and gradient NaN.
public enum CrossEntropy {
  /// Octets of a row that one workgroup of the backward pass writes; `RUN` of the shader.
  private static let run = 512

  /// What the loss is multiplied by before it is differentiated, read from a buffer when the kernel runs.
  public struct Scale: Sendable {
    let cell: ScalarCell
    let factorWord: Int?

    /// The value of one cell.
    public init(_ cell: ScalarCell) {
      self.cell = cell
      factorWord = nil
    }

    /// The loss scale of a control block times its inverse token count: the gradient of the mean loss over the step's
    /// tokens, scaled for 16-bit gradients.
    public init(control: BufferSlice) {
      control.checkControlBlock()
      cell = ControlBlock.cell(.lossScale, in: control)
      factorWord = ControlBlock.Word.inverseTokenCount.rawValue
    }
  }

  private struct ForwardPush {
    var firstRow: UInt32
    var rows: UInt32
    var pitch: UInt32
    var vocabulary: UInt32
  }

  private struct BackwardPush {
    var firstRow: UInt32
    var pitch: UInt32
    var vocabulary: UInt32
    var scaleWord: UInt32
    var factorWord: UInt32
  }

  private struct SumPush {
    var quads: UInt32
    var word: UInt32
    var accumulate: UInt32
    var padding: UInt32
  }

  /// Log-sum-exp and negative log-likelihood of the rows `firstRow ..< firstRow + logits.rows` of T.
  /// - Parameters:
  ///   - logits: (rows, V) f32.
  ///   - targets: (T) i32.
  ///   - lse: (T) f32, those rows written; the padding with the last row.
  ///   - nll: (T) f32, like `lse`.
  public static func forward(
    logits: TensorSlice, firstRow: Int = 0, targets: TensorSlice, lse: TensorSlice, nll: TensorSlice,
    in context: KernelContext
  ) -> Dispatch {
    check(logits: logits, firstRow: firstRow, targets: targets, vectors: [("lse", lse), ("nll", nll)], in: context)
    return Dispatch(
      forwardVariant(context.device), [logits.buffer, targets.buffer, lse.buffer, nll.buffer],
      push: ForwardPush(
        firstRow: UInt32(firstRow), rows: UInt32(targets.columns), pitch: UInt32(logits.pitchOctets),
        vocabulary: UInt32(logits.columns)),
      groups: (logits.rows, 1, 1),
      cost: Cost(operations: 20 * 4 * logits.quads, bytes: logits.byteCount + 12 * logits.rows))
  }

  /// dlogits = (exp(logits − lse) − onehot(target)) · scale, of the rows `firstRow ..< firstRow + logits.rows` of T.
  /// - Parameters:
  ///   - logits: (rows, V) f32.
  ///   - targets: (T) i32.
  ///   - lse: (T) f32, of `forward`.
  ///   - dlogits: (rows, V) f32, f16 or bf16; in f32 it may be `logits` itself.
  public static func backward(
    logits: TensorSlice, firstRow: Int = 0, targets: TensorSlice, lse: TensorSlice, scale: Scale,
    dlogits: TensorSlice, in context: KernelContext
  ) -> Dispatch {
    check(logits: logits, firstRow: firstRow, targets: targets, vectors: [("lse", lse)], in: context)
    precondition(
      dlogits.rows == logits.rows && dlogits.columns == logits.columns,
      "cross-entropy: dlogits \(dlogits.rows) × \(dlogits.columns) of logits \(logits.rows) × \(logits.columns)")
    return Dispatch(
      backwardVariant(dlogits.type, context.device),
      [logits.buffer, targets.buffer, lse.buffer, scale.cell.buffer, dlogits.buffer],
      push: BackwardPush(
        firstRow: UInt32(firstRow), pitch: UInt32(logits.pitchOctets), vocabulary: UInt32(logits.columns),
        scaleWord: UInt32(scale.cell.word), factorWord: scale.factorWord.map(UInt32.init) ?? .max),
      groups: ((logits.pitchOctets + run - 1) / run, logits.rows, 1),
      cost: Cost(operations: 16 * 4 * logits.quads, bytes: logits.byteCount + dlogits.byteCount + 8 * logits.rows))
  }

  /// loss (+)= Σ nll, in an order that depends on T alone.
  /// - Parameter nll: (T) f32, its padding zero.
  public static func sum(nll: TensorSlice, into loss: ScalarCell, accumulating: Bool) -> Dispatch {
    precondition(nll.type == .f32 && nll.rows == 1, "cross-entropy: \(nll.rows) rows of nll in \(nll.type)")
    return Dispatch(
      sumVariant, [nll.buffer, loss.buffer],
      push: SumPush(
        quads: UInt32(nll.quads), word: UInt32(loss.word), accumulate: accumulating ? 1 : 0,
        padding: UInt32(loss.padding)),
      groups: (1, 1, 1), cost: Cost(operations: nll.columns, bytes: nll.byteCount + 4))
  }

  /// Every pipeline of the family, the matrix products apart.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    [forwardVariant(device), sumVariant] + [.f32, .f16, .bf16].map { backwardVariant($0, device) }
  }

  private static var sumVariant: KernelVariant { KernelVariant(Shader.crossEntropySum[]) }

  private static func forwardVariant(_ device: DeviceProperties) -> KernelVariant {
    KernelVariant(Shader.crossEntropy[device.words])
  }

  private static func backwardVariant(_ type: DType, _ device: DeviceProperties) -> KernelVariant {
    precondition(type.isFloat, "cross-entropy: dlogits of \(type)")
    return KernelVariant(Shader.crossEntropyBackward[type.name, device.words])
  }

  private static func check(
    logits: TensorSlice, firstRow: Int, targets: TensorSlice, vectors: [(name: String, slice: TensorSlice)],
    in context: KernelContext
  ) {
    precondition(logits.type == .f32, "cross-entropy: logits of \(logits.type), not f32")
    precondition(logits.columns > 0, "cross-entropy: a vocabulary of 0")
    precondition(
      logits.rows <= context.device.maxWorkgroupCount,
      "cross-entropy: \(logits.rows) rows at once, over \(context.device.maxWorkgroupCount)")
    precondition(
      targets.type == .i32 && targets.rows == 1, "cross-entropy: \(targets.rows) rows of targets in \(targets.type)")
    precondition(
      firstRow >= 0 && firstRow + logits.rows <= targets.columns,
      "cross-entropy: rows \(firstRow)..<\(firstRow + logits.rows) of \(targets.columns) targets")
    for (name, slice) in vectors {
      precondition(
        slice.type == .f32 && slice.rows == 1 && slice.columns == targets.columns,
        "cross-entropy: \(name) \(slice.type) \(slice.rows) × \(slice.columns) for \(targets.columns) targets")
    }
  }
}
