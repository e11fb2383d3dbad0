/// Floats to and from blocks that share scales, on the host and in the layout of GGUF files.
///
/// Bytes of Q8_0 and Q4_0 are those of ggml's reference (`quantize_row_q8_0_ref`, `quantize_row_q4_0_ref`), and so are
/// those of Q4_K and Q6_K wherever sums do not depend on how a compiler orders them; floats are those of its
/// `dequantize_row_*`, bit for bit. Source: ggml/src/ggml-quants.c, ggml/src/ggml-common.h.
public enum BlockQuantizer {
  /// Quantises whole blocks.
  ///
  /// - Parameters:
  ///   - floats: The elements, whole blocks of them. Where one is not finite its block's scale is not either, and what the
  ///     block then holds is not defined.
  ///   - type: q8_0, q4_0, q4_K or q6_K.
  ///   - bytes: Room for the blocks, with any alignment; overwritten.
  public static func quantize(
    _ floats: UnsafeBufferPointer<Float>, as type: ElementType, into bytes: UnsafeMutableRawBufferPointer
  ) {
    check(bytes.count, type, floats.count)
    guard let input = floats.baseAddress, let output = bytes.baseAddress else { return }
    let blocks = floats.count / type.blockElements
    switch type {
    case .q8_0:
      for block in 0..<blocks { quantizeQ8(input + block &* 32, into: output + block &* 34) }
    case .q4_0:
      for block in 0..<blocks { quantizeQ4(input + block &* 32, into: output + block &* 18) }
    case .q4_K:
      for block in 0..<blocks { quantizeQ4K(input + block &* 256, into: output + block &* 144) }
    default:
      for block in 0..<blocks { quantizeQ6K(input + block &* 256, into: output + block &* 210) }
    }
  }

  /// Gives the floats that blocks stand for.
  ///
  /// - Parameters:
  ///   - bytes: Whole blocks, with any alignment.
  ///   - type: q8_0, q4_0, q4_K or q6_K.
  ///   - floats: As many as the blocks hold; overwritten.
  public static func dequantize(
    _ bytes: UnsafeRawBufferPointer, as type: ElementType, into floats: UnsafeMutableBufferPointer<Float>
  ) {
    check(bytes.count, type, floats.count)
    guard let input = bytes.baseAddress, let output = floats.baseAddress else { return }
    let blocks = floats.count / type.blockElements
    switch type {
    case .q8_0:
      for block in 0..<blocks { dequantizeQ8(input + block &* 34, into: output + block &* 32) }
    case .q4_0:
      for block in 0..<blocks { dequantizeQ4(input + block &* 18, into: output + block &* 32) }
    case .q4_K:
      for block in 0..<blocks { dequantizeQ4K(input + block &* 144, into: output + block &* 256) }
    default:
      for block in 0..<blocks { dequantizeQ6K(input + block &* 210, into: output + block &* 256) }
    }
  }

  private static func check(_ byteCount: Int, _ type: ElementType, _ count: Int) {
    precondition(type.isQuantized, "\(type.name) has no blocks")
    precondition(
      type.byteCount(elements: count) == byteCount, "\(byteCount) bytes for \(count) elements of \(type.name)")
  }

  // MARK: To blocks of 32

  /// The bits of the largest magnitude. Magnitudes order as their bits do, and the largest of integers, unlike that of
  /// floats, is found by vector code.
  @inline(__always)
  private static func largestMagnitude(_ floats: UnsafePointer<Float>) -> Int32 {
    var largest: Int32 = 0
    for place in 0..<32 {
      largest = max(largest, Int32(bitPattern: floats[place].bitPattern & 0x7FFF_FFFF))
    }
    return largest
  }

  /// Writes the scale as a half, and gives the factor that takes elements to quants; 0 where all quants are 0.
  @inline(__always)
  private static func writeScale(_ scale: Float, to output: UnsafeMutableRawPointer) -> Float {
    let half = UInt16(truncatingIfNeeded: Transcode.halfFromFloat(scale.bitPattern))
    output.storeBytes(of: half.littleEndian, as: UInt16.self)
    return scale == 0 ? 0 : 1 / scale
  }

  /// d = largest / 127; q = x / d, rounded, ties away from zero.
  @inline(__always)
  private static func quantizeQ8(_ floats: UnsafePointer<Float>, into output: UnsafeMutableRawPointer) {
    let largest = Float(bitPattern: UInt32(bitPattern: largestMagnitude(floats)))
    var factor = writeScale(largest / 127, to: output)
    // Below 2^-128 the reciprocal is infinite; conversion of infinity to an integer gives ggml zeros on every x86.
    if factor == .infinity { factor = 0 }
    let quants = (output + 2).assumingMemoryBound(to: Int8.self)
    for place in 0..<32 {
      let scaled = floats[place] * factor
      let magnitude = Float(bitPattern: scaled.bitPattern & 0x7FFF_FFFF)
      // Adding 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits of the sum.
      let sum = magnitude + 0x1p23
      let tie: Int32 = magnitude - (sum - 0x1p23) == 0.5 ? 1 : 0
      let rounded = Int32(truncatingIfNeeded: sum.bitPattern & 0xFF) &+ tie
      quants[place] = Int8(truncatingIfNeeded: scaled.bitPattern >> 31 == 1 ? 0 &- rounded : rounded)
    }
  }

