extension BlockQuantizer {
  /// Rounds 256 elements to a block of Q6_K: 16 groups of 16, each coded as y = (d s) (q - 32) with quants q of 6 bits
  /// and a signed scale s of 8 bits.
  ///
  /// Each group looks for its own scale (`ScaledGroup.fitted`); that of largest magnitude becomes -128 d, and quants are
  /// then those nearest to the elements under the rounded scales. Source: ggml/src/ggml-quants.c,
  /// `quantize_row_q6_K_ref`.
  static func quantizeQ6K(_ floats: UnsafePointer<Float>, into output: UnsafeMutableRawPointer) {
    let bytes = output.assumingMemoryBound(to: UInt8.self)
    bytes.update(repeating: 0, count: 210)
    // Elements for which an f16 has no scale spoil their block as well: what is finite and wrong would not be noticed.
    guard (0..<256).allSatisfy({ floats[$0].magnitude <= largest }) else {
      writeHalf(.nan, to: output + 208)
      return
    }
    var fits = InlineArray<16, Float>(repeating: 0)
    var extreme: Float = 0
    for group in 0..<16 {
      fits[group] = ScaledGroup(floats + group &* 16).fitted()
      if fits[group].magnitude > extreme.magnitude { extreme = fits[group] }
    }
    // Bytes of zeros alone stand for zeros.
    guard extreme.magnitude >= ScaledGroup.least else { return }
    let factor = -128 / extreme
    let scale = writeHalf(1 / factor, to: output + 208)
    for group in 0..<16 {
      let s = nearest(fits[group] * factor, from: -128, to: 127)
      bytes[192 + group] = UInt8(truncatingIfNeeded: integer(s))
      for place in group &* 16..<group &* 16 &+ 16 {
        // Under a scale of 0 no quant means anything; that of 0/0 becomes 0.
        let quant = integer(nearest(floats[place] / (scale * s), from: -32, to: 31))
        pack(UInt8(truncatingIfNeeded: quant &+ 32), at: place, into: bytes)
      }
    }
  }

  /// The largest number that a block can hold: scale and quant at their ends, and the largest f16.
  private static let largest: Float = 65504 * 128 * 32

  /// Puts the quant of an element where `dequantizeQ6K` finds it.
  private static func pack(_ quant: UInt8, at element: Int, into bytes: UnsafeMutablePointer<UInt8>) {
    let (half, row, column) = (element >> 7, (element >> 5) & 3, element & 31)
    bytes[half &* 64 &+ (row & 1) &* 32 &+ column] |= (quant & 0xF) << (row < 2 ? 0 : 4)
    bytes[128 &+ half &* 32 &+ column] |= (quant >> 4) << UInt8(row &* 2)
  }
}

/// 16 elements that are to share a scale.
private struct ScaledGroup {
  /// Groups of which no element is larger count as zeros (`GROUP_MAX_EPS`).
  static let least: Float = 1e-15

  private let floats: UnsafePointer<Float>
  /// The element of largest magnitude, the first of several.
  private let extreme: Float

  init(_ floats: UnsafePointer<Float>) {
    self.floats = floats
    var extreme: Float = 0
    for place in 0..<16 where floats[place].magnitude > extreme.magnitude { extreme = floats[place] }
    self.extreme = extreme
  }

  /// The scale with the least sum of weighted squares of errors out of 19, an element's weight its own square: each by
  /// least squares for the quants of a spread that takes the extreme to -32, or to a number of 31.1 to 32.9. Source:
  /// ggml/src/ggml-quants.c, `make_qx_quants`.
  func fitted() -> Float {
    guard extreme.magnitude >= Self.least else { return 0 }
    // The plain spread comes first: of several that are as good it is the one.
    var best = leastSquares(-32 / extreme)
    for step in -9...9 where step != 0 {
      let other = leastSquares(-(32 + 0.1 * Float(step)) / extreme)
      if other.gain > best.gain { best = other }
    }
    return best.scale
  }

  /// The best scale for the quants of a spread, and by how much it lowers the sum of squares from that of zeros.
  @inline(__always)
  private func leastSquares(_ factor: Float) -> (scale: Float, gain: Float) {
    var (qx, qq) = (SIMD4<Float>.zero, SIMD4<Float>.zero)
    for place in stride(from: 0, to: 16, by: 4) {
      let values = BlockQuantizer.lanes(floats + place)
      let quants = BlockQuantizer.nearest(values * factor, from: -32, to: 31)
      let weighted = values * values * quants
      qx += weighted * values
      qq += weighted * quants
    }
    let (sumQX, sumQQ) = (BlockQuantizer.total(qx), BlockQuantizer.total(qq))
    guard sumQQ > 0 else { return (0, 0) }
    let scale = sumQX / sumQQ
    return (scale, scale * sumQX)
  }
}
