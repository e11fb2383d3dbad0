import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct ElementwiseTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  @Test(arguments: typesAndShapes)
  func add(type: DType, rows: Int, columns: Int) throws {
    let a = try gpu.random(rows, columns, seed: 1, as: type)
    let b = try gpu.random(rows, columns, seed: 2, as: type)
    let y = try gpu.runTwice({ [try gpu.poisoned(rows: rows, columns: columns, as: type)] }) {
      Elementwise.add(a: a.tensor, b: b.tensor, y: $0[0], in: gpu.context)
    }
    expectClose(try gpu.download(y[0]), Reference.add(a.matrix, b.matrix), as: type)
    try gpu.run(Elementwise.add(a: a.tensor, b: b.tensor, y: a.tensor, in: gpu.context))
    #expect(try gpu.bytes(a.tensor) == gpu.bytes(y[0]), "in place")
  }

  @Test(arguments: typesAndShapes)
  func addRow(type: DType, rows: Int, columns: Int) throws {
    let x = try gpu.random(rows, columns, seed: 1, as: type)
    let row = try gpu.random(1, columns, seed: 2, as: type)
    let want = Reference.addRow(x.matrix, row.matrix.values)
    // Cut into parts as well, which begin in the middle of a row.
    for limit in [nil, 32 * 256] {
      let context = limit.map { gpu.context(bindingLimit: $0) } ?? gpu.context
      let y = try gpu.runTwice({ [try gpu.poisoned(rows: rows, columns: columns, as: type)] }) {
        Elementwise.addRow(x: x.tensor, row: row.tensor, y: $0[0], in: context)
      }
      expectClose(try gpu.download(y[0]), want, as: type)
    }
    try gpu.run(Elementwise.addRow(x: x.tensor, row: row.tensor, y: x.tensor, in: gpu.context))
    expectClose(try gpu.download(x.tensor), want, as: type)
  }

  @Test(arguments: [(DType.f32, DType.f32), (.f16, .f32), (.bf16, .f32), (.f16, .f16), (.bf16, .bf16)], oddShapes)
  func accumulate(types: (DType, DType), shape: (Int, Int)) throws {
    let x = try gpu.random(shape.0, shape.1, seed: 3, as: types.0)
    let start = Matrix.random(shape.0, shape.1, seed: 4).rounded(to: types.1)
    let y = try gpu.runTwice({ [try gpu.upload(start, as: types.1)] }) {
      Elementwise.accumulate(x: x.tensor, y: $0[0], in: gpu.context)
    }
    var want = start
    Reference.accumulate(x.matrix, into: &want)
    expectClose(try gpu.download(y[0]), want, as: types.1)
  }

  @Test(arguments: typesAndShapes)
  func scale(type: DType, rows: Int, columns: Int) throws {
    let x = try gpu.random(rows, columns, seed: 5, as: type)
    let scalar = try gpu.upload(Matrix(row: [-3.25])).buffer
    for (buffer, factor) in [(nil, 0.375), (scalar, 0.375 * -3.25)] {
      let y = try gpu.runTwice({ [try gpu.poisoned(rows: rows, columns: columns, as: type)] }) {
        Elementwise.scale(x: x.tensor, by: 0.375, scalar: buffer, y: $0[0], in: gpu.context)
      }
      expectClose(try gpu.download(y[0]), Reference.scale(x.matrix, by: factor), as: type)
    }
    try gpu.run(Elementwise.scale(x: x.tensor, by: 2, y: x.tensor, in: gpu.context))
    #expect(try gpu.download(x.tensor) == Reference.scale(x.matrix, by: 2))
  }

  @Test(arguments: storageTypes, storageTypes)
  func cast(from: DType, to: DType) throws {
    for (rows, columns) in oddShapes {
      let x = try gpu.random(rows, columns, seed: 6, as: from)
      let y = try gpu.poisoned(rows: rows, columns: columns, as: to)
      try gpu.run(Elementwise.cast(x: x.tensor, y: y, in: gpu.context))
      #expect(try gpu.download(y) == x.matrix.rounded(to: to))
    }
  }

  @Test func copyKeepsEveryBit() throws {
    let patterns = (0..<4096).map { UInt32(truncatingIfNeeded: $0 &* 0x9E37_79B9) } + [0x7f80_0001, 0xffc0_1234, 1]
    let x = try Buffer(gpu.device, byteCount: 16400, purpose: "a test").all
    try gpu.device.write(patterns + [0], to: x)
    let y = try gpu.workspace(16400)
    try gpu.run(Elementwise.copy(bytes: x, to: y, in: gpu.context))
    #expect(try gpu.device.read(y, as: UInt32.self) == patterns + [0])
    let tokens = try gpu.indices([5, -1, 7])
    let copied = try gpu.poisoned(rows: 1, columns: 3, as: .i32)
    try gpu.run(Elementwise.copy(x: tokens, y: copied, in: gpu.context))
    #expect(try gpu.bytes(tokens) == gpu.bytes(copied))
  }

  @Test func tensorsBeyondTheBindingLimitAreCut() throws {
    let context = gpu.context(bindingLimit: 1 << 14)
    let x = try gpu.random(33, 1001, seed: 7, as: .f16)
    let y = try gpu.poisoned(rows: 33, columns: 1001, as: .f32)
    let cast = Elementwise.cast(x: x.tensor, y: y, in: context)
    #expect(cast.count > 4)
    #expect(cast.allSatisfy { $0.buffers.allSatisfy { $0.byteCount <= 1 << 14 } })
    try gpu.run(cast)
    #expect(try gpu.download(y) == x.matrix)
    let copy = try gpu.poisoned(rows: 33, columns: 1001, as: .f16)
    let copying = Elementwise.copy(x: x.tensor, y: copy, in: context)
    #expect(copying.count > 4)
    try gpu.run(copying)
    #expect(try gpu.bytes(copy) == gpu.bytes(x.tensor))
  }
}

