/// What the encoders of super-blocks compute with: four elements at a time, which every processor has registers for.
///
/// Lanes are added in one fixed order and nothing is fused: the same floats give the same bytes everywhere.
extension BlockQuantizer {
  @inline(__always)
  static func lanes(_ floats: UnsafePointer<Float>) -> SIMD4<Float> {
    UnsafeRawPointer(floats).loadUnaligned(as: SIMD4<Float>.self)
  }

  /// The sum of the lanes. A call: in line, the optimiser sums lane by lane all the way up in the loops before it.
  @inline(never)
  static func total(_ lanes: SIMD4<Float>) -> Float {
    let two = lanes.lowHalf + lanes.highHalf
    return two[0] + two[1]
  }

  @inline(__always)
  static func magnitude(_ lanes: SIMD4<Float>) -> SIMD4<Float> {
    unsafeBitCast(unsafeBitCast(lanes, to: SIMD4<UInt32>.self) & 0x7FFF_FFFF, to: SIMD4<Float>.self)
  }

  /// 1.5 times 2^23: beside it a float has no room for a fraction, and an integer in its low bits.
  private static var roundingBias: Float { 0x1.8p23 }

  /// The nearest whole numbers, ties to even, held within bounds; of NaN, and of numbers beyond 2^23, any within bounds.
  ///
  /// Bounds are kept with shifts, which unlike comparisons of lanes are one instruction everywhere.
  @inline(__always)
  static func nearest(_ lanes: SIMD4<Float>, from least: Int32, to most: Int32) -> SIMD4<Float> {
    let bias = SIMD4<Int32>(repeating: Int32(bitPattern: roundingBias.bitPattern))
    let whole = unsafeBitCast(lanes + roundingBias, to: SIMD4<Int32>.self) &- bias
    let excess = positive(whole &- least)
    let held = (most &- least) &- positive((most &- least) &- excess)
    return unsafeBitCast(held &+ (bias &+ least), to: SIMD4<Float>.self) - roundingBias
  }

  /// What is above 0, and 0 instead of the rest.
  @inline(__always)
  private static func positive(_ lanes: SIMD4<Int32>) -> SIMD4<Int32> { lanes & ~(lanes &>> 31) }

  /// The nearest whole number, ties to even, held within bounds. NaN stays NaN.
  @inline(__always)
  static func nearest(_ number: Float, from least: Float, to most: Float) -> Float {
    let held = number < least ? least : number > most ? most : number
    return (held + roundingBias) - roundingBias
  }

  /// A small whole number as an integer; 0 for NaN.
  @inline(__always)
  static func integer(_ whole: Float) -> Int32 {
    whole.isNaN ? 0 : Int32(bitPattern: (whole + roundingBias).bitPattern &- roundingBias.bitPattern)
  }

  static func isFinite(_ floats: UnsafePointer<Float>, count: Int) -> Bool {
    var largest: Int32 = 0
    for place in 0..<count { largest = max(largest, Int32(bitPattern: floats[place].bitPattern & 0x7FFF_FFFF)) }
    return largest < 0x7F80_0000
  }

  /// Writes a number as a half, and gives it as it was rounded.
  @discardableResult
  static func writeHalf(_ number: Float, to output: UnsafeMutableRawPointer) -> Float {
    let half = UInt16(truncatingIfNeeded: Transcode.halfFromFloat(number.bitPattern))
    output.storeBytes(of: half.littleEndian, as: UInt16.self)
    return Float(bitPattern: Transcode.floatFromHalf(UInt32(half)))
  }
}
