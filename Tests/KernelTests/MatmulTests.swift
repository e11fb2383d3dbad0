import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct MatmulTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  /// Operands of a product, rounded to their type, and what it is.
  struct Case {
    let a: Matrix, b: Matrix
    let shape: Matmul.Shape
    let mode: Matmul.Mode

    init(_ mode: Matmul.Mode, _ m: Int, _ n: Int, _ k: Int, batches: Int = 1, as type: DType = .f32) {
      self.mode = mode
      shape = Matmul.Shape(m: m, n: n, k: k, batches: batches)
      let (aRows, aColumns) = mode == .tn ? (k, m) : (m, k)
      let (bRows, bColumns) = mode == .nt ? (n, k) : (k, n)
      a = Matrix.random(batches * aRows, aColumns, seed: 1).rounded(to: type)
      b = Matrix.random(batches * bRows, bColumns, seed: 2).rounded(to: type)
    }

    func expected(alpha: Double = 1, accumulatingInto c: Matrix? = nil) -> Matrix {
      Reference.matmul(
        a, b, mode: Reference.MatmulMode(rawValue: mode.rawValue)!, batches: shape.batches, alpha: alpha,
        accumulatingInto: c)
    }
  }

  /// Runs a product into `c` (NaN everywhere, unless given).
  private func product(
    _ work: Case, as type: DType = .f32, into c: TensorSlice? = nil, result: DType? = nil, alpha: Float = 1,
    accumulate: Bool = false, tile: Matmul.Tile? = nil, limit: Int? = nil
  ) throws -> TensorSlice {
    var device = gpu.device.properties
    if let limit { device.maxStorageBufferRange = limit }
    let context = KernelContext(device)
    let shape = work.shape
    let c = try c ?? gpu.poisoned(rows: shape.batches * shape.m, columns: shape.n, as: result ?? type)
    let bytes = Matmul.workspaceBytes(
      shape, mode: work.mode, a: type, b: type, c: c.type, accumulate: accumulate, in: context)
    try gpu.run(
      Matmul.multiply(
        gpu.upload(work.a, as: type), gpu.upload(work.b, as: type), into: c, mode: work.mode,
        batches: shape.batches, alpha: alpha, accumulate: accumulate,
        workspace: bytes > 0 ? gpu.workspace(bytes) : nil, tile: tile, in: context))
    return c
  }

  @Test(arguments: Matmul.Mode.allCases, [DType.f32, .f16, .bf16])
  func matchesReference(mode: Matmul.Mode, type: DType) throws {
    for (m, n, k) in [(9, 1, 1), (31, 33, 32), (33, 257, 31), (257, 31, 33), (65, 130, 257)] {
      let work = Case(mode, m, n, k, as: type)
      let got = try gpu.download(product(work, as: type))
      expectClose(got, work.expected(), as: type, "\(m) × \(n) × \(k)")
    }
  }

  @Test(arguments: Matmul.Mode.allCases)
  func fewRows(mode: Matmul.Mode) throws {
    for (m, n, k) in [(1, 1, 1), (1, 257, 33), (5, 31, 257)] {
      let work = Case(mode, m, n, k)
      expectClose(try gpu.download(product(work)), work.expected(), "\(m) × \(n) × \(k)")
    }
  }

  @Test(arguments: Matmul.Mode.allCases)
  func noMultipleOfAnyTile(mode: Matmul.Mode) throws {
    let work = Case(mode, 500, 511, 513)
    expectClose(try gpu.download(product(work)), work.expected())
  }

  @Test(arguments: Matmul.Mode.allCases, [DType.f32, .f16])
  func tilesGiveTheSameBits(mode: Matmul.Mode, type: DType) throws {
    let work = Case(mode, 67, 139, 77, as: type)
    let tiles = [
      Matmul.Tile(.subgroup, rows: 4, columns: 4), Matmul.Tile(.subgroup, rows: 8, columns: 8, depth: 2),
      Matmul.Tile(.shared, rows: 4, columns: 4), Matmul.Tile(.shared, rows: 8, columns: 4),
    ]
    let want = try product(work, as: type, result: .f32)
    expectClose(try gpu.download(want), work.expected())
    let bytes = try gpu.bytes(want)
    for tile in tiles {
      #expect(try gpu.bytes(product(work, as: type, result: .f32, tile: tile)) == bytes, "\(tile)")
    }
  }

  /// Devices without 64-bit integers read by 32-bit words, as all do that are no CPUs.
  @Test(arguments: Matmul.Mode.allCases)
  func wordsGiveTheSameBits(mode: Matmul.Mode) throws {
    let work = Case(mode, 33, 70, 77)
    var device = gpu.device.properties
    device.shaderInt64 = false
    let c = try gpu.poisoned(rows: 33, columns: 70)
    try gpu.run(
      Matmul.multiply(gpu.upload(work.a), gpu.upload(work.b), into: c, mode: mode, in: KernelContext(device)))
    #expect(try gpu.bytes(c) == gpu.bytes(product(work)))
  }

  @Test(arguments: [DType.f32, .f16, .bf16])
  func accumulates(type: DType) throws {
    let work = Case(.nt, 33, 47, 65, as: type)
    for result in Set([type, .f32]) {
      let old = Matrix.random(33, 47, seed: 3).rounded(to: result)
      let c = try product(work, as: type, into: gpu.upload(old, as: result), alpha: -0.5, accumulate: true)
      expectClose(try gpu.download(c), work.expected(alpha: -0.5, accumulatingInto: old), as: result)
    }
  }

  @Test(arguments: Matmul.Mode.allCases)
  func scalesEachBatch(mode: Matmul.Mode) throws {
    let work = Case(mode, 17, 21, 40, batches: 3)
    expectClose(try gpu.download(product(work, alpha: 3)), work.expected(alpha: 3))
  }

  @Test(arguments: Matmul.Mode.allCases)
  func splitsLongSums(mode: Matmul.Mode) throws {
    let work = Case(mode, 33, 40, 2500, batches: 2)
    #expect(Matmul.summationOrder(work.shape) == "k-split-4")
    let want = try product(work)
    expectClose(try gpu.download(want), work.expected())
    let other = try product(work, tile: Matmul.Tile(.subgroup, rows: 4, columns: 4))
    #expect(try gpu.bytes(other) == gpu.bytes(want))
    let old = Matrix.random(66, 40, seed: 3)
    let sum = try product(work, into: gpu.upload(old), alpha: 2, accumulate: true)
    expectClose(try gpu.download(sum), work.expected(alpha: 2, accumulatingInto: old))
  }

  /// Cut by a small binding limit, in rows, columns and terms.
  @Test(arguments: Matmul.Mode.allCases, [DType.f32, .f16])
  func cutAtTheBindingLimitGivesTheSameBits(mode: Matmul.Mode, type: DType) throws {
    let work = Case(mode, 70, 140, 150, as: type)
    let limit = 24 * 1024
    let whole = try product(work, as: type)
    #expect(try gpu.bytes(product(work, as: type, limit: limit)) == gpu.bytes(whole))
    let old = Matrix.random(70, 140, seed: 3).rounded(to: type)
    let want = try product(work, as: type, into: gpu.upload(old, as: type), alpha: 2, accumulate: true)
    let got = try product(work, as: type, into: gpu.upload(old, as: type), alpha: 2, accumulate: true, limit: limit)
    #expect(try gpu.bytes(got) == gpu.bytes(want))
  }

  @Test func batchesCutAtTheBindingLimit() throws {
    let work = Case(.nt, 32, 48, 16, batches: 20)
    expectClose(try gpu.download(product(work, limit: 40 * 1024)), work.expected())
  }

  /// C = A · Bᵀ or A · B with a quantised B, whole and cut at a small binding limit.
  @Test(arguments: DType.quantized, [Matmul.Mode.nt, .nn])
  func multipliesQuantized(type: DType, mode: Matmul.Mode) throws {
    let columns = 2 * type.blockColumns!
    let weight = QuantizedMatrix(type, rows: 70, columns: columns, seed: 3)
    let shape = mode == .nt ? (m: 33, n: 70, k: columns) : (m: 33, n: columns, k: 70)
    let a = Matrix.random(shape.m, shape.k, seed: 1).rounded(to: .f32)
    let want = Reference.matmul(a, weight.values, mode: mode == .nt ? .nt : .nn)
    let b = try weight.upload(to: gpu)
    let tile = Matmul.Tile(.subgroup, rows: 8, columns: 4)
    func product(_ tile: Matmul.Tile, in context: KernelContext) throws -> TensorSlice {
      let c = try gpu.poisoned(rows: shape.m, columns: shape.n)
      try gpu.run(Matmul.multiply(gpu.upload(a), b, into: c, mode: mode, tile: tile, in: context))
      return c
    }
    let whole = try product(tile, in: gpu.context)
    expectClose(try gpu.download(whole), want)
    let shared = try product(Matmul.Tile(.shared, rows: 4, columns: 4), in: gpu.context)
    #expect(try gpu.bytes(shared) == gpu.bytes(whole))
    var device = gpu.device.properties
    device.maxStorageBufferRange = max(weight.layout.largestRowBytes * 33, 4 * shape.n * 33, 4 * shape.k * 33)
    let cut = try product(tile, in: KernelContext(device))
    #expect(try gpu.bytes(cut) == gpu.bytes(whole))
  }

  /// 16-bit activations with a quantised weight, into their own type and into f32.
  @Test(arguments: [DType.f16, .bf16])
  func multipliesQuantizedIn16Bits(type: DType) throws {
    let weight = QuantizedMatrix(.q4_K, rows: 40, columns: 256, seed: 3)
    let a = Matrix.random(17, 256, seed: 1).rounded(to: type)
    let want = Reference.matmul(a, weight.values, mode: .nt)
    for result in [type, .f32] {
      let c = try gpu.poisoned(rows: 17, columns: 40, as: result)
      try gpu.run(
        Matmul.multiply(gpu.upload(a, as: type), weight.upload(to: gpu), into: c, mode: .nt, in: gpu.context))
      expectClose(try gpu.download(c), want, as: result)
    }
  }

  /// A long sum over a B that no cache holds is taken in ranges on a CPU; one that is added to C is not.
  @Test func rangesOfTermsGiveTheSameBits() throws {
    let (m, n, k) = (70, 1024, 13_000)
    let values = (0..<k * n).map { index in Float((index &* 40_503) & 0xffff) / 32_768 - 1 }
    let buffer = try Buffer(gpu.device, byteCount: 4 * n * k, purpose: "a large test tensor")
    try gpu.device.write(values, to: buffer.all)
    let b = TensorSlice(buffer.all, .f32, rows: k, columns: n)
    let a = try gpu.upload(Matrix.random(m, k, seed: 1))
    let whole = try gpu.upload(Matrix(rows: m, columns: n, repeating: 0))
    let got = try gpu.poisoned(rows: m, columns: n)
    try gpu.run(Matmul.multiply(a, b, into: whole, mode: .nn, alpha: 3, accumulate: true, in: gpu.context))
    let dispatches = Matmul.multiply(a, b, into: got, mode: .nn, alpha: 3, in: gpu.context)
    #expect(dispatches.count > 1 || gpu.device.properties.type != .cpu)
    try gpu.run(dispatches)
    #expect(try gpu.bytes(got) == gpu.bytes(whole))
  }

  /// A weight larger than any binding of a device with the least limit that Vulkan allows.
  @Test func weightOverTheBindingLimit() throws {
    let (n, k) = (33_024, 1024)
    let values = [Float](unsafeUninitializedCapacity: n * k) { values, count in
      var state: UInt32 = 1
      for index in 0..<n * k {
        state = state &* 1_664_525 &+ 1_013_904_223
        values[index] = Float(state >> 16) / 32768 - 1
      }
      count = n * k
    }
    let buffer = try Buffer(gpu.device, byteCount: n * k * 4, purpose: "a large test tensor")
    try gpu.device.write(values, to: buffer.all)
    let weight = TensorSlice(buffer.all, .f32, rows: n, columns: k)
    let x = Matrix.random(2, k, seed: 1).rounded(to: .f32)
    let y = try gpu.poisoned(rows: 2, columns: n)
    let dispatches = try Matmul.multiply(gpu.upload(x), weight, into: y, mode: .nt, in: gpu.context)
    let limit = gpu.device.properties.maxStorageBufferRange
    #expect(dispatches.count == (n * k * 4 + limit - 1) / limit)
    try gpu.run(dispatches)
    let got = try gpu.download(y)
    for column in [0, 1, 32_735, 32_736, 32_767, 32_768, n - 1] {
      let row = Matrix(row: values[column * k..<(column + 1) * k].map { Double($0) })
      let want = Reference.matmul(x, row, mode: .nt)
      expectClose(Matrix(rows: 2, columns: 1) { r, _ in got[r, column] }, want, "column \(column)")
    }
  }
}