/// Tensors larger than 128 MiB, the binding limit of lavapipe and the least that Vulkan promises.
@Suite(.serialized) struct LargeTensorTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  @Test func accumulateOverTheBindingLimit() throws {
    let (rows, columns) = (130, 262_144)  // 130 MiB f32
    let bytes = rows * columns * 4
    let y = TensorSlice(
      try Buffer(gpu.device, byteCount: bytes, purpose: "a large test tensor").all, .f32, rows: rows,
      columns: columns)
    let x = TensorSlice(
      try Buffer(gpu.device, byteCount: bytes / 2, purpose: "a large test tensor").all, .bf16, rows: rows,
      columns: columns)
    var recorder = try Recorder(gpu.device)
    try recorder.fill(x.buffer, with: 0x4000_3f80)  // 1, 2, 1, 2, ...
    try recorder.fill(y.buffer, with: 0x3f00_0000)  // 0.5
    try recorder.record(Elementwise.accumulate(x: x, y: y, in: gpu.context), with: gpu.library)
    try recorder.finish().run()
    for row in [0, 1, 63, 64, 127, 128, 129] {
      let values = try gpu.device.read(y.rows(row..<row + 1).buffer, as: Float.self)
      #expect(values.indices.allSatisfy { values[$0] == ($0 % 2 == 0 ? 1.5 : 2.5) }, "row \(row)")
    }
  }

  @Test func embeddingTableOverTheBindingLimit() throws {
    let (vocabulary, columns) = (16_640, 2048)  // 130 MiB f32
    let table = TensorSlice(
      try Buffer(gpu.device, byteCount: vocabulary * columns * 4, purpose: "a large test table").all, .f32,
      rows: vocabulary, columns: columns)
    let tokens = [0, 16_639, 5, 16_383, 16_384, -1, 9_000, 16_639]
    var want = Matrix.zero(tokens.count, columns)
    for (t, token) in tokens.enumerated() where token >= 0 {
      let row = Matrix.random(1, columns, seed: UInt64(token)).rounded(to: .f32)
      try gpu.device.write(row.values.map(Float.init), to: table.rows(token..<token + 1).buffer)
      want.values.replaceSubrange(t * columns..<(t + 1) * columns, with: row.values)
    }
    let y = try gpu.poisoned(rows: tokens.count, columns: columns)
    try gpu.run(Embedding.gather(table: table, tokens: gpu.indices(tokens), y: y, in: gpu.context))
    #expect(try gpu.download(y) == want)

    let dy = try gpu.random(tokens.count, columns, seed: 3, as: .f32)
    let order = try EmbeddingInputs(tokens, vocabulary: vocabulary, on: gpu)
    try gpu.run(
      Embedding.scatterAdd(
        dy: dy.tensor, order: order.order, uniqueTokens: order.unique, offsets: order.offsets, count: order.count,
        dTable: table, in: gpu.context))
    for (t, token) in tokens.enumerated() where token >= 0 {
      let terms = tokens.indices.filter { tokens[$0] == token }.map { dy.matrix.rows($0..<$0 + 1) }
      let got = try gpu.download(table.rows(token..<token + 1))
      expectClose(got, terms.reduce(want.rows(t..<t + 1)) { $0 + $1 }, "row \(token)")
    }
  }
}
