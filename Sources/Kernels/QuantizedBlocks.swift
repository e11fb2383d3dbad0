extension QuantizedLayout {
  /// The matrix in planes.
  /// - Parameter blocks: the rows one after the other, in GGUF's blocks.
  /// - Precondition: `blocks` holds `rows` · `blockRowBytes` bytes.
  public func repacked(_ blocks: [UInt8]) -> [UInt8] {
    precondition(
      blocks.count == rows * blockRowBytes, "\(blocks.count) bytes for \(rows) rows of \(blockRowBytes)")
    var bytes = [UInt8](repeating: 0, count: byteCount)
    blocks.withUnsafeBytes { blocks in
      bytes.withUnsafeMutableBytes { bytes in
        eachBlock { offset, place in
          let block = UnsafeRawBufferPointer(rebasing: blocks[offset..<offset + type.blockBytes!])
          switch type {
          case .q8_0: Q8Block.unpack(block, bytes, place)
          case .q4_0: Q4Block.unpack(block, bytes, place)
          case .q4_K: Q4KBlock.unpack(block, bytes, place)
          default: Q6KBlock.unpack(block, bytes, place)
          }
        }
      }
    }
    return bytes
  }

  /// The matrix in GGUF's blocks, from its planes.
  /// - Precondition: `planes` holds `byteCount` bytes.
  public func blocks(_ planes: [UInt8]) -> [UInt8] {
    precondition(planes.count >= byteCount, "\(planes.count) bytes of planes, not \(byteCount)")
    var bytes = [UInt8](repeating: 0, count: rows * blockRowBytes)
    planes.withUnsafeBytes { planes in
      bytes.withUnsafeMutableBytes { bytes in
        eachBlock { offset, place in
          let block = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + type.blockBytes!])
          switch type {
          case .q8_0: Q8Block.pack(planes, place, block)
          case .q4_0: Q4Block.pack(planes, place, block)
          case .q4_K: Q4KBlock.pack(planes, place, block)
          default: Q6KBlock.pack(planes, place, block)
          }
        }
      }
    }
    return bytes
  }

  /// Where the parts of one block lie in the planes, in bytes.
  struct Place {
    var quants = 0, scales = 0, supers = 0, high = 0
  }

  /// Calls `body` for every block with its offset in the GGUF bytes and its place in the planes.
  private func eachBlock(_ body: (_ offset: Int, _ place: Place) -> Void) {
    let count = columns / type.blockColumns!  // checked on creation
    let planes = self.planes
    for row in 0..<rows {
      let starts = planes.map { range($0, rows: row..<row + 1).lowerBound }
      for block in 0..<count {
        func at(_ index: Int) -> Int { index < starts.count ? starts[index] + block * blockBytes(planes[index]) : 0 }
        let place = Place(quants: at(0), scales: at(1), supers: at(2), high: at(3))
        body(row * blockRowBytes + block * type.blockBytes!, place)
      }
    }
  }

  /// Bytes of one block in a plane.
  private func blockBytes(_ plane: Plane) -> Int { contentBytes(plane) / (columns / type.blockColumns!) }
}

/// f16 d, 32 signed bytes (`block_q8_0` in ggml/src/ggml-common.h).
private enum Q8Block {
  static func unpack(
    _ block: UnsafeRawBufferPointer, _ planes: UnsafeMutableRawBufferPointer, _ at: QuantizedLayout.Place
  ) {
    for i in 0..<2 { planes[at.scales + i] = block[i] }
    for i in 0..<32 { planes[at.quants + i] = block[2 + i] }
  }

  static func pack(
    _ planes: UnsafeRawBufferPointer, _ at: QuantizedLayout.Place, _ block: UnsafeMutableRawBufferPointer
  ) {
    for i in 0..<2 { block[i] = planes[at.scales + i] }
    for i in 0..<32 { block[2 + i] = planes[at.quants + i] }
  }
}

/// f16 d, 16 bytes: quant i low and quant i + 16 high (`block_q4_0`). Flipping a nibble's top bit takes 8 from it.
private enum Q4Block {
  static func unpack(
    _ block: UnsafeRawBufferPointer, _ planes: UnsafeMutableRawBufferPointer, _ at: QuantizedLayout.Place
  ) {
    for i in 0..<2 { planes[at.scales + i] = block[i] }
    for i in 0..<8 {
      let (first, second) = (block[2 + 2 * i], block[3 + 2 * i])
      planes[at.quants + i] = (first & 15 | second << 4) ^ 0x88
      planes[at.quants + 8 + i] = (first >> 4 | second & 0xf0) ^ 0x88
    }
  }

