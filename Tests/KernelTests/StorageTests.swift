import Kernels
import TestSupport
import Testing
import VulkanRuntime

/// The conversions of `Shaders/include/storage.glsl`, through the cast kernel.
@Suite struct StorageTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  private func tensor<Element: BitwiseCopyable>(_ values: [Element], _ type: DType) throws -> TensorSlice {
    let buffer = try Buffer(gpu.device, byteCount: values.count * MemoryLayout<Element>.size, purpose: "a test")
    try gpu.device.write(values, to: buffer.all)
    return TensorSlice(buffer.all, type, rows: 1, columns: values.count)
  }

  /// The bits of `values` after a cast on the device.
  private func cast<From: BitwiseCopyable, To: BitwiseCopyable>(
    _ values: [From], _ from: DType, to: DType, as: To.Type
  ) throws -> [To] {
    let y = try gpu.poisoned(rows: 1, columns: values.count, as: to)
    try gpu.run(Elementwise.cast(x: tensor(values, from), y: y, in: gpu.context))
    return try gpu.device.read(y.buffer, as: To.self)
  }

  private static let all16 = (0...UInt16.max).map { $0 }

  /// A NaN keeps being one; which one is the device's affair.
  private func expectSame(
    _ got: [UInt16], _ want: [UInt16], exponent: UInt16, _ comment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func isNaN(_ bits: UInt16) -> Bool { bits & 0x7fff > exponent }
    let wrong = zip(got, want).enumerated().first { _, pair in
      pair.0 != pair.1 && !(isNaN(pair.0) && isNaN(pair.1))
    }
    #expect(
      got.count == want.count && wrong == nil, "\(comment) \(wrong.map { "\($0)" } ?? "")",
      sourceLocation: sourceLocation)
  }

  @Test func everyHalfIsUnpacked() throws {
    let got = try cast(Self.all16, .f16, to: .f32, as: Float.self)
    let wrong = Self.all16.first { bits in
      let want = Float(Float16(bitPattern: bits))
      let value = got[Int(bits)]
      return want.isNaN ? !value.isNaN : value.bitPattern != want.bitPattern
    }
    #expect(wrong == nil)
  }

  @Test func everyHalfRoundTrips() throws {
    let floats = Self.all16.map { Float(Float16(bitPattern: $0)) }
    expectSame(
      try cast(floats, .f32, to: .f16, as: UInt16.self), Self.all16, exponent: 0x7c00, "exact values")
  }

  /// Between each two neighbours: the midpoint goes to the even one, a bit to either side to the nearer.
  @Test(arguments: [-1, 0, 1])
  func midpointsOfHalvesGoToEven(nudge: Int) throws {
    let floats = (0..<UInt16(0x7c00)).flatMap { bits -> [Float] in
      let low = Float(Float16(bitPattern: bits))
      let high = bits + 1 == 0x7c00 ? 65_536 : Float(Float16(bitPattern: bits + 1))
      let middle = Float(bitPattern: UInt32(Int(((low + high) / 2).bitPattern) + nudge))
      return [middle, -middle]
    }
    expectSame(
      try cast(floats, .f32, to: .f16, as: UInt16.self), floats.map { Float16($0).bitPattern },
      exponent: 0x7c00, "midpoints, nudged by \(nudge)")
  }

  @Test func extremesOfHalves() throws {
    let floats: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, -.nan, .greatestFiniteMagnitude, 65_504, 65_519.99, 65_520, 1e9, -1e9,
      .leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1p-14,
      0x1.ffep-15, Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0xffff_ffff), 1 / 3, 0x1p-26,
    ]
    expectSame(
      try cast(floats, .f32, to: .f16, as: UInt16.self), floats.map { Float16($0).bitPattern },
      exponent: 0x7c00, "extremes")
  }

  @Test func everyBfloatIsUnpackedAndRoundTrips() throws {
    let floats = Self.all16.map { Float(bitPattern: UInt32($0) << 16) }
    let got = try cast(Self.all16, .bf16, to: .f32, as: Float.self)
    #expect(zip(got, floats).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) })
    expectSame(
      try cast(floats, .f32, to: .bf16, as: UInt16.self), Self.all16, exponent: 0x7f80, "exact values")
  }

  @Test(arguments: [-1, 0, 1])
  func midpointsOfBfloatsGoToEven(nudge: Int) throws {
    // From the smallest normal number on: a device may flush what is below.
    let words = (UInt16(0x0080)..<0x7f80).map { UInt32(Int(UInt32($0) << 16 | 0x8000) + nudge) }
    let want = words.map { word in
      UInt16(word >> 16) + (word & 0xffff > 0x8000 || (word & 0x1ffff == 0x18000) ? 1 : 0)
    }
    expectSame(
      try cast(words.map(Float.init(bitPattern:)), .f32, to: .bf16, as: UInt16.self), want, exponent: 0x7f80,
      "midpoints, nudged by \(nudge)")
  }
}
