import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

/// A quantised matrix for tests: GGUF blocks with plausible scales and random quants, and what they stand for.
struct QuantizedMatrix {
  let layout: QuantizedLayout
  let blocks: [UInt8]
  let values: Matrix

  init(_ type: DType, rows: Int, columns: Int, seed: UInt64) {
    layout = QuantizedLayout(type, rows: rows, columns: columns)!  // the tests give whole blocks
    var generator = SplitMix64(state: seed)
    let blockBytes = type.blockBytes!
    var blocks = (0..<rows * layout.blockRowBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for start in stride(from: 0, to: blocks.count, by: blockBytes) {
      for offset in type.halfOffsets {
        let scale = Float16(Float.random(in: 0.01...0.02, using: &generator)).bitPattern
        blocks[start + offset] = UInt8(scale & 255)
        blocks[start + offset + 1] = UInt8(scale >> 8)
      }
    }
    self.blocks = blocks
    values = Matrix(
      rows: rows, columns: columns, values: Reference.dequantize(blocks, from: type.blockFormat))
  }

  func upload(to gpu: TestDevice) throws -> TensorSlice {
    let buffer = try Buffer(gpu.device, byteCount: layout.byteCount, purpose: "a quantised test tensor")
    try gpu.device.write(layout.repacked(blocks), to: buffer.all)
    return TensorSlice(buffer.all, layout.type, rows: layout.rows, columns: layout.columns)
  }
}

extension DType {
  static let quantized: [DType] = [.q8_0, .q4_0, .q4_K, .q6_K]

  var blockFormat: Reference.BlockFormat {
    switch self {
    case .q8_0: .q8
    case .q4_0: .q4
    case .q4_K: .q4K
    default: .q6K
    }
  }

  /// Where the f16 numbers of a block lie.
  fileprivate var halfOffsets: [Int] {
    switch self {
    case .q4_K: [0, 2]
    case .q6_K: [208]
    default: [0]
    }
  }
}

@Suite struct QuantizeTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  @Test(arguments: DType.quantized)
  func repackingLosesNothing(type: DType) {
    for (rows, blocks) in [(1, 1), (3, 5), (33, 2)] {
      let matrix = QuantizedMatrix(type, rows: rows, columns: blocks * type.blockColumns!, seed: 7)
      let planes = matrix.layout.repacked(matrix.blocks)
      #expect(planes.count == matrix.layout.byteCount)
      #expect(matrix.layout.blocks(planes) == matrix.blocks)
      #expect(planes != matrix.blocks)
    }
  }

  @Test func refusesPartialBlocks() {
    #expect(QuantizedLayout(.q8_0, rows: 1, columns: 33) == nil)
    #expect(QuantizedLayout(.q4_0, rows: 1, columns: 16) == nil)
    #expect(QuantizedLayout(.q4_K, rows: 1, columns: 128) == nil)
    #expect(QuantizedLayout(.q6_K, rows: 1, columns: 32) == nil)
    #expect(QuantizedLayout(.f32, rows: 1, columns: 256) == nil)
    #expect(QuantizedLayout(.q6_K, rows: 0, columns: 256) == nil)
  }

  /// Planes neither overlap nor leave their matrix, and rows start at 16 bytes.
  @Test(arguments: DType.quantized)
  func planesFollowEachOther(type: DType) {
    let layout = QuantizedLayout(type, rows: 5, columns: 3 * type.blockColumns!)!
    var end = 0
    for plane in layout.planes {
      let range = layout.range(plane, rows: 0..<5)
      #expect(range.lowerBound >= end && range.lowerBound % 256 == 0)
      #expect(layout.range(plane, rows: 1..<2).lowerBound % 16 == 0)
      end = range.upperBound
    }
    #expect(end <= layout.byteCount)
  }

  @Test(arguments: [DType.f32, .f16, .bf16], [DType.q8_0, .q4_0])
  func roundsAsTheReference(from: DType, to: DType) throws {
    for (rows, columns) in [(1, 32), (3, 96), (33, 64), (31, 1056)] {
      var x = Matrix.random(rows, columns, seed: 5, scale: 3)
      for column in 0..<32 { x[0, column] = 0 }
      if columns > 32 {
        for column in 32..<64 { x[0, column] = Double(column - 48) / 2 }  // ties, with a scale that is a power of two
        x[0, 63] = from == .f32 ? -63.5 : -64
      }
      x = x.rounded(to: from)
      let layout = QuantizedLayout(to, rows: rows, columns: columns)!
      let planes = try gpu.workspace(layout.byteCount)
      let target = TensorSlice(planes, to, rows: rows, columns: columns)
      try gpu.run(Quantize.rows(gpu.upload(x, as: from), into: target, in: gpu.context))
      let got = try layout.blocks(gpu.device.read(planes, as: UInt8.self))
      let want = (0..<rows).flatMap { Reference.quantize(x.row($0), to: to.blockFormat) }
      let different = got.indices.filter { got[$0] != want[$0] }
      #expect(different.isEmpty, "\(rows) × \(columns): \(different.count) bytes")
    }
  }

  /// Zero, tiny and uneven values, whose scales leave the normal range of f16.
  @Test(arguments: [DType.q8_0, .q4_0])
  func roundsSmallValues(to: DType) throws {
    let x = Matrix(rows: 4, columns: 64) { row, column in
      Double(column % 32 - 7) * [1e-3, 1e-5, 1e-6, 1e-8][row] * (column < 32 ? 1 : 0.37)
    }.rounded(to: .f32)
    let layout = QuantizedLayout(to, rows: 4, columns: 64)!
    let planes = try gpu.workspace(layout.byteCount)
    let target = TensorSlice(planes, to, rows: 4, columns: 64)
    try gpu.run(Quantize.rows(gpu.upload(x), into: target, in: gpu.context))
    let got = try layout.blocks(gpu.device.read(planes, as: UInt8.self))
    #expect(got == (0..<4).flatMap { Reference.quantize(x.row($0), to: to.blockFormat) })
  }
}
