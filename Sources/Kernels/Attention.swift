import Shaders
public import VulkanRuntime

/// Causal attention with online softmax over packed documents, grouped KV heads and a sliding window.
///
/// Sources: Dao et al. 2022 (FlashAttention), algorithms 1 and 4; Dao 2023 (FlashAttention-2), algorithms 1 and 2.
/// Shaders: `Shaders/attention`. Nothing of the size T × T is stored.
///
/// Row t sees the rows s with `documentStart[t] ≤ s ≤ t` and, where the shape has a window, `t − s < window`. Sequences
/// of a batch are rows one after the other, each document with a start of its own, so starts never decrease. A row whose
/// start lies beyond itself is dead (padding): its output, lse and gradients are zero.
///
/// Types: q, k, v, o and their gradients share one of f32, f16 and bf16; sums are f32. The order of each sum depends on
/// the shape and the kind of device alone.
public enum Attention {
  /// The operands of a forward pass, which the backward pass reads again.
  public struct Operands {
    /// (T, H·K).
    public var q: TensorSlice
    /// (T, G·K).
    public var k: TensorSlice
    /// (T, G·K).
    public var v: TensorSlice
    /// i32, one row of T columns, non-decreasing.
    public var documentStart: TensorSlice

    public init(q: TensorSlice, k: TensorSlice, v: TensorSlice, documentStart: TensorSlice) {
      self.q = q
      self.k = k
      self.v = v
      self.documentStart = documentStart
    }
  }

  /// O = softmax(scale · Q Kᵀ + mask) V for each head.
  /// - Parameters:
  ///   - o: (T, H·K), overwritten.
  ///   - lse: f32 (T, H), overwritten: the natural logarithm of each row's Σ exp(score), for the backward pass.
  /// - Precondition: the shapes and types are those above.
  public static func forward(
    _ x: Operands, o: TensorSlice, lse: TensorSlice, shape: AttentionShape, in context: KernelContext
  ) -> [Dispatch] {
    check(x, shape, context.device)
    check(o, like: x.q, "o")
    checkStatistics(lse, "lse", rows: x.q.rows, shape)
    guard x.q.rows > 0 else { return [] }
    let tiling = AttentionTiling.choose(.forward, headQuads: shape.headQuads, device: context.device)
    return [
      Dispatch(
        variant(.forward, x.q.type, tiling),
        [x.q, x.k, x.v, x.documentStart, o, lse].map(\.buffer), push: Push(x, statistics: lse, shape),
        groups: (groups(x.q.rows, tiling), shape.heads, 1),
        cost: cost(products: 2, shape, over: [x.q, x.k, x.v, o, lse]))
    ]
  }

  /// The gradients with respect to Q, K and V, in two dispatches: the first owns rows of Q and also leaves
  /// delta = rowsum(dO ∘ O) in the workspace, the second owns rows of K and V and sums over the query heads of a group
  /// in order.
  /// - Parameters:
  ///   - o: (T, H·K) and `lse`, f32 (T, H): what `forward` returned.
  ///   - dO: (T, H·K).
  ///   - dq: (T, H·K), overwritten; `dk` and `dv`: (T, G·K), overwritten.
  ///   - workspace: `workspaceBytes(rows:heads:)` bytes.
  /// - Precondition: the shapes and types are those above.
  public static func backward(
    _ x: Operands, o: TensorSlice, lse: TensorSlice, dO: TensorSlice, dq: TensorSlice, dk: TensorSlice,
    dv: TensorSlice, workspace: BufferSlice, shape: AttentionShape, in context: KernelContext
  ) -> [Dispatch] {
    check(x, shape, context.device)
    for (tensor, name) in [(o, "o"), (dO, "dO"), (dq, "dq")] { check(tensor, like: x.q, name) }
    for (tensor, name) in [(dk, "dk"), (dv, "dv")] { check(tensor, like: x.k, name) }
    checkStatistics(lse, "lse", rows: x.q.rows, shape)
    guard x.q.rows > 0 else { return [] }
    let delta = TensorSlice(workspace, .f32, rows: x.q.rows, columns: shape.heads)
    let push = Push(x, statistics: lse, shape)
    func tiling(_ pass: AttentionTiling.Pass) -> AttentionTiling {
      AttentionTiling.choose(pass, headQuads: shape.headQuads, device: context.device)
    }
    let (query, key) = (tiling(.queryGradient), tiling(.keyGradient))
    return [
      Dispatch(
        variant(.queryGradient, x.q.type, query),
        [x.q, x.k, x.v, x.documentStart, o, lse, dO, delta, dq].map(\.buffer), push: push,
        groups: (groups(x.q.rows, query), shape.heads, 1),
        cost: cost(products: 3, shape, over: [x.q, x.k, x.v, o, lse, dO, delta, dq])),
      Dispatch(
        variant(.keyGradient, x.q.type, key),
        [x.q, x.k, x.v, x.documentStart, lse, dO, delta, dk, dv].map(\.buffer), push: push,
        groups: (groups(x.q.rows, key), shape.kvHeads, 1),
        cost: cost(products: 4, shape, over: [x.q, x.k, x.v, lse, dO, delta, dk, dv])),
    ]
  }

