import Reference
import Testing

/// Both 16-bit formats over all 65,536 patterns.
@Suite struct RoundingTests {
  struct Format: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let decode: @Sendable (UInt16) -> Double
    let encode: @Sendable (Double) -> UInt16
    let round: @Sendable (Double) -> Double
    /// The language's own decoding.
    let trusted: @Sendable (UInt16) -> Double
    /// The pattern of infinity; those below are the finite non-negative values in order.
    let infinity: UInt16
  }

  static let formats = [
    Format(
      testDescription: "f16", decode: { Reference.half(bits: $0) }, encode: { Reference.halfBits($0) },
      round: { Reference.roundedToHalf($0) }, trusted: { Double(Float16(bitPattern: $0)) },
      infinity: 0x7C00),
    Format(
      testDescription: "bf16", decode: { Reference.bfloat16(bits: $0) },
      encode: { Reference.bfloat16Bits($0) }, round: { Reference.roundedToBfloat16($0) },
      trusted: { Double(Float(bitPattern: UInt32($0) << 16)) }, infinity: 0x7F80),
  ]

  @Test(arguments: formats)
  func everyPatternRoundTrips(format: Format) {
    for bits in UInt16.min...UInt16.max {
      let value = format.decode(bits)
      let (encoded, rounded) = (format.encode(value), format.round(value))
      if format.trusted(bits).isNaN {
        #expect(value.isNaN && rounded.isNaN && format.decode(encoded).isNaN)
      } else if value != format.trusted(bits) || encoded != bits || rounded != value {
        Issue.record("\(bits): \(value) is encoded as \(encoded), rounded to \(rounded)")
      }
    }
  }

  @Test(arguments: formats)
  func midpointsGoToEven(format: Format) {
    for lower in 0..<format.infinity - 1 {
      let (below, above) = (format.decode(lower), format.decode(lower + 1))
      let midpoint = (below + above) / 2  // exact in Double
      let even = lower % 2 == 0 ? lower : lower + 1
      for sign in [1.0, -1.0] {
        let bit: UInt16 = sign < 0 ? 0x8000 : 0
        if format.encode(sign * midpoint) != even | bit
          || format.encode(sign * midpoint.nextDown) != lower | bit
          || format.encode(sign * midpoint.nextUp) != (lower + 1) | bit
        {
          Issue.record("around \(sign * midpoint), between patterns \(lower) and \(lower + 1)")
        }
      }
    }
  }

  @Test(arguments: formats)
  func overflowGoesToInfinity(format: Format) {
    let largest = format.decode(format.infinity - 1)
    let unit = largest - format.decode(format.infinity - 2)
    let limit = largest + unit / 2
    #expect(format.round(limit.nextDown) == largest)
    #expect(format.round(limit) == .infinity)
    #expect(format.round(-limit) == -.infinity)
    #expect(format.encode(1e300) == format.infinity)
    #expect(format.round(.nan).isNaN)
  }
}
