extension Reference {
  /// Philox4x32-10: ten rounds over a counter of four words with a key of two (Salmon et al. 2011, §3.3).
  public static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x, key) = (counter, key)
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(x[0])
      let second = UInt64(0xCD9E_8D57) * UInt64(x[2])
      x = SIMD4(
        UInt32(second >> 32) ^ x[1] ^ key[0], UInt32(truncatingIfNeeded: second),
        UInt32(first >> 32) ^ x[3] ^ key[1], UInt32(truncatingIfNeeded: first))
      key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return x
  }

  /// Which mask of a run is meant.
  public struct DropoutKey: Equatable, Sendable {
    public var seed: UInt64
    /// The node of the graph.
    public var node: UInt32
    public var step: UInt32
    public var microStep: UInt32

    public init(seed: UInt64, node: UInt32, step: UInt32, microStep: UInt32) {
      self.seed = seed
      self.node = node
      self.step = step
      self.microStep = microStep
    }
  }

  /// floor(p · 2³²): an element is kept when its word is not below it.
  /// - Precondition: 0 ≤ p < 1.
  public static func dropoutThreshold(probability p: Double) -> UInt32 {
    precondition(p >= 0 && p < 1, "a dropout probability of \(p)")
    return UInt32(p * 4_294_967_296)
  }

  /// The factor of every element, 0 or 1/(1 − p): a pure function of the key and the element.
  ///
  /// Element (r, c) has the index e = r · pitch + c, where pitch is the columns rounded up to 8. It is served
  /// by word e mod 4 of Philox with the key (low, high word of the seed) and the counter (e / 4, node, step,
  /// microStep), and is kept when that word ≥ floor(p · 2³²).
  public static func dropoutMask(rows: Int, columns: Int, probability p: Double, key: DropoutKey) -> Matrix {
    let threshold = dropoutThreshold(probability: p)
    let pitch = (columns + 7) / 8 * 8
    let seed = SIMD2(UInt32(truncatingIfNeeded: key.seed), UInt32(key.seed >> 32))
    return Matrix(rows: rows, columns: columns) { r, c in
      let element = r * pitch + c
      let counter = SIMD4(UInt32(element / 4), key.node, key.step, key.microStep)
      return philox(counter: counter, key: seed)[element % 4] >= threshold ? 1 / (1 - p) : 0
    }
  }

  /// y = x · mask with `dropoutMask` (Srivastava et al. 2014, inverted scaling). The gradient is the same
  /// function of dy.
  public static func dropout(_ x: Matrix, probability: Double, key: DropoutKey) -> Matrix {
    x.zip(dropoutMask(rows: x.rows, columns: x.columns, probability: probability, key: key), *)
  }
}
