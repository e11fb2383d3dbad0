import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct RopeTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  private func upload(_ table: RotaryTable) throws -> (cosine: TensorSlice, sine: TensorSlice) {
    func tensor(_ values: [Float]) throws -> TensorSlice {
      let buffer = try Buffer(gpu.device, byteCount: values.count * 4, purpose: "a test table")
      try gpu.device.write(values, to: buffer.all)
      return TensorSlice(buffer.all, .f32, rows: table.positions, columns: table.headSize / 2)
    }
    return (try tensor(table.cosine), try tensor(table.sine))
  }

  private static let positions = [0, 1, 2, 3, 31, 32, 99, 255, 256]

  @Test(
    arguments: storageTypes,
    [(4, 1), (4, 3), (8, 3), (12, 2), (16, 1), (24, 3), (32, 5), (36, 1), (36, 3), (64, 9), (128, 2), (256, 3)])
  func rotatesAndRotatesBack(type: DType, heads: (size: Int, count: Int)) throws {
    let columns = heads.size * heads.count
    let table = RotaryTable(headSize: heads.size, positions: 257, theta: 10_000)
    let (cosine, sine) = try upload(table)
    let positions = try gpu.indices(Self.positions)
    let x = try gpu.random(Self.positions.count, columns, seed: 1, as: type)
    for inverse in [false, true] {
      let y = try gpu.runTwice({
        [try gpu.poisoned(rows: Self.positions.count, columns: columns, as: type)]
      }) {
        Rope.apply(
          x: x.tensor, positions: positions, cosine: cosine, sine: sine, y: $0[0], headSize: heads.size,
          inverse: inverse, in: gpu.context)
      }
      let frequencies = Reference.ropeFrequencies(headSize: heads.size, theta: 10_000)
      let want =
        inverse
        ? Reference.ropeBackward(dy: x.matrix, positions: Self.positions, frequencies: frequencies)
        : Reference.rope(x: x.matrix, positions: Self.positions, frequencies: frequencies)
      expectClose(try gpu.download(y[0]), want, as: type, "inverse: \(inverse)")

      let copy = try gpu.upload(x.matrix, as: type)
      try gpu.run(
        Rope.apply(
          x: copy, positions: positions, cosine: cosine, sine: sine, y: copy, headSize: heads.size,
          inverse: inverse, in: gpu.context))
      #expect(try gpu.bytes(copy) == gpu.bytes(y[0]), "in place")
    }
  }

  @Test(
    arguments: [
      (
        RotaryScaling.llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 8192),
        Reference.RopeScaling.llama3(
          factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 8192)
      ), (.linear(factor: 4), .linear(factor: 4)), (.none, .none),
    ])
  func farPositions(scaling: (RotaryScaling, Reference.RopeScaling)) throws {
    let (size, heads, positions) = (64, 2, [131_072, 140_000, 131_071, 8191, 1])
    let table = RotaryTable(headSize: size, positions: 140_001, theta: 500_000, scaling: scaling.0)
    let frequencies = Reference.ropeFrequencies(headSize: size, theta: 500_000, scaling: scaling.1)
    #expect(table.frequencies == frequencies)
    let (cosine, sine) = try upload(table)
    let x = try gpu.random(positions.count, size * heads, seed: 2, as: .f32)
    let y = try gpu.poisoned(rows: positions.count, columns: size * heads)
    try gpu.run(
      Rope.apply(
        x: x.tensor, positions: gpu.indices(positions), cosine: cosine, sine: sine, y: y, headSize: size,
        in: gpu.context))
    expectClose(
      try gpu.download(y), Reference.rope(x: x.matrix, positions: positions, frequencies: frequencies))
  }

  @Test func beyondTheBindingLimit() throws {
    let (size, rows) = (36, 500)
    let table = RotaryTable(headSize: size, positions: rows, theta: 10_000)
    let (cosine, sine) = try upload(table)
    let positions = (0..<rows).map { rows - 1 - $0 }
    let x = try gpu.random(rows, size, seed: 3, as: .f32)
    let y = try gpu.poisoned(rows: rows, columns: size)
    let dispatches = Rope.apply(
      x: x.tensor, positions: try gpu.indices(positions), cosine: cosine, sine: sine, y: y, headSize: size,
      in: gpu.context(bindingLimit: 1 << 14))
    #expect(dispatches.count > 3)
    try gpu.run(dispatches)
    let frequencies = Reference.ropeFrequencies(headSize: size, theta: 10_000)
    expectClose(
      try gpu.download(y), Reference.rope(x: x.matrix, positions: positions, frequencies: frequencies))
  }
}
