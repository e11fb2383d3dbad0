/// Plain element types to and from `Float`, eight at a time and without branches.
///
/// `Float16`'s own conversions are calls into a library on x86-64; these loops are bound by memory.
public enum Transcode {
  private typealias Words = SIMD8<UInt32>
  private typealias Halves = SIMD8<UInt16>
  private static let lanes = 8

  /// Decodes elements of a plain type.
  ///
  /// - Parameters:
  ///   - bytes: `floats.count` elements of `type`, little-endian, with any alignment.
  ///   - type: f32, f16 or bf16.
  ///   - floats: Overwritten.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, as type: ElementType, into floats: UnsafeMutableBufferPointer<Float>
  ) {
    check(bytes.count, type, floats.count)
    switch type {
    case .f16: widen(bytes, into: floats, floatFromHalf)
    case .bf16: widen(bytes, into: floats) { $0 &<< 16 }
    default: UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
    }
  }

  /// Encodes into a plain type, rounding to nearest, ties to even; beyond the type's range lies infinity.
  ///
  /// - Parameters:
  ///   - floats: The elements.
  ///   - type: f32, f16 or bf16.
  ///   - bytes: Room for `floats.count` elements of `type`, with any alignment; overwritten.
  public static func encode(
    _ floats: UnsafeBufferPointer<Float>, as type: ElementType, into bytes: UnsafeMutableRawBufferPointer
  ) {
    check(bytes.count, type, floats.count)
    switch type {
    case .f16: narrow(floats, into: bytes, halfFromFloat)
    case .bf16: narrow(floats, into: bytes, bfloatFromFloat)
    default: bytes.copyMemory(from: UnsafeRawBufferPointer(floats))
    }
  }

  private static func check(_ byteCount: Int, _ type: ElementType, _ count: Int) {
    precondition(!type.isQuantized, "\(type.name) is no plain element type")
    precondition(byteCount == count * type.blockBytes, "\(byteCount) bytes for \(count) elements of \(type.name)")
  }

  // MARK: Eight elements

  /// Bits of the float that each half stands for: the exponent is moved by a multiplication, which also makes the
  /// subnormal halves normal; infinities and NaN get their exponent afterwards.
  @inline(__always)
  private static func floatFromHalf(_ half: Words) -> Words {
    let magnitude = (half & 0x7FFF) &<< 13
    let scaled = SIMD8<Float>(bits: magnitude) * 0x1p112
    var bits = scaled.bits
    bits.replace(with: bits | 0x7F80_0000, where: magnitude .>= 0x0F80_0000)
    return bits | (half & 0x8000) &<< 16
  }

  /// The half nearest to each float. Source: F. Giesen, `float_to_half_fast3_rtne`.
  @inline(__always)
  private static func halfFromFloat(_ float: Words) -> Words {
    let magnitude = float & 0x7FFF_FFFF
    // Normal halves: the exponent moved from bias 127 to 15, and the 13 bits that fall off rounded.
    let odd = (magnitude &>> 13) & 1
    var half = (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) &>> 13
    // Below 2^-14: adding 1/2 leaves the mantissa of a subnormal half, rounded, in the low bits.
    let small = (SIMD8<Float>(bits: magnitude) + 0.5).bits &- 0x3F00_0000
    half.replace(with: small, where: magnitude .< 0x3880_0000)
    half.replace(with: 0x7C00, where: magnitude .>= 0x4780_0000)
    half.replace(with: 0x7E00, where: magnitude .> 0x7F80_0000)
    return half | (float &>> 16) & 0x8000
  }

  @inline(__always)
  private static func bfloatFromFloat(_ float: Words) -> Words {
    var rounded = (float &+ 0x7FFF &+ ((float &>> 16) & 1)) &>> 16
    // Rounding could carry a NaN into infinity.
    rounded.replace(with: (float &>> 16) | 0x40, where: (float & 0x7FFF_FFFF) .> 0x7F80_0000)
    return rounded
  }

  // MARK: Loops

  @inline(__always)
  private static func widen(
    _ bytes: UnsafeRawBufferPointer, into floats: UnsafeMutableBufferPointer<Float>, _ convert: (Words) -> Words
  ) {
    let output = UnsafeMutableRawBufferPointer(floats)
    let whole = floats.count / lanes * lanes
    for start in stride(from: 0, to: whole, by: lanes) {
      let halves = bytes.loadUnaligned(fromByteOffset: start * 2, as: Halves.self)
      output.storeBytes(of: convert(Words(truncatingIfNeeded: halves)), toByteOffset: start * 4, as: Words.self)
    }
    for place in whole..<floats.count {
      let half = bytes.loadUnaligned(fromByteOffset: place * 2, as: UInt16.self)
      floats[place] = Float(bitPattern: convert(Words(repeating: UInt32(half)))[0])
    }
  }

  @inline(__always)
  private static func narrow(
    _ floats: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableRawBufferPointer, _ convert: (Words) -> Words
  ) {
    let input = UnsafeRawBufferPointer(floats)
    let whole = floats.count / lanes * lanes
    for start in stride(from: 0, to: whole, by: lanes) {
      let words = convert(input.loadUnaligned(fromByteOffset: start * 4, as: Words.self))
      bytes.storeBytes(of: Halves(truncatingIfNeeded: words), toByteOffset: start * 2, as: Halves.self)
    }
    for place in whole..<floats.count {
      let word = convert(Words(repeating: floats[place].bitPattern))[0]
      bytes.storeBytes(of: UInt16(truncatingIfNeeded: word), toByteOffset: place * 2, as: UInt16.self)
    }
  }
}

extension SIMD8<Float> {
  @inline(__always)
  fileprivate init(bits: SIMD8<UInt32>) { self = unsafeBitCast(bits, to: Self.self) }

  @inline(__always)
  fileprivate var bits: SIMD8<UInt32> { unsafeBitCast(self, to: SIMD8<UInt32>.self) }
}

extension StoredTensor {
  /// All elements of a plain tensor as floats, for tensors small enough to lie in memory: norms, biases, tests.
  ///
  /// - Throws: `FormatError` when it cannot be read or is quantised.
  public func floats() throws(FormatError) -> [Float] {
    let type = try elementType()
    guard !type.isQuantized else { throw error(.wrongType, "is quantised (\(type.name)); expected plain numbers") }
    let bytes = try source.read(at: offset, count: byteCount, field: name)
    return [Float](unsafeUninitializedCapacity: elementCount) { buffer, initialized in
      let floats = UnsafeMutableBufferPointer(rebasing: buffer[..<elementCount])
      bytes.withUnsafeBytes { Transcode.decode($0, as: type, into: floats) }
      initialized = elementCount
    }
  }
}
