import Shaders
public import VulkanRuntime

/// Attention against a cache of keys and values that is kept in blocks of 32 positions, found through a block table.
///
/// Sources: Kwon et al. 2023 (PagedAttention), §4.1 and eq. 3; Dao 2023 (FlashAttention-2), algorithm 1, for `prefill`;
/// Dao et al. 2023 (Flash-Decoding) for `decode`. Shaders: `Shaders/paged_attention`.
///
/// Position p of sequence s is row `blockTable[s][p / 32] · 32 + p % 32` of the pools. A row at position p sees the
/// positions 0 … p of its sequence, with a window the last of these; one with a negative sequence or position is dead
/// and its output zero.
///
/// A row's bits depend on its own query and sequence alone: not on the other rows of the dispatch nor on their number, and
/// not on where in the pool the blocks lie. `prefill` and `decode` sum in different orders and agree within rounding.
///
/// Types: q and o share one of f32, f16 and bf16. The pools are f32 or f16, or bf16 with bf16 queries; sums are f32.
public enum PagedAttention {
  /// Positions of a block.
  public static let blockSize = 32
  /// Positions that `decode` gives to one workgroup.
  static let chunkSize = 256

  /// The cache of one layer.
  public struct Cache {
    /// (blocks · 32, G·K).
    public var keyPool: TensorSlice
    /// (blocks · 32, G·K).
    public var valuePool: TensorSlice
    /// i32 (sequences, most blocks of a sequence); entries behind a sequence's end are never read.
    public var blockTable: TensorSlice

    public init(keyPool: TensorSlice, valuePool: TensorSlice, blockTable: TensorSlice) {
      self.keyPool = keyPool
      self.valuePool = valuePool
      self.blockTable = blockTable
    }

    /// The positions that the block table has room for.
    var capacity: Int { blockTable.columns * PagedAttention.blockSize }
  }

  /// Where the rows of a dispatch stand: read when it runs, so a recording serves any of them.
  public struct Rows {
    /// i32, one row of T columns: rows of the block table; negative: a dead row.
    public var sequence: TensorSlice
    /// i32, one row of T columns: positions within the sequences; negative: a dead row.
    public var position: TensorSlice

    public init(sequence: TensorSlice, position: TensorSlice) {
      self.sequence = sequence
      self.position = position
    }
  }

  /// Row t of `k` and `v` goes to row `slot[t]` of the pools, converted to their type; a negative slot is skipped.
  /// - Parameters:
  ///   - k: (T, G·K), and so is `v`.
  ///   - slot: i32, one row of T columns, no two alike.
  ///   - keyPool: (blocks · 32, G·K), and so is `valuePool`; other rows stay as they are.
  /// - Precondition: the shapes and types are those above.
  public static func write(
    k: TensorSlice, v: TensorSlice, slot: TensorSlice, keyPool: TensorSlice, valuePool: TensorSlice,
    in context: KernelContext
  ) -> [Dispatch] {
    checkPools(keyPool, valuePool, columns: k.columns, for: k.type, context.device)
    checkIndices(slot, "slots", rows: k.rows)
    precondition(
      v.rows == k.rows && v.columns == k.columns && v.type == k.type,
      "v is \(v.rows) × \(v.columns) \(v.type.name), k \(k.rows) × \(k.columns) \(k.type.name)")
    guard k.rows > 0 else { return [] }
    let groups = min((k.quads + 63) / 64, 4096)
    return [
      Dispatch(
        KernelVariant(Shader.pagedAttentionWrite[k.type.name, keyPool.type.name]),
        [k, v, slot, keyPool, valuePool].map(\.buffer),
        push: WritePush(rows: UInt32(k.rows), pitch: UInt32(k.pitchQuads), stride: UInt32(64 * groups)),
        groups: (groups, 1, 1),
        cost: Cost(
          operations: 0, bytes: 2 * (k.byteCount + k.rows * keyPool.pitch * (keyPool.type.elementBytes ?? 0))))
    ]
  }

