import Reference
import Testing

@Suite struct QuantizeTests {
  struct Case: Decodable {
    let format, bytes: String
    let x: Tensor?
    let values: Tensor

    func block() throws -> (format: Reference.BlockFormat, bytes: [UInt8]) {
      let digits = Array(bytes)
      let decoded = try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
      }
      return (try #require(Reference.BlockFormat(rawValue: format)), decoded)
    }
  }

  @Test func quantizesAsGGML() throws {
    let cases = try Fixture<Case>.cases("quantize").filter { $0.x != nil }
    #expect(cases.map(\.format) == ["Q8_0", "Q4_0"])
    for test in cases {
      let (format, bytes) = try test.block()
      #expect(Reference.quantize(try #require(test.x).values, to: format) == bytes, "\(format)")
    }
  }

  @Test func dequantizesAsGGML() throws {
    let cases = try Fixture<Case>.cases("quantize")
    #expect(cases.map(\.format) == Reference.BlockFormat.allCases.map(\.rawValue))
    for test in cases {
      let (format, bytes) = try test.block()
      // gguf multiplies in float32; the 8-bit and 4-bit products are exact there, the three-factor ones are
      // not.
      let exact = format == .q8 || format == .q4
      let values = Reference.dequantize(bytes, from: format)
      expectClose(values, test.values.values, tolerance: exact ? 0 : 2e-7, "\(format)")
    }
  }

  /// Scales below the smallest f16 become zero, not infinity; so does a block of zeros.
  @Test(arguments: [Reference.BlockFormat.q8, .q4], [0, 1e-12, 1e-38, 1e-44])
  func vanishingBlocks(format: Reference.BlockFormat, value: Double) {
    let bytes = Reference.quantize(Array(repeating: value, count: 32), to: format)
    #expect(bytes.count == format.blockBytes)
    #expect(Reference.dequantize(bytes, from: format).allSatisfy { $0 == 0 })
  }
}