  /// Bytes of `backward`'s workspace: delta, f32 (T, H).
  public static func workspaceBytes(rows: Int, heads: Int) -> Int {
    rows * TensorSlice.pitch(heads) * 4
  }

  /// The declared order of the sums: how many columns of the scores are summed at once, and in how many slices a row's
  /// products over the head are; for each kernel of the pass.
  public static func summationOrder(_ shape: AttentionShape, backward: Bool, in context: KernelContext) -> String {
    let passes: [AttentionTiling.Pass] = backward ? [.queryGradient, .keyGradient] : [.forward]
    return passes.map { pass in
      let tiling = AttentionTiling.choose(pass, headQuads: shape.headQuads, device: context.device)
      return "columns-\(tiling.columns)-slices-\(tiling.slices)"
    }.joined(separator: " ")
  }

  /// Head sizes of the models at large; others work as well, each in a pipeline of its own.
  static let headSizes = [32, 64, 80, 96, 128, 256]

  /// Every pipeline that the bindings ask for at the usual head sizes.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    headSizes.flatMap { headSize in
      [DType.f32, .f16, .bf16].flatMap { type in
        AttentionTiling.Pass.allCases.map { pass in
          variant(pass, type, AttentionTiling.choose(pass, headQuads: headSize / 4, device: device))
        }
      }
    }
  }
}

// MARK: Dispatches

extension Attention {
  /// `Shaders/attention/push.glsl`.
  private struct Push: BitwiseCopyable {
    var rows, heads, group, queryPitch, keyPitch, statPitch, window: UInt32
    var scale: Float

    init(_ x: Operands, statistics: TensorSlice, _ shape: AttentionShape) {
      rows = UInt32(x.q.rows)
      heads = UInt32(shape.heads)
      group = UInt32(shape.group)
      queryPitch = UInt32(x.q.pitchQuads)
      keyPitch = UInt32(x.k.pitchQuads)
      statPitch = UInt32(statistics.pitch)
      window = UInt32(shape.window)
      scale = shape.scale
    }
  }

  private static func variant(
    _ pass: AttentionTiling.Pass, _ type: DType, _ tiling: AttentionTiling
  ) -> KernelVariant {
    let shaders =
      switch pass {
      case .forward: Shader.attention
      case .queryGradient: Shader.attentionBackwardQuery
      case .keyGradient: Shader.attentionBackwardKey
      }
    return KernelVariant(
      shaders[tiling.form, type.name], constants: tiling.constants, subgroupSize: tiling.subgroupSize)
  }

  private static func groups(_ rows: Int, _ tiling: AttentionTiling) -> Int {
    (rows + tiling.blockRows - 1) / tiling.blockRows
  }

  /// `products` matrix products over the pairs of rows that see each other, were all rows one document.
  private static func cost(products: Int, _ shape: AttentionShape, over tensors: [TensorSlice]) -> Cost {
    let pairs = shape.pairs(rows: tensors[0].rows)
    return Cost(
      operations: 2 * products * pairs * shape.heads * shape.headSize,
      bytes: tensors.reduce(0) { $0 + $1.byteCount })
  }
}

// MARK: Preconditions

extension Attention {
  private static func check(_ x: Operands, _ shape: AttentionShape, _ device: DeviceProperties) {
    let (q, k) = (x.q, x.k)
    precondition(
      q.type == .f32 || q.type == .f16 || q.type == .bf16, "attention of \(q.type.name): f32, f16 or bf16 it must be")
    precondition(
      q.columns == shape.heads * shape.headSize && k.columns == shape.kvHeads * shape.headSize
        && k.rows == q.rows && k.type == q.type,
      """
      attention of q \(q.rows) × \(q.columns) \(q.type.name) and k \(k.rows) × \(k.columns) \(k.type.name) with \
      \(shape.heads) and \(shape.kvHeads) heads of \(shape.headSize)
      """)
    check(x.v, like: k, "v")
    let starts = x.documentStart
    precondition(
      starts.type == .i32 && starts.rows == 1 && starts.columns == q.rows,
      "\(starts.rows) × \(starts.columns) \(starts.type.name) document starts for \(q.rows) rows")
    precondition(
      q.byteCount <= device.maxStorageBufferRange,
      "attention of \(q.byteCount) bytes of q; \(device.name) binds \(device.maxStorageBufferRange): fewer rows at once"
    )
  }

  private static func check(_ tensor: TensorSlice, like other: TensorSlice, _ name: String) {
    precondition(
      tensor.rows == other.rows && tensor.columns == other.columns && tensor.type == other.type,
      """
      \(name) is \(tensor.rows) × \(tensor.columns) \(tensor.type.name), not \(other.rows) × \(other.columns) \
      \(other.type.name)
      """)
  }

  private static func checkStatistics(
    _ tensor: TensorSlice, _ name: String, rows: Int, _ shape: AttentionShape
  ) {
    precondition(
      tensor.rows == rows && tensor.columns == shape.heads && tensor.type == .f32,
      "\(name) is \(tensor.rows) × \(tensor.columns) \(tensor.type.name), not \(rows) × \(shape.heads) f32")
  }
}
