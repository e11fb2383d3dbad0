public import Kernels

/// Writes row t of k and v to row `slots[t]` of the cache pools, in place; a negative slot is skipped.
///
/// Inputs key and value pool [blocks · 32, G·K], k and v [T, G·K] and slots i32[T]; outputs both pools.
public struct PagedWriteOp: Op, Hashable {
  public static let family = "paged_attention"

  public init() {}

  public var label: String { "pagedWrite" }
  public var updates: [InPlace] { (0..<2).map { InPlace(input: $0, output: $0) } }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let (keys, values, k, v, slots) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    try PagedAttentionOp.check(keys: keys, values: values, for: k.dtype)
    guard k == v, keys.columns == k.columns else { throw ShapeMismatch("rows of the pools are rows of k and v") }
    guard slots.dtype == .i32, slots.elementCount == k.rows else {
      throw ShapeMismatch("there is an i32 slot for each of \(k.rows) rows")
    }
    return [keys, values]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (inputs, outputs) = (operands.inputs, operands.outputs)
    return [Command](
      PagedAttention.write(
        k: inputs[2], v: inputs[3], slot: inputs[4], keyPool: outputs[0], valuePool: outputs[1], in: context))
  }
}

/// Attention over sequences that lie in blocks of a pool (Kwon et al. 2023, section 4.1).
///
/// Inputs q [T, H·K], key and value pool [blocks · 32, G·K], block table i32[sequences, blocks of each], sequence and
/// position i32[T]; output [T, H·K].
public struct PagedAttentionOp: Op, Hashable {
  public static let family = "paged_attention"
  public var shape: AttentionShape
  /// The kernel: many rows of few sequences, or a row for each of many.
  public enum Phase: Sendable, Hashable { case prefill, decode }
  public var phase: Phase

  public init(_ shape: AttentionShape, _ phase: Phase) {
    self.shape = shape
    self.phase = phase
  }

  public var label: String { phase == .prefill ? "pagedAttention prefill" : "pagedAttention decode" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let (q, keys, values, blocks, sequences, positions) = (
      inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], inputs[5]
    )
    try shape.check(q: q, k: keys, v: values)
    try Self.check(keys: keys, values: values, for: q.dtype)
    guard blocks.dtype == .i32 else { throw ShapeMismatch("the block table is i32") }
    guard sequences.dtype == .i32, sequences == positions, sequences.elementCount == q.rows else {
      throw ShapeMismatch("there is an i32 sequence and position for each of \(q.rows) rows")
    }
    return [q]
  }

  static func check(keys: TensorType, values: TensorType, for type: DType) throws(ShapeMismatch) {
    guard keys == values, keys.rows % PagedAttention.blockSize == 0 else {
      throw ShapeMismatch("both pools are of one type, whole blocks of \(PagedAttention.blockSize) rows")
    }
    guard type.isFloat, keys.dtype == .f16 || keys.dtype == .f32 || keys.dtype == .bf16 && type == .bf16 else {
      throw ShapeMismatch("pools are f32 or f16, or bf16 for rows of bf16")
    }
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    guard phase == .decode else { return 0 }
    return PagedAttention.workspaceBytes(
      rows: inputs[0].rows, capacity: inputs[3].columns * PagedAttention.blockSize, shape: shape)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (inputs, o) = (operands.inputs, operands.outputs[0])
    let cache = PagedAttention.Cache(keyPool: inputs[1], valuePool: inputs[2], blockTable: inputs[3])
    let rows = PagedAttention.Rows(sequence: inputs[4], position: inputs[5])
    return switch phase {
    case .prefill:
      [Command](PagedAttention.prefill(q: inputs[0], cache: cache, rows: rows, o: o, shape: shape, in: context))
    case .decode:
      [Command](
        PagedAttention.decode(
          q: inputs[0], cache: cache, rows: rows, o: o, workspace: operands.scratch, shape: shape, in: context))
    }
  }
}

extension Graph {
  /// Writes rows of keys and values into the pools of a cache.
  /// - Parameters:
  ///   - k: [T, G·K]; so is `v`.
  ///   - keys: a state, [blocks · 32, G·K], f16 or, for rows of f32, f32; so is `values`.
  ///   - slots: i32[T], rows of the pools; a negative one is skipped.
  /// - Returns: the pools after it, which are what later nodes must use.
  public mutating func pagedWrite(
    _ k: Value, _ v: Value, keys: Value, values: Value, slots: Value, name: String? = nil
  ) throws(GraphError) -> (keys: Value, values: Value) {
    let pools = try add(PagedWriteOp(), [keys, values, k, v, slots], name: name)
    return (pools[0], pools[1])
  }

  /// Attention of rows over the cached positions of their sequences, up to and with their own.
  /// - Parameters:
  ///   - q: [T, H·K].
  ///   - keys: the pool, [blocks · 32, G·K]; so is `values`.
  ///   - blockTable: i32[sequences, most blocks of one].
  ///   - sequences: i32[T], rows of the block table; negative for a dead row.
  ///   - positions: i32[T], positions in the sequences.
  /// - Returns: [T, H·K].
  public mutating func pagedAttention(
    _ q: Value, keys: Value, values: Value, blockTable: Value, sequences: Value, positions: Value, heads: Int,
    kvHeads: Int, phase: PagedAttentionOp.Phase, scale: Float? = nil, window: Int = 0, name: String? = nil
  ) throws(GraphError) -> Value {
    let shape = try attentionShape(q, heads: heads, kvHeads: kvHeads, scale: scale, window: window, name: name)
    return try add(
      PagedAttentionOp(shape, phase), [q, keys, values, blockTable, sequences, positions], name: name)[0]
  }
}
