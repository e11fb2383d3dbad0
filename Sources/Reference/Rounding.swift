extension Reference {
  /// The nearest binary32 value, ties to even.
  public static func roundedToSingle(_ x: Double) -> Double { Double(Float(x)) }

  /// The nearest IEEE 754 binary16 value, ties to even; beyond the largest finite one, infinity.
  public static func roundedToHalf(_ x: Double) -> Double {
    rounded(x, significandBits: 11, minimumExponent: -14, maximumExponent: 15)
  }

  /// The nearest bfloat16 value, ties to even; beyond the largest finite one, infinity.
  public static func roundedToBfloat16(_ x: Double) -> Double {
    rounded(x, significandBits: 8, minimumExponent: -126, maximumExponent: 127)
  }

  /// The value of a binary16 bit pattern.
  public static func half(bits: UInt16) -> Double {
    decoded(bits, fractionBits: 10, exponentBits: 5)
  }

  /// The value of a bfloat16 bit pattern.
  public static func bfloat16(bits: UInt16) -> Double {
    decoded(bits, fractionBits: 7, exponentBits: 8)
  }

  /// The bit pattern of the nearest binary16 value.
  public static func halfBits(_ x: Double) -> UInt16 {
    encoded(roundedToHalf(x), fractionBits: 10, exponentBits: 5)
  }

  /// The bit pattern of the nearest bfloat16 value.
  public static func bfloat16Bits(_ x: Double) -> UInt16 {
    encoded(roundedToBfloat16(x), fractionBits: 7, exponentBits: 8)
  }

  /// Rounds to a multiple of the unit in the last place; scaling by a power of two is exact in `Double`.
  private static func rounded(
    _ x: Double, significandBits: Int, minimumExponent: Int, maximumExponent: Int
  ) -> Double {
    guard x.isFinite, x != 0 else { return x }
    let exponent = max(Int(x.exponent), minimumExponent)
    let unit = Double(sign: .plus, exponent: exponent - (significandBits - 1), significand: 1)
    let result = (x / unit).rounded(.toNearestOrEven) * unit
    let beyond = Double(sign: .plus, exponent: maximumExponent + 1, significand: 1)
    return result.magnitude < beyond ? result : Double(signOf: x, magnitudeOf: .infinity)
  }

  private static func decoded(_ bits: UInt16, fractionBits: Int, exponentBits: Int) -> Double {
    let fraction = Int(bits) & (1 << fractionBits - 1)
    let exponent = (Int(bits) >> fractionBits) & (1 << exponentBits - 1)
    let bias = 1 << (exponentBits - 1) - 1
    let magnitude: Double
    if exponent == 1 << exponentBits - 1 {
      magnitude = fraction == 0 ? .infinity : .nan
    } else {
      let significand = exponent == 0 ? fraction : fraction + 1 << fractionBits
      magnitude = Double(
        sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: Double(significand))
    }
    return Double(signOf: bits >> 15 == 0 ? 1 : -1, magnitudeOf: magnitude)
  }

  /// - Parameter x: a value that the format holds exactly.
  private static func encoded(_ x: Double, fractionBits: Int, exponentBits: Int) -> UInt16 {
    let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
    let bias = 1 << (exponentBits - 1) - 1
    let infinity = UInt16((1 << exponentBits - 1) << fractionBits)
    if x.isNaN { return sign | infinity | UInt16(1 << (fractionBits - 1)) }
    if x.isInfinite { return sign | infinity }
    if x == 0 { return sign }
    let exponent = max(Int(x.exponent), 1 - bias)
    let significand = Int(
      x.magnitude / Double(sign: .plus, exponent: exponent - fractionBits, significand: 1))
    // A normal significand carries its leading one into the exponent field, which so counts from one less.
    return sign | UInt16((exponent + bias - 1) << fractionBits + significand)
  }
}