  static func pack(
    _ planes: UnsafeRawBufferPointer, _ at: QuantizedLayout.Place, _ block: UnsafeMutableRawBufferPointer
  ) {
    for i in 0..<2 { block[i] = planes[at.scales + i] }
    for i in 0..<8 {
      let (low, high) = (planes[at.quants + i] ^ 0x88, planes[at.quants + 8 + i] ^ 0x88)
      block[2 + 2 * i] = low & 15 | high << 4
      block[3 + 2 * i] = low >> 4 | high & 0xf0
    }
  }
}

/// f16 d and dmin, 12 bytes of 6-bit scales and minima, 128 bytes of nibbles (`block_q4_K`): bytes 32j ..< 32j + 32
/// hold elements 64j… low and 64j + 32… high. Scales and minima are packed as in `get_scale_min_k4`.
private enum Q4KBlock {
  static func unpack(
    _ block: UnsafeRawBufferPointer, _ planes: UnsafeMutableRawBufferPointer, _ at: QuantizedLayout.Place
  ) {
    for i in 0..<4 { planes[at.supers + i] = block[i] }
    for group in 0..<4 {
      let (scale, minimum, rest) = (block[4 + group], block[8 + group], block[12 + group])
      planes[at.scales + 2 * group] = scale & 63
      planes[at.scales + 2 * group + 1] = minimum & 63
      planes[at.scales + 2 * group + 8] = rest & 15 | (scale >> 6) << 4
      planes[at.scales + 2 * group + 9] = rest >> 4 | (minimum >> 6) << 4
    }
    for i in 0..<64 {
      let (first, second) = (block[16 + 2 * i], block[17 + 2 * i])
      let to = at.quants + i / 16 * 32 + i % 16
      planes[to] = first & 15 | second << 4
      planes[to + 16] = first >> 4 | second & 0xf0
    }
  }

  static func pack(
    _ planes: UnsafeRawBufferPointer, _ at: QuantizedLayout.Place, _ block: UnsafeMutableRawBufferPointer
  ) {
    for i in 0..<4 { block[i] = planes[at.supers + i] }
    for group in 0..<4 {
      let scales = at.scales + 2 * group
      block[4 + group] = planes[scales] | (planes[scales + 8] >> 4) << 6
      block[8 + group] = planes[scales + 1] | (planes[scales + 9] >> 4) << 6
      block[12 + group] = planes[scales + 8] & 15 | planes[scales + 9] << 4
    }
    for i in 0..<64 {
      let from = at.quants + i / 16 * 32 + i % 16
      block[16 + 2 * i] = planes[from] & 15 | planes[from + 16] << 4
      block[17 + 2 * i] = planes[from] >> 4 | planes[from + 16] & 0xf0
    }
  }
}

/// 128 bytes of low nibbles, 64 of high pairs of bits, 16 signed scales, f16 d (`block_q6_K`). Element i of a half of
/// 128 has its low bits in byte i % 64 (low where i < 64) and its high bits in pair i / 32 of byte i % 32.
/// Flipping a pair's top bit takes 2 from it, 32 from the number.
private enum Q6KBlock {
  static func unpack(
    _ block: UnsafeRawBufferPointer, _ planes: UnsafeMutableRawBufferPointer, _ at: QuantizedLayout.Place
  ) {
    for i in 0..<16 { planes[at.scales + i] = block[192 + i] }
    for i in 0..<2 { planes[at.supers + i] = block[208 + i] }
    for i in 0..<256 {
      let low = block[i / 128 * 64 + i % 64] >> (i % 128 < 64 ? 0 : 4) & 15
      let high = block[128 + i / 128 * 32 + i % 32] >> UInt8(2 * (i % 128 / 32)) & 3
      planes[at.quants + i / 2] |= low << UInt8(4 * (i % 2))
      planes[at.high + i / 4] |= (high ^ 2) << UInt8(2 * (i % 4))
    }
  }

  static func pack(
    _ planes: UnsafeRawBufferPointer, _ at: QuantizedLayout.Place, _ block: UnsafeMutableRawBufferPointer
  ) {
    for i in 0..<16 { block[192 + i] = planes[at.scales + i] }
    for i in 0..<2 { block[208 + i] = planes[at.supers + i] }
    for i in 0..<256 {
      let low = planes[at.quants + i / 2] >> UInt8(4 * (i % 2)) & 15
      let high = planes[at.high + i / 4] >> UInt8(2 * (i % 4)) & 3 ^ 2
      block[i / 128 * 64 + i % 64] |= low << (i % 128 < 64 ? 0 : 4)
      block[128 + i / 128 * 32 + i % 32] |= high << UInt8(2 * (i % 128 / 32))
    }
  }
}