  /// d = m / -8, where m is the element of largest magnitude, the first of several; q = ⌊x / d + 8.5⌋, at most 15.
  ///
  /// Byte i holds element i in its low half and element i + 16 in its high one.
  @inline(__always)
  private static func quantizeQ4(_ floats: UnsafePointer<Float>, into output: UnsafeMutableRawPointer) {
    let largest = UInt32(bitPattern: largestMagnitude(floats))
    var extreme: Float = 0
    // Without an element beyond 0 the reference keeps its +0, whatever the signs of the zeros.
    if largest > 0 {
      for place in 0..<32 where floats[place].bitPattern & 0x7FFF_FFFF == largest {
        extreme = floats[place]
        break
      }
    }
    let factor = writeScale(extreme / -8, to: output)
    let quants = (output + 2).assumingMemoryBound(to: UInt8.self)
    // As for Q8_0; here the zero is that of the quant, not of the element.
    if factor.isInfinite { return quants.update(repeating: 0, count: 16) }
    for place in 0..<16 {
      quants[place] = nibble(floats[place] * factor) | nibble(floats[place + 16] * factor) << 4
    }
  }

  /// ⌊scaled + 8.5⌋, at most 15, of an element from -8 to 8.
  @inline(__always)
  private static func nibble(_ scaled: Float) -> UInt8 {
    let shifted = scaled + 8.5
    let sum = shifted + 0x1p23
    let isRoundedUp: Int32 = sum - 0x1p23 > shifted ? 1 : 0
    return UInt8(truncatingIfNeeded: min(Int32(truncatingIfNeeded: sum.bitPattern & 0xFF) &- isRoundedUp, 15))
  }

  // MARK: From blocks

  @inline(__always)
  private static func half(_ input: UnsafeRawPointer) -> Float {
    let bits = UInt16(littleEndian: input.loadUnaligned(as: UInt16.self))
    return Float(bitPattern: Transcode.floatFromHalf(UInt32(bits)))
  }

  /// y = d q
  @inline(__always)
  private static func dequantizeQ8(_ input: UnsafeRawPointer, into floats: UnsafeMutablePointer<Float>) {
    let scale = half(input)
    let quants = (input + 2).assumingMemoryBound(to: Int8.self)
    for place in 0..<32 { floats[place] = Float(quants[place]) * scale }
  }

  /// y = d (q - 8)
  @inline(__always)
  private static func dequantizeQ4(_ input: UnsafeRawPointer, into floats: UnsafeMutablePointer<Float>) {
    let scale = half(input)
    let quants = (input + 2).assumingMemoryBound(to: UInt8.self)
    for place in 0..<16 {
      floats[place] = scale * Float(Int32(quants[place] & 0xF) &- 8)
      floats[place + 16] = scale * Float(Int32(quants[place] >> 4) &- 8)
    }
  }

  /// y = (d s) q - (dmin m): 8 groups of 32, each with a scale s and a minimum m of 6 bits.
  ///
  /// Layout: d, dmin as halves; 12 bytes of scales and minima; 4 times 32 bytes, of which the low halves are one group
  /// and the high halves the next.
  @inline(__always)
  private static func dequantizeQ4K(_ input: UnsafeRawPointer, into floats: UnsafeMutablePointer<Float>) {
    let (scale, minimum) = (half(input), half(input + 2))
    let packed = (input + 4).assumingMemoryBound(to: UInt8.self)
    let quants = (input + 16).assumingMemoryBound(to: UInt8.self)
    for group in 0..<8 {
      let (s, m) = scaleAndMinimum(of: group, in: packed)
      let factor = scale * Float(s)
      let offset = minimum * Float(m)
      let shift = UInt8(group & 1) &* 4
      let bytes = quants + (group >> 1) &* 32
      for place in 0..<32 {
        floats[group &* 32 &+ place] = factor * Float(Int32((bytes[place] &>> shift) & 0xF)) - offset
      }
    }
  }

  /// Groups 0 to 3 have their 6 bits in one byte; of groups 4 to 7 the low 4 lie in the last bytes, and the high 2 above
  /// those of group - 4.
  @inline(__always)
  private static func scaleAndMinimum(of group: Int, in packed: UnsafePointer<UInt8>) -> (UInt8, UInt8) {
    if group < 4 { return (packed[group] & 63, packed[group + 4] & 63) }
    let low = packed[group + 4]
    return ((low & 0xF) | (packed[group - 4] & 0xC0) >> 2, low >> 4 | (packed[group] & 0xC0) >> 2)
  }

  /// y = (d s) (q - 32): 16 groups of 16, each with a scale s of 8 bits.
  ///
  /// Layout: 128 bytes with the low 4 bits of the quants, 64 with the high 2, 16 scales, d as a half. Each half of the
  /// block is 4 rows of 32: rows 0 and 1 have the low halves of 64 bytes, rows 2 and 3 the high halves.
  @inline(__always)
  private static func dequantizeQ6K(_ input: UnsafeRawPointer, into floats: UnsafeMutablePointer<Float>) {
    let lows = input.assumingMemoryBound(to: UInt8.self)
    let highs = (input + 128).assumingMemoryBound(to: UInt8.self)
    let scales = (input + 192).assumingMemoryBound(to: Int8.self)
    let scale = half(input + 208)
    for group in 0..<16 {
      let factor = scale * Float(scales[group])
      let row = (group >> 1) & 3
      let first = (group & 1) &* 16
      let low = lows + (group >> 3) &* 64 + (row & 1) &* 32 + first
      let high = highs + (group >> 3) &* 32 + first
      let (lowShift, highShift) = (UInt8(row >> 1) &* 4, UInt8(row) &* 2)
      for place in 0..<16 {
        let quant = (low[place] &>> lowShift) & 0xF | ((high[place] &>> highShift) & 3) << 4
        floats[group &* 16 &+ place] = factor * Float(Int32(quant) &- 32)
      }
    }
  }
}
