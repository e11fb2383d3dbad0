extension BlockQuantizer {
  /// Rounds 256 elements to a block of Q4_K: 8 groups of 32, each coded as y = (d s) q - (dmin m) with quants q of 4
  /// bits, and a scale s and a minimum m of 6 bits.
  ///
  /// Each group looks for its own scale and minimum (`AffineGroup.fitted`); the largest of each in the block become
  /// 63 d and 63 dmin, and quants are then those nearest to the elements under the rounded scales. Source:
  /// ggml/src/ggml-quants.c, `quantize_row_q4_K_ref`.
  static func quantizeQ4K(_ floats: UnsafePointer<Float>, into output: UnsafeMutableRawPointer) {
    let bytes = output.assumingMemoryBound(to: UInt8.self)
    bytes.update(repeating: 0, count: 144)
    guard isFinite(floats, count: 256) else {
      writeHalf(.nan, to: output)
      return
    }
    var fits = InlineArray<8, AffineGroup.Fit>(repeating: .init(scale: 0, offset: 0))
    var (largestScale, largestMinimum): (Float, Float) = (0, 0)
    withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: AffineGroup.scratchCount) { scratch in
      for group in 0..<8 {
        let fit = AffineGroup(floats + group &* 32, scratch: scratch.baseAddress!).fitted()  // it is not empty
        fits[group] = fit
        if fit.scale > largestScale { largestScale = fit.scale }
        if -fit.offset > largestMinimum { largestMinimum = -fit.offset }
      }
    }
    let scale = writeHalf(largestScale / 63, to: output)
    let minimum = writeHalf(largestMinimum / 63, to: output + 2)
    let (toScale, toMinimum) = (sixBits(largestScale), sixBits(largestMinimum))
    for group in 0..<8 {
      let s = code(fits[group].scale * toScale)
      let m = code(-fits[group].offset * toMinimum)
      pack(scale: s, minimum: m, of: group, into: bytes + 4)
      let (factor, offset) = (scale * Float(s), minimum * Float(m))
      // Where scales round to 0 the quants mean nothing; those stay 0 as well.
      guard factor > 0 else { continue }
      writeNibbles(floats + group &* 32, factor, offset, high: group & 1 == 1, into: bytes + 16 + (group >> 1) &* 32)
    }
  }

  /// The factor that takes the largest of several numbers to 63.
  private static func sixBits(_ largest: Float) -> Float { largest > 0 ? 63 / largest : 0 }

  /// The nearest number of 6 bits.
  private static func code(_ number: Float) -> UInt8 {
    UInt8(truncatingIfNeeded: integer(nearest(number, from: 0, to: 63)))
  }

  /// The inverse of `scaleAndMinimum(of:in:)`.
  private static func pack(scale: UInt8, minimum: UInt8, of group: Int, into packed: UnsafeMutablePointer<UInt8>) {
    if group < 4 {
      packed[group] = scale
      packed[group + 4] = minimum
    } else {
      packed[group + 4] = scale & 0xF | minimum << 4
      packed[group - 4] |= (scale >> 4) << 6
      packed[group] |= (minimum >> 4) << 6
    }
  }

  /// Writes the quants of a group into the low or the high halves of 32 bytes.
  private static func writeNibbles(
    _ floats: UnsafePointer<Float>, _ factor: Float, _ offset: Float, high: Bool,
    into bytes: UnsafeMutablePointer<UInt8>
  ) {
    for place in 0..<32 {
      let quant = UInt8(truncatingIfNeeded: integer(nearest((floats[place] + offset) / factor, from: 0, to: 15)))
      bytes[place] |= high ? quant << 4 : quant
    }
  }
}

/// 32 elements that are to share a scale and an offset.
private struct AffineGroup {
  /// y = scale q + offset, q from 0 to 15; the offset is never above 0.
  struct Fit {
    var scale: Float
    var offset: Float
  }

  /// Fours of elements, weights and quants.
  static let scratchCount = 24
  private static let count = 8

