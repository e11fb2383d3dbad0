import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct PagedAttentionTests {
  /// One attention against a cache.
  struct Case: CustomTestStringConvertible, Sendable {
    var heads = 6
    var kvHeads = 2
    var headSize: Int
    var type = DType.f32
    var pool = DType.f32
    var window = 0
    var tiling = DeviceKind.own
    /// Positions written of each sequence.
    var lengths = [70, 33, 300]

    var testDescription: String {
      "H \(heads) G \(kvHeads) K \(headSize) \(type.name) pool \(pool.name) window \(window) \(tiling)"
    }

    var shape: AttentionShape {
      AttentionShape(heads: heads, kvHeads: kvHeads, headSize: headSize, scale: 0.3, window: window)
    }

    var reference: Reference.AttentionShape {
      Reference.AttentionShape(heads: heads, kvHeads: kvHeads, scale: 0.3, window: window)
    }
  }

  /// A cache whose sequences have been written by the kernel; whatever else lies in the pools is NaN.
  struct Filled {
    let cache: PagedAttention.Cache
    /// The pools as the reference has them.
    let keys, values: Matrix
    let blocks: [[Int]]

    /// - Parameter seed: of the blocks' order in the pool; the contents of the sequences do not depend on it.
    init(_ c: Case, placedBy seed: UInt64, _ gpu: TestDevice) throws {
      let counts = c.lengths.map { ($0 + 31) / 32 }
      let total = counts.reduce(0, +) + 3
      var generator = SplitMix64(state: seed)
      let order = Array(0..<total).shuffled(using: &generator)
      var blocks: [[Int]] = [], next = 0
      for count in counts {
        blocks.append(Array(order[next..<next + count]))
        next += count
      }
      let columns = c.kvHeads * c.headSize
      let rows = c.lengths.reduce(0, +)
      let k = Matrix.random(rows, columns, seed: 1).rounded(to: c.type)
      let v = Matrix.random(rows, columns, seed: 2).rounded(to: c.type)
      // Each position once, and a row that goes nowhere.
      var slots: [Int] = []
      for (sequence, length) in c.lengths.enumerated() {
        slots += (0..<length).map { blocks[sequence][$0 / 32] * 32 + $0 % 32 }
      }
      var (keys, values) = (Matrix.zero(total * 32, columns), Matrix.zero(total * 32, columns))
      Reference.pagedWrite(x: k.rounded(to: c.pool), slots: slots, into: &keys)
      Reference.pagedWrite(x: v.rounded(to: c.pool), slots: slots, into: &values)
      let width = counts.max()!
      let table = Matrix(rows: counts.count, columns: width) { sequence, block in
        block < counts[sequence] ? Double(blocks[sequence][block]) : -1
      }
      cache = PagedAttention.Cache(
        keyPool: try gpu.poisoned(rows: total * 32, columns: columns, as: c.pool),
        valuePool: try gpu.poisoned(rows: total * 32, columns: columns, as: c.pool),
        blockTable: try gpu.upload(table, as: .i32))
      try gpu.run(
        PagedAttention.write(
          k: gpu.upload(k, as: c.type), v: gpu.upload(v, as: c.type), slot: gpu.indices(slots),
          keyPool: cache.keyPool, valuePool: cache.valuePool, in: gpu.context))
      (self.keys, self.values, self.blocks) = (keys, values, blocks)
    }
  }

  /// Query rows and where they stand.
  struct Queries {
    var sequences: [Int]
    var positions: [Int]
    var q: Matrix

    /// Row t's query depends on its sequence and position alone.
    init(_ c: Case, _ rows: [(sequence: Int, position: Int)]) {
      sequences = rows.map(\.sequence)
      positions = rows.map(\.position)
      let columns = c.heads * c.headSize
      q = Matrix(
        rows: rows.count, columns: columns,
        values: rows.flatMap { row in
          Matrix.random(1, columns, seed: UInt64(1000 * (row.sequence + 2) + row.position + 1)).values
        }
      ).rounded(to: c.type)
    }

    func onDevice(_ gpu: TestDevice) throws -> PagedAttention.Rows {
      PagedAttention.Rows(sequence: try gpu.indices(sequences), position: try gpu.indices(positions))
    }
  }

  private func prefill(_ c: Case, _ filled: Filled, _ x: Queries, _ gpu: TestDevice) throws -> TensorSlice {
    let o = try gpu.poisoned(rows: x.q.rows, columns: x.q.columns, as: c.type)
    try gpu.run(
      PagedAttention.prefill(
        q: gpu.upload(x.q, as: c.type), cache: filled.cache, rows: x.onDevice(gpu), o: o, shape: c.shape,
        in: c.tiling.context(gpu)))
    return o
  }

  private func decode(_ c: Case, _ filled: Filled, _ x: Queries, _ gpu: TestDevice) throws -> TensorSlice {
    let o = try gpu.poisoned(rows: x.q.rows, columns: x.q.columns, as: c.type)
    let bytes = PagedAttention.workspaceBytes(rows: x.q.rows, cache: filled.cache, shape: c.shape)
    try gpu.run(
      PagedAttention.decode(
        q: gpu.upload(x.q, as: c.type), cache: filled.cache, rows: x.onDevice(gpu), o: o,
        workspace: gpu.workspace(bytes), shape: c.shape, in: c.tiling.context(gpu)))
    return o
  }

  private func want(_ c: Case, _ filled: Filled, _ x: Queries) -> Matrix {
    Reference.pagedAttention(
      q: x.q, keyPool: filled.keys, valuePool: filled.values, blockTable: filled.blocks, sequences: x.sequences,
      positions: x.positions, shape: c.reference)
  }

  /// Runs of rows of several sequences, a lone row, and dead ones.
  private static let chunk: [(sequence: Int, position: Int)] =
    (40..<70).map { (0, $0) } + (0..<9).map { (2, $0) } + [(-1, 5), (1, 32), (1, -1)] + (250..<262).map { (2, $0) }

  /// Rows as decoding has them, at the ends of blocks and chunks.
  private static let rows: [(sequence: Int, position: Int)] = [
    (0, 69), (2, 0), (2, 299), (-1, 3), (2, 255), (2, 256), (1, 31), (1, 32), (0, -1), (2, 3),
  ]

  @Test(arguments: [
    Case(headSize: 36),
    Case(heads: 4, kvHeads: 4, headSize: 8, window: 40),
    Case(heads: 8, kvHeads: 1, headSize: 64, pool: .f16),
    Case(heads: 3, kvHeads: 1, headSize: 36, type: .f16, pool: .f16, window: 7),
    Case(heads: 2, kvHeads: 1, headSize: 64, type: .bf16, pool: .bf16),
    Case(heads: 2, kvHeads: 2, headSize: 128, type: .f16, pool: .f32),
    Case(heads: 2, kvHeads: 1, headSize: 256, type: .bf16, pool: .f16),
    Case(headSize: 36, window: 40, tiling: .intel),
    Case(headSize: 36, window: 40, tiling: .otherGPU),
    Case(heads: 8, kvHeads: 1, headSize: 80, type: .f16, pool: .f16, tiling: .otherGPU),
  ])
  func agreesWithReference(_ c: Case) throws {
    let gpu = try TestDevice.shared()
    let filled = try Filled(c, placedBy: 7, gpu)
    let chunk = Queries(c, Self.chunk), rows = Queries(c, Self.rows)
    expectClose(try gpu.download(prefill(c, filled, chunk, gpu)), want(c, filled, chunk), as: c.type, "prefill")
    expectClose(try gpu.download(decode(c, filled, rows, gpu)), want(c, filled, rows), as: c.type, "decode")
    expectClose(try gpu.download(decode(c, filled, chunk, gpu)), want(c, filled, chunk), as: c.type, "decode")
  }

  @Test(arguments: [
    (DType.f32, DType.f32), (.f32, .f16), (.f16, .f32), (.f16, .f16), (.bf16, .f32), (.bf16, .f16), (.bf16, .bf16),
  ])
  func writesTheRowsItIsGiven(_ type: DType, _ pool: DType) throws {
    let gpu = try TestDevice.shared()
    let slots = [5, 63, -1, 0, 31, -1, 32]
    let k = Matrix.random(7, 36, seed: 1).rounded(to: type), v = Matrix.random(7, 36, seed: 2).rounded(to: type)
    let before = Matrix.random(64, 36, seed: 3).rounded(to: pool)
    let (keys, values) = (try gpu.upload(before, as: pool), try gpu.upload(before, as: pool))
    try gpu.run(
      PagedAttention.write(
        k: gpu.upload(k, as: type), v: gpu.upload(v, as: type), slot: gpu.indices(slots), keyPool: keys,
        valuePool: values, in: gpu.context))
    var (wantKeys, wantValues) = (before, before)
    Reference.pagedWrite(x: k.rounded(to: pool), slots: slots, into: &wantKeys)
    Reference.pagedWrite(x: v.rounded(to: pool), slots: slots, into: &wantValues)
    #expect(try gpu.download(keys) == wantKeys)
    #expect(try gpu.download(values) == wantValues)
  }

  /// The bytes of one row.
  private func row(_ index: Int, of o: TensorSlice, _ gpu: TestDevice) throws -> [UInt8] {
    try gpu.bytes(o.rows(index..<index + 1))
  }

  /// A row alone, among others of its sequence and of another, and at another place in the pool: the same bytes.
  @Test(arguments: [DeviceKind.own, .intel, .otherGPU])
  func aRowDependsOnItsOwnSequenceAlone(_ tiling: DeviceKind) throws {
    let gpu = try TestDevice.shared()
    let c = Case(headSize: 36, tiling: tiling)
    let here = try Filled(c, placedBy: 7, gpu), elsewhere = try Filled(c, placedBy: 8, gpu)
    #expect(here.blocks != elsewhere.blocks)
    let among = Queries(c, Self.chunk)
    let prefilled = try prefill(c, here, among, gpu), decoded = try decode(c, here, among, gpu)
    #expect(try gpu.bytes(prefilled) == gpu.bytes(prefill(c, elsewhere, among, gpu)))
    #expect(try gpu.bytes(decoded) == gpu.bytes(decode(c, elsewhere, among, gpu)))
    for index in [0, 17, 29, 38, 40, 53] {
      let alone = Queries(c, [Self.chunk[index]])
      #expect(try row(index, of: prefilled, gpu) == row(0, of: prefill(c, here, alone, gpu), gpu))
      #expect(try row(index, of: decoded, gpu) == row(0, of: decode(c, here, alone, gpu), gpu))
    }
  }

  /// An infinity in one sequence's values stays there.
  @Test func infinityDoesNotSpreadToOtherSequences() throws {
    let gpu = try TestDevice.shared()
    let c = Case(headSize: 36)
    let filled = try Filled(c, placedBy: 7, gpu)
    let rows: [(sequence: Int, position: Int)] = [(0, 69), (1, 20), (0, 5), (2, 40)]
    let x = Queries(c, rows)
    let before = try prefill(c, filled, x, gpu)
    let slot = filled.blocks[1][0] * 32 + 4
    let infinite = try gpu.upload(Matrix(rows: 1, columns: 72, repeating: .infinity))
    try gpu.run(
      PagedAttention.write(
        k: infinite, v: infinite, slot: gpu.indices([slot]), keyPool: filled.cache.keyPool,
        valuePool: filled.cache.valuePool, in: gpu.context))
    let after = try prefill(c, filled, x, gpu)
    for index in [0, 2, 3] { #expect(try row(index, of: before, gpu) == row(index, of: after, gpu)) }
    #expect(try row(1, of: before, gpu) != row(1, of: after, gpu))
  }
}