  /// O = softmax(scale · Q Kᵀ + mask) V for each head of a chunk of rows, whose own keys and values have been written.
  /// Rows of one sequence that follow one another are taken together; any mixture is allowed.
  /// - Parameters:
  ///   - q: (T, H·K).
  ///   - o: (T, H·K), overwritten.
  /// - Precondition: the shapes and types are those above.
  public static func prefill(
    q: TensorSlice, cache: Cache, rows: Rows, o: TensorSlice, shape: AttentionShape, in context: KernelContext
  ) -> [Dispatch] {
    check(q, o, cache, rows, shape, context.device)
    guard q.rows > 0 else { return [] }
    let tiling = AttentionTiling.choose(.forward, headQuads: shape.headQuads, device: context.device)
    let push = PrefillPush(
      rows: UInt32(q.rows), heads: UInt32(shape.heads), group: UInt32(shape.group), queryPitch: UInt32(q.pitchQuads),
      poolPitch: UInt32(cache.keyPool.pitchQuads), tablePitch: UInt32(cache.blockTable.pitch),
      window: UInt32(shape.window), scale: shape.scale)
    return [
      Dispatch(
        prefillVariant(tiling, q.type, cache.keyPool.type),
        [q, cache.keyPool, cache.valuePool, cache.blockTable, rows.sequence, rows.position, o].map(\.buffer),
        push: push,
        groups: ((q.rows + tiling.blockRows - 1) / tiling.blockRows, shape.heads, 1),
        cost: cost(q, cache, shape, reads: (q.rows + tiling.blockRows - 1) / tiling.blockRows))
    ]
  }

  /// The same for few rows of different sequences: the cache is split into chunks of 256 positions, which are added up in
  /// ascending order by a second dispatch. Chunks beyond a row's position cost nothing.
  /// - Parameters:
  ///   - q: (R, H·K).
  ///   - o: (R, H·K), overwritten.
  ///   - workspace: `workspaceBytes(rows:cache:shape:)` bytes.
  /// - Precondition: the shapes and types are those above.
  public static func decode(
    q: TensorSlice, cache: Cache, rows: Rows, o: TensorSlice, workspace: BufferSlice, shape: AttentionShape,
    in context: KernelContext
  ) -> [Dispatch] {
    check(q, o, cache, rows, shape, context.device)
    guard q.rows > 0 else { return [] }
    let layout = Workspace(rows: q.rows, capacity: cache.capacity, shape)
    precondition(
      workspace.byteCount >= layout.byteCount,
      "decoding \(q.rows) rows needs \(layout.byteCount) bytes of workspace, not \(workspace.byteCount)")
    let sums = workspace.slice(offset: 0, byteCount: layout.sumBytes)
    let statistics = workspace.slice(offset: layout.statisticsOffset, byteCount: layout.statisticsBytes)
    let tiling = DecodeTiling(group: shape.group, headQuads: shape.headQuads, device: context.device)
    let push = DecodePush(
      heads: UInt32(shape.heads), group: UInt32(shape.group), quads: UInt32(shape.headQuads),
      queryPitch: UInt32(q.pitchQuads), poolPitch: UInt32(cache.keyPool.pitchQuads),
      tablePitch: UInt32(cache.blockTable.pitch), window: UInt32(shape.window), chunks: UInt32(layout.chunks),
      rows: UInt32(q.rows), scale: shape.scale)
    return [
      Dispatch(
        decodeVariant(tiling, q.type, cache.keyPool.type),
        [q, cache.keyPool, cache.valuePool, cache.blockTable, rows.sequence, rows.position].map(\.buffer)
          + [statistics, sums],
        push: push, groups: (q.rows, shape.kvHeads, layout.chunks), cost: cost(q, cache, shape, reads: q.rows)),
      Dispatch(
        KernelVariant(Shader.pagedAttentionCombine[o.type.name]),
        [rows.sequence.buffer, rows.position.buffer, statistics, sums, o.buffer], push: push,
        groups: ((o.quads + 63) / 64, 1, 1),
        cost: Cost(operations: o.quads * 8 * layout.chunks, bytes: layout.sumBytes + o.byteCount)),
    ]
  }