  private let values: UnsafeMutablePointer<SIMD4<Float>>
  /// How much an error counts: large elements more, and none nothing.
  private let weights: UnsafeMutablePointer<SIMD4<Float>>
  private let quants: UnsafeMutablePointer<SIMD4<Float>>
  /// The smallest element, at most 0.
  private let smallest: Float
  private let largest: Float
  /// Sums of the weights, and of the elements under them.
  private let sumW: Float
  private let sumX: Float

  init(_ floats: UnsafePointer<Float>, scratch: UnsafeMutablePointer<SIMD4<Float>>) {
    (values, weights, quants) = (scratch, scratch + Self.count, scratch + 2 * Self.count)
    var (smallest, largest): (Float, Float) = (0, floats[0])
    for place in 0..<32 {
      smallest = floats[place] < smallest ? floats[place] : smallest
      largest = floats[place] > largest ? floats[place] : largest
    }
    (self.smallest, self.largest) = (smallest, largest)
    var squares = SIMD4<Float>.zero
    for part in 0..<Self.count {
      values[part] = BlockQuantizer.lanes(floats + 4 &* part)
      squares += values[part] * values[part]
    }
    let rootMeanSquare = (BlockQuantizer.total(squares) / 32).squareRoot()
    var (w, x) = (SIMD4<Float>.zero, SIMD4<Float>.zero)
    for part in 0..<Self.count {
      weights[part] = BlockQuantizer.magnitude(values[part]) + rootMeanSquare
      w += weights[part]
      x += weights[part] * values[part]
    }
    (sumW, sumX) = (BlockQuantizer.total(w), BlockQuantizer.total(x))
  }

  /// The scale and offset with the least sum of weighted squares of errors out of 22: the plain one, which spreads 0 to
  /// 15 from the smallest element to the largest, and one by least squares for the quants of each of 21 finer or coarser
  /// spreads. Source: ggml/src/ggml-quants.c, `make_qkx2_quants`.
  func fitted() -> Fit {
    guard largest > smallest else { return Fit(scale: 0, offset: smallest) }
    let plain = 15 / (largest - smallest)
    var best = Fit(scale: 1 / plain, offset: smallest)
    _ = leastSquares(from: smallest, plain)
    var bestError = error(best)
    for step in 0...20 {
      let spread = Float(step) * 0.1 - 1 + 15
      guard let fit = leastSquares(from: best.offset, spread / (largest - best.offset)) else { continue }
      let error = error(fit)
      if error < bestError { (best, bestError) = (fit, error) }
    }
    return best
  }

  /// Makes the quants of a spread that has 0 at `offset`, and gives the best scale and offset for them; nil where all are
  /// the same.
  @inline(__always)
  private func leastSquares(from offset: Float, _ factor: Float) -> Fit? {
    var (q, qq, qx) = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
    for part in 0..<Self.count {
      let some = BlockQuantizer.nearest((values[part] - offset) * factor, from: 0, to: 15)
      let weighted = weights[part] * some
      q += weighted
      qq += weighted * some
      qx += weighted * values[part]
      quants[part] = some
    }
    let (sumQ, sumQQ, sumQX) = (BlockQuantizer.total(q), BlockQuantizer.total(qq), BlockQuantizer.total(qx))
    let determinant = sumW * sumQQ - sumQ * sumQ
    guard determinant > 0 else { return nil }
    let least = (sumQQ * sumX - sumQ * sumQX) / determinant
    // Elements above 0 alone: a minimum can not be below 0, and is 0.
    if least > 0 { return Fit(scale: sumQX / sumQQ, offset: 0) }
    return Fit(scale: (sumW * sumQX - sumX * sumQ) / determinant, offset: least)
  }

  /// The weighted squares of the errors of the quants that were made last.
  @inline(__always)
  private func error(_ fit: Fit) -> Float {
    var error = SIMD4<Float>.zero
    for part in 0..<Self.count {
      let difference = quants[part] * fit.scale + fit.offset - values[part]
      error += weights[part] * difference * difference
    }
    return BlockQuantizer.total(error)
  }
}
