public import Kernels
public import Reference

extension DType {
  /// Stores `value` as element `index` of `bytes`, rounded to nearest even.
  func store(_ value: Double, at index: Int, in bytes: UnsafeMutableRawBufferPointer) {
    switch self {
    case .f32: bytes.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
    case .f16: bytes.storeBytes(of: Float16(value).bitPattern, toByteOffset: index * 2, as: UInt16.self)
    case .bf16: bytes.storeBytes(of: bfloat16(value), toByteOffset: index * 2, as: UInt16.self)
    case .i32: bytes.storeBytes(of: Int32(value), toByteOffset: index * 4, as: Int32.self)
    default: preconditionFailure("a \(name) tensor is not made of elements")
    }
  }

  /// Element `index` of `bytes`.
  func load(at index: Int, from bytes: UnsafeRawBufferPointer) -> Double {
    switch self {
    case .f32: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
    case .f16: Double(Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
    case .bf16:
      Double(Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)) << 16))
    case .i32: Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
    default: preconditionFailure("a \(name) tensor is not made of elements")
    }
  }

  /// `value` after a round trip through the type.
  public func rounding(_ value: Double) -> Double {
    var word: UInt64 = 0
    return withUnsafeMutableBytes(of: &word) { bytes in
      store(value, at: 0, in: bytes)
      return load(at: 0, from: UnsafeRawBufferPointer(bytes))
    }
  }
}

/// bfloat16 bits, rounded to nearest even by way of f32 (exact: a double that is a tie in bfloat16 is one in f32).
private func bfloat16(_ value: Double) -> UInt16 {
  let bits = Float(value).bitPattern
  if Float(value).isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
  return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
}

extension Matrix {
  /// Uniform in -1...1, the same for a seed on every machine (SplitMix64).
  public static func random(_ rows: Int, _ columns: Int, seed: UInt64, scale: Double = 1) -> Matrix {
    var generator = SplitMix64(state: seed)
    var matrix = Matrix.zero(rows, columns)
    for index in matrix.values.indices {
      matrix.values[index] = (Double(generator.next() >> 11) * 0x1p-52 - 1) * scale
    }
    return matrix
  }

  /// Every element after a round trip through `type`: what a kernel really reads.
  public func rounded(to type: DType) -> Matrix {
    var matrix = self
    for index in values.indices { matrix.values[index] = type.rounding(values[index]) }
    return matrix
  }
}

/// Steele, Lea & Flood 2014: a small generator whose stream is fixed by its seed.
public struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
