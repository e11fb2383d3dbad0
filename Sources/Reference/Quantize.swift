extension Reference {
  /// A block format of GGUF files: a row of a weight is cut into blocks, each a fixed number of bytes.
  public enum BlockFormat: String, CaseIterable, Sendable {
    case q8 = "Q8_0"
    case q4 = "Q4_0"
    case q4K = "Q4_K"
    case q6K = "Q6_K"

    /// Elements in a block.
    public var blockSize: Int {
      switch self {
      case .q8, .q4: 32
      case .q4K, .q6K: 256
      }
    }

    /// Bytes of a block.
    public var blockBytes: Int {
      switch self {
      case .q8: 34
      case .q4: 18
      case .q4K: 144
      case .q6K: 210
      }
    }
  }

  /// Quantises to Q8_0 or Q4_0 blocks, in binary32 arithmetic with every operation rounded, as ggml's
  /// `quantize_row_q8_0_ref` and `quantize_row_q4_0_ref` (ggml/src/ggml-quants.c).
  /// - Precondition: `format` is `.q8` or `.q4` and the values fill whole blocks of 32.
  /// - Returns: the blocks' bytes as in a GGUF file.
  public static func quantize(_ values: [Double], to format: BlockFormat) -> [UInt8] {
    precondition(format == .q8 || format == .q4, "\(format.rawValue) is read but not written")
    precondition(
      values.count % format.blockSize == 0, "\(values.count) values in blocks of \(format.blockSize)")
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: values.count, by: format.blockSize) {
      let block = values[start..<start + format.blockSize].map { Float($0) }
      bytes += format == .q8 ? quantizedQ8(block) : quantizedQ4(block)
    }
    return bytes
  }

  /// The values of GGUF blocks, as ggml's `dequantize_row_q8_0`, `_q4_0`, `_q4_K` and `_q6_K`, in `Double`.
  /// - Precondition: the bytes are whole blocks.
  public static func dequantize(_ bytes: [UInt8], from format: BlockFormat) -> [Double] {
    precondition(
      bytes.count % format.blockBytes == 0, "\(bytes.count) bytes in blocks of \(format.blockBytes)")
    var values: [Double] = []
    for start in stride(from: 0, to: bytes.count, by: format.blockBytes) {
      let block = Array(bytes[start..<start + format.blockBytes])
      switch format {
      case .q8: values += dequantizedQ8(block)
      case .q4: values += dequantizedQ4(block)
      case .q4K: values += dequantizedQ4K(block)
      case .q6K: values += dequantizedQ6K(block)
      }
    }
    return values
  }

  /// f16 scale d = largest magnitude / 127, then 32 signed bytes: x/d, halves away from zero.
  private static func quantizedQ8(_ block: [Float]) -> [UInt8] {
    let largest = block.reduce(0) { max($0, $1.magnitude) }
    let scale = largest / 127
    let inverse = inverted(scale)
    let quants = block.map { UInt8(bitPattern: Int8(($0 * inverse).rounded(.toNearestOrAwayFromZero))) }
    return halfBytes(scale) + quants
  }

  /// f16 scale d = (element of largest magnitude) / −8, then 16 bytes: quant i low, quant i + 16 high.
  private static func quantizedQ4(_ block: [Float]) -> [UInt8] {
    let largest = block.reduce(0) { $1.magnitude > $0.magnitude ? $1 : $0 }
    let scale = largest / -8
    let inverse = inverted(scale)
    let quants = block.map { value in
      let scaled = value * inverse
      return UInt8(min(15, Int((scaled + 8.5).rounded(.towardZero))))
    }
    return halfBytes(scale) + (0..<16).map { quants[$0] | quants[$0 + 16] << 4 }
  }

  private static func dequantizedQ8(_ block: [UInt8]) -> [Double] {
    let scale = halfValue(block, 0)
    return block[2...].map { scale * Double(Int8(bitPattern: $0)) }
  }

  private static func dequantizedQ4(_ block: [UInt8]) -> [Double] {
    let scale = halfValue(block, 0)
    return (0..<32).map { i in
      let byte = block[2 + i % 16]
      return scale * Double(Int(i < 16 ? byte & 15 : byte >> 4) - 8)
    }
  }

  /// f16 d, f16 dmin, 12 bytes with eight 6-bit scales and minima, 128 bytes of 4-bit quants:
  /// `x = d · scale · q − dmin · minimum` in eight groups of 32. Bytes 32j..<32j+32 hold group 2j in their low
  /// bits and the next group in their high ones.
  private static func dequantizedQ4K(_ block: [UInt8]) -> [Double] {
    let (scale, minimum) = (halfValue(block, 0), halfValue(block, 2))
    let packed = Array(block[4..<16])
    return (0..<256).map { i in
      let group = i / 32
      let (groupScale, groupMinimum) = scaleAndMinimum(packed, group)
      let byte = block[16 + group / 2 * 32 + i % 32]
      let quant = group % 2 == 0 ? byte & 15 : byte >> 4
      return scale * Double(groupScale) * Double(quant) - minimum * Double(groupMinimum)
    }
  }

  /// `get_scale_min_k4` of ggml-quants.c: the first four pairs lie in the low six bits of bytes 0–3 and 4–7;
  /// the others have their low four bits in bytes 8–11 and their high two above the first four.
  private static func scaleAndMinimum(_ packed: [UInt8], _ group: Int) -> (scale: UInt8, minimum: UInt8) {
    if group < 4 { return (packed[group] & 63, packed[group + 4] & 63) }
    return (
      packed[group + 4] & 15 | (packed[group - 4] >> 6) << 4,
      packed[group + 4] >> 4 | (packed[group] >> 6) << 4
    )
  }

  /// 128 bytes of low four bits, 64 bytes of high two bits, 16 signed scales of groups of 16, f16 d:
  /// `x = d · scale · (q − 32)`. Each half of 128 elements takes 64 low and 32 high bytes.
  private static func dequantizedQ6K(_ block: [UInt8]) -> [Double] {
    let scale = halfValue(block, 208)
    return (0..<256).map { i in
      let (half, quarter, lane) = (i / 128, i % 128 / 32, i % 32)
      let lowByte = block[half * 64 + quarter % 2 * 32 + lane]
      let low = quarter < 2 ? lowByte & 15 : lowByte >> 4
      let high = block[128 + half * 32 + lane] >> (2 * UInt8(quarter)) & 3
      let groupScale = Int8(bitPattern: block[192 + i / 16])
      return scale * Double(groupScale) * Double(Int(low | high << 4) - 32)
    }
  }

  /// 1/scale, or 0 where that overflows: such a scale is zero as f16, and so is the block.
  private static func inverted(_ scale: Float) -> Float {
    (1 / scale).isFinite ? 1 / scale : 0
  }

  private static func halfBytes(_ value: Float) -> [UInt8] {
    let bits = halfBits(Double(value))
    return [UInt8(bits & 255), UInt8(bits >> 8)]
  }

  private static func halfValue(_ block: [UInt8], _ offset: Int) -> Double {
    half(bits: UInt16(block[offset]) | UInt16(block[offset + 1]) << 8)
  }
}