  /// Bytes of `decode`'s workspace.
  public static func workspaceBytes(rows: Int, cache: Cache, shape: AttentionShape) -> Int {
    workspaceBytes(rows: rows, capacity: cache.capacity, shape: shape)
  }

  /// Bytes of `decode`'s workspace before there is a cache.
  /// - Parameter capacity: positions that the block table has room for.
  public static func workspaceBytes(rows: Int, capacity: Int, shape: AttentionShape) -> Int {
    Workspace(rows: rows, capacity: capacity, shape).byteCount
  }

  /// Every pipeline that the bindings ask for at the usual head sizes.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    let combine = [DType.f32, .f16, .bf16].map { KernelVariant(Shader.pagedAttentionCombine[$0.name]) }
    return combine
      + poolTypes.flatMap { type, pool in
        [KernelVariant(Shader.pagedAttentionWrite[type.name, pool.name])]
          + DecodeTiling.all(for: device).map { decodeVariant($0, type, pool) }
          + Attention.headSizes.map {
            prefillVariant(
              AttentionTiling.choose(.forward, headQuads: $0 / 4, device: device), type, pool)
          }
      }
  }
}

// MARK: Dispatches

extension PagedAttention {
  /// Types of queries, and the types of pool that they can be used with.
  private static let poolTypes: [(DType, DType)] = [
    (.f32, .f32), (.f32, .f16), (.f16, .f32), (.f16, .f16), (.bf16, .f32), (.bf16, .f16), (.bf16, .bf16),
  ]

  /// `paged_attention_write.comp`.
  private struct WritePush: BitwiseCopyable {
    var rows, pitch, stride: UInt32
  }

  /// `paged_attention_prefill.comp`.
  private struct PrefillPush: BitwiseCopyable {
    var rows, heads, group, queryPitch, poolPitch, tablePitch, window: UInt32
    var scale: Float
  }

  /// `decode.glsl`.
  private struct DecodePush: BitwiseCopyable {
    var heads, group, quads, queryPitch, poolPitch, tablePitch, window, chunks, rows: UInt32
    var scale: Float
  }

  /// Results of the chunks between the two passes of `decode`: a head of f32 sums and two f32 statistics for each.
  private struct Workspace {
    let chunks, sumBytes, statisticsBytes: Int

    init(rows: Int, capacity: Int, _ shape: AttentionShape) {
      chunks = max((capacity + chunkSize - 1) / chunkSize, 1)
      sumBytes = rows * shape.heads * chunks * shape.headQuads * 16
      statisticsBytes = rows * shape.heads * chunks * 8
    }

    /// A multiple of 256 bytes, which any device accepts as the offset of a binding.
    var statisticsOffset: Int { (sumBytes + 255) / 256 * 256 }
    var byteCount: Int { statisticsOffset + statisticsBytes }
  }

  /// The specialization constants of `paged_attention_decode.comp`; with the device's kind they fix the order of sums.
  private struct DecodeTiling: Hashable {
    let lanes, rows, slices, quadLanes, laneQuads: Int
    let oneSubgroup: Bool

    init(group: Int, headQuads: Int, device: DeviceProperties) {
      // On CPUs an invocation owns whole positions, and as many quads of the head as read the rows of V whole: half the
      // time of one quad after the other (lavapipe, Mesa 22.3.6).
      let isCPU = device.type == .cpu
      lanes = isCPU ? min(device.subgroupSize, 8) : 128
      // Lanes of a CPU's subgroup read a row each: no more rows than lanes.
      rows = [1, 2].first { $0 >= group } ?? (isCPU && group >= 8 && lanes >= 8 ? 8 : 4)
      slices = isCPU ? 1 : min(device.minSubgroupSize, 8)
      var power = 1
      while power < min(headQuads, lanes) { power *= 2 }
      quadLanes = power
      laneQuads = isCPU ? min((headQuads + power - 1) / power, 4) : 1
      oneSubgroup = lanes <= device.minSubgroupSize
    }

    var constants: [UInt32] {
      [lanes, rows, slices, quadLanes, laneQuads, oneSubgroup ? 1 : 0].map(UInt32.init)
    }

