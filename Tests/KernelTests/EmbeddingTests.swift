import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

/// The buffers of an `EmbeddingOrder`.
struct EmbeddingInputs {
  let order: TensorSlice, unique: TensorSlice, offsets: TensorSlice, count: TensorSlice

  init(_ tokens: [Int], vocabulary: Int, on gpu: TestDevice) throws {
    let sorted = EmbeddingOrder(tokens.map(Int32.init), vocabulary: vocabulary)
    order = try gpu.indices(sorted.order.map(Int.init))
    unique = try gpu.indices(sorted.uniqueTokens.map(Int.init))
    offsets = try gpu.indices(sorted.offsets.map(Int.init))
    count = try gpu.indices([Int(sorted.count)])
  }
}

@Suite struct EmbeddingTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  private func tokens(_ count: Int, vocabulary: Int, seed: UInt64) -> [Int] {
    var generator = SplitMix64(state: seed)
    return (0..<count).map { _ in Int.random(in: -1..<vocabulary, using: &generator) }
  }

  @Test(arguments: storageTypes, storageTypes)
  func gather(from: DType, to: DType) throws {
    for (count, columns) in oddShapes {
      let table = try gpu.random(41, columns, seed: 1, as: from)
      let tokens = tokens(count, vocabulary: 41, seed: 2)
      let indices = try gpu.indices(tokens)
      let y = try gpu.runTwice({ [try gpu.poisoned(rows: count, columns: columns, as: to)] }) {
        Embedding.gather(table: table.tensor, tokens: indices, y: $0[0], in: gpu.context)
      }
      let want = Reference.embedding(table: table.matrix, tokens: tokens).rounded(to: to)
      #expect(try gpu.download(y[0]) == want)
    }
  }

  /// A quantised table gives what its blocks stand for, whole or cut at the binding limit.
  @Test(arguments: DType.quantized, storageTypes)
  func gatherQuantized(from: DType, to: DType) throws {
    for (count, blocks) in [(1, 1), (33, 3), (257, 2)] {
      let table = QuantizedMatrix(from, rows: 1100, columns: blocks * from.blockColumns!, seed: 1)
      let tokens = tokens(count, vocabulary: 1100, seed: 2)
      let indices = try gpu.indices(tokens)
      let tensor = try table.upload(to: gpu)
      let want = Reference.embedding(table: table.values, tokens: tokens)
      for context in [gpu.context, gpu.context(bindingLimit: 64 * 4 * table.layout.columns)] {
        let y = try gpu.runTwice({ [try gpu.poisoned(rows: count, columns: table.layout.columns, as: to)] }) {
          Embedding.gather(table: tensor, tokens: indices, y: $0[0], in: context)
        }
        expectClose(try gpu.download(y[0]), want, as: to)
      }
    }
  }

  @Test func tokensOutsideTheTableGiveZeros() throws {
    let table = try gpu.random(64, 20, seed: 1, as: .f32)
    let y = try gpu.poisoned(rows: 4, columns: 20)
    let tokens = try gpu.indices([64, -1, 1_000_000, Int(Int32.min)])
    try gpu.run(
      Embedding.gather(table: table.tensor, tokens: tokens, y: y, in: gpu.context(bindingLimit: 3072)))
    #expect(try gpu.download(y) == Matrix.zero(4, 20))
  }

  @Test(arguments: typesAndShapes)
  func scatterAdd(type: DType, rows: Int, columns: Int) throws {
    let vocabulary = 23
    let tokens = tokens(rows, vocabulary: vocabulary, seed: 3)
    let order = try EmbeddingInputs(tokens, vocabulary: vocabulary, on: gpu)
    let dy = try gpu.random(rows, columns, seed: 4, as: type)
    let start = Matrix.random(vocabulary, columns, seed: 5).rounded(to: .f32)
    let dTable = try gpu.runTwice({ [try gpu.upload(start)] }) {
      Embedding.scatterAdd(
        dy: dy.tensor, order: order.order, uniqueTokens: order.unique, offsets: order.offsets,
        count: order.count, dTable: $0[0], in: gpu.context)
    }
    var want = start
    Reference.embeddingScatterAdd(dy: dy.matrix, tokens: tokens, into: &want)
    expectClose(try gpu.download(dTable[0]), want)
  }

  @Test func tablesBeyondTheBindingLimit() throws {
    let (vocabulary, rows, columns) = (200, 90, 33)
    let context = gpu.context(bindingLimit: 1 << 14)
    let tokens = tokens(rows, vocabulary: vocabulary, seed: 6)
    let table = try gpu.random(vocabulary, columns, seed: 7, as: .f32)
    let y = try gpu.poisoned(rows: rows, columns: columns)
    let gather = Embedding.gather(table: table.tensor, tokens: try gpu.indices(tokens), y: y, in: context)
    #expect(gather.count > 1)
    try gpu.run(gather)
    #expect(try gpu.download(y) == Reference.embedding(table: table.matrix, tokens: tokens))

    let order = try EmbeddingInputs(tokens, vocabulary: vocabulary, on: gpu)
    let dy = try gpu.random(rows, columns, seed: 8, as: .f32)
    let scatter = Embedding.scatterAdd(
      dy: dy.tensor, order: order.order, uniqueTokens: order.unique, offsets: order.offsets, count: order.count,
      dTable: table.tensor, in: context)
    #expect(scatter.count > 1)
    try gpu.run(scatter)
    var want = table.matrix
    Reference.embeddingScatterAdd(dy: dy.matrix, tokens: tokens, into: &want)
    expectClose(try gpu.download(table.tensor), want)
  }

  @Test func ordersStably() {
    let tokens = [7, -1, 3, 7, 100, 3, 3, 0]
    let order = EmbeddingOrder(tokens.map(Int32.init), vocabulary: 100)
    let want = Reference.tokenSegments(tokens.map { $0 < 100 ? $0 : -1 })
    let count = Int(order.count)
    #expect(order.uniqueTokens.prefix(count).map(Int.init) == want.unique)
    #expect(order.offsets.prefix(count + 1).map(Int.init) == want.offsets)
    #expect(order.order.prefix(want.order.count).map(Int.init) == want.order)
    #expect(order.order.count == 8 && order.uniqueTokens.count == 8 && order.offsets.count == 9)
    let none = EmbeddingOrder([-1, -1], vocabulary: 5)
    #expect(none.count == 0 && none.offsets == [0, 0, 0])
  }
}
