/// Plain element types to and from `Float`, in loops without branches, which the compiler turns into vector code.
///
/// `Float16`'s own conversions are calls into a library on x86-64.
public enum Transcode {
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

  // MARK: One element

  /// Bits of the float that a half stands for: the exponent is moved by a multiplication, which also makes the
  /// subnormal halves normal; infinities and NaN get their exponent afterwards.
  @inline(__always)
  static func floatFromHalf(_ half: UInt32) -> UInt32 {
    let magnitude = (half & 0x7FFF) &<< 13
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let special: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    return scaled | special | (half & 0x8000) &<< 16
  }

  /// The half nearest to a float. Source: F. Giesen, `float_to_half_fast3_rtne`.
  @inline(__always)
  static func halfFromFloat(_ float: UInt32) -> UInt32 {
    let magnitude = float & 0x7FFF_FFFF
    // Normal halves: the exponent moved from bias 127 to 15, and the 13 bits that fall off rounded.
    let odd = (magnitude &>> 13) & 1
    let normal = (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) &>> 13
    // Below 2^-14: adding 1/2 leaves the mantissa of a subnormal half, rounded, in the low bits.
    let small = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000
    let finite = magnitude < 0x3880_0000 ? small : normal
    let special: UInt32 = magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00
    return (magnitude >= 0x4780_0000 ? special : finite) | (float &>> 16) & 0x8000
  }

  @inline(__always)
  private static func bfloatFromFloat(_ float: UInt32) -> UInt32 {
    let rounded = (float &+ 0x7FFF &+ ((float &>> 16) & 1)) &>> 16
    // Rounding could carry a NaN into infinity.
    let quiet = (float &>> 16) | 0x40
    return float & 0x7FFF_FFFF > 0x7F80_0000 ? quiet : rounded
  }

  // MARK: Loops

  @inline(__always)
  private static func widen(
    _ bytes: UnsafeRawBufferPointer, into floats: UnsafeMutableBufferPointer<Float>, _ convert: (UInt32) -> UInt32
  ) {
    guard let input = bytes.baseAddress, let output = floats.baseAddress else { return }
    for place in 0..<floats.count {
      let half = input.loadUnaligned(fromByteOffset: place &* 2, as: UInt16.self)
      output[place] = Float(bitPattern: convert(UInt32(half)))
    }
  }

  @inline(__always)
  private static func narrow(
    _ floats: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableRawBufferPointer, _ convert: (UInt32) -> UInt32
  ) {
    guard let input = floats.baseAddress, let output = bytes.baseAddress else { return }
    for place in 0..<floats.count {
      let word = UInt16(truncatingIfNeeded: convert(input[place].bitPattern))
      output.storeBytes(of: word, toByteOffset: place &* 2, as: UInt16.self)
    }
  }
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