    /// Every tiling at the usual head sizes.
    static func all(for device: DeviceProperties) -> [DecodeTiling] {
      var tilings: [DecodeTiling] = []
      for headSize in Attention.headSizes {
        for group in [1, 2, 4, 8] {
          let tiling = DecodeTiling(group: group, headQuads: headSize / 4, device: device)
          if !tilings.contains(tiling) { tilings.append(tiling) }
        }
      }
      return tilings
    }
  }

  private static func prefillVariant(_ tiling: AttentionTiling, _ type: DType, _ pool: DType) -> KernelVariant {
    KernelVariant(
      Shader.pagedAttentionPrefill[tiling.form, type.name, pool.name], constants: tiling.constants,
      subgroupSize: tiling.subgroupSize)
  }

  private static func decodeVariant(_ tiling: DecodeTiling, _ type: DType, _ pool: DType) -> KernelVariant {
    KernelVariant(Shader.pagedAttentionDecode[type.name, pool.name], constants: tiling.constants)
  }

  /// Two matrix products over all positions that the rows may see: what lengths they have is known when they run. The
  /// cache is read once for each of `reads` blocks of rows.
  private static func cost(_ q: TensorSlice, _ cache: Cache, _ shape: AttentionShape, reads: Int) -> Cost {
    let seen = shape.window > 0 ? min(shape.window, cache.capacity) : cache.capacity
    let rowBytes = cache.keyPool.pitch * (cache.keyPool.type.elementBytes ?? 0)
    return Cost(
      operations: 4 * q.rows * seen * shape.heads * shape.headSize,
      bytes: 2 * q.byteCount + 2 * reads * seen * rowBytes)
  }
}

// MARK: Preconditions

extension PagedAttention {
  private static func check(
    _ q: TensorSlice, _ o: TensorSlice, _ cache: Cache, _ rows: Rows, _ shape: AttentionShape,
    _ device: DeviceProperties
  ) {
    precondition(
      q.columns == shape.heads * shape.headSize && o.rows == q.rows && o.columns == q.columns && o.type == q.type,
      """
      paged attention of q \(q.rows) × \(q.columns) \(q.type.name), o \(o.rows) × \(o.columns) \(o.type.name) with \
      \(shape.heads) heads of \(shape.headSize)
      """)
    checkPools(
      cache.keyPool, cache.valuePool, columns: shape.kvHeads * shape.headSize, for: q.type, device)
    precondition(
      cache.blockTable.type == .i32 && cache.blockTable.rows > 0 && cache.blockTable.columns > 0,
      "a block table of \(cache.blockTable.rows) × \(cache.blockTable.columns) \(cache.blockTable.type.name)")
    checkIndices(rows.sequence, "sequences", rows: q.rows)
    checkIndices(rows.position, "positions", rows: q.rows)
  }

  private static func checkPools(
    _ keys: TensorSlice, _ values: TensorSlice, columns: Int, for type: DType, _ device: DeviceProperties
  ) {
    precondition(
      keys.columns == columns && values.columns == columns && values.rows == keys.rows
        && keys.rows % blockSize == 0 && values.type == keys.type,
      """
      pools of \(keys.rows) × \(keys.columns) \(keys.type.name) and \(values.rows) × \(values.columns) \
      \(values.type.name) for rows of \(columns)
      """)
    precondition(
      poolTypes.contains { $0 == (type, keys.type) }, "\(type.name) rows with a \(keys.type.name) cache")
    precondition(
      keys.byteCount <= device.maxStorageBufferRange,
      """
      a layer's cache of \(keys.byteCount) bytes for keys; \(device.name) binds \(device.maxStorageBufferRange) at \
      most: fewer blocks, or f16
      """)
  }

  private static func checkIndices(_ indices: TensorSlice, _ name: String, rows: Int) {
    precondition(
      indices.type == .i32 && indices.rows == 1 && indices.columns == rows,
      "\(indices.rows) × \(indices.columns) \(indices.type.name) \(name) for \(rows) rows")
  }
}
