import Formats
import Kernels
import VulkanRuntime

/// Turns rows as they lie in a file into rows as they lie on the device, or in another file.
///
/// Holds scratch memory that it uses again for each chunk.
struct RowConverter {
  let from: ElementType
  let columns: Int
  private var floats: [Float] = []

  init(from: ElementType, columns: Int) {
    self.from = from
    self.columns = columns
  }

  /// Rows of plain numbers in device layout: each padded with zeros to a multiple of eight elements.
  /// - Parameters:
  ///   - bytes: the rows as stored.
  ///   - out: room for `rows` times the pitch.
  mutating func plain(
    _ bytes: UnsafeRawBufferPointer, rows: Int, as type: ElementType, into out: UnsafeMutableRawBufferPointer
  ) {
    let (size, pitch) = (type.blockBytes, TensorSlice.pitch(columns))
    if pitch != columns { out.initializeMemory(as: UInt8.self, repeating: 0) }
    if from == type {
      for row in 0..<rows {
        Self.part(out, row * pitch * size, columns * size).copyMemory(
          from: Self.part(bytes, row * columns * size, columns * size))
      }
      return
    }
    decode(bytes, rows: rows)
    floats.withUnsafeBufferPointer { floats in
      for row in 0..<rows {
        Transcode.encode(
          UnsafeBufferPointer(rebasing: floats[row * columns..<(row + 1) * columns]), as: type,
          into: Self.part(out, row * pitch * size, columns * size))
      }
    }
  }

  /// Rows as another file holds them: without padding, quantised types in GGUF's blocks.
  mutating func stored(_ bytes: UnsafeRawBufferPointer, rows: Int, as type: ElementType) -> [UInt8] {
    if from == type { return Array(bytes) }
    decode(bytes, rows: rows)
    return floats.withUnsafeBufferPointer {
      Self.encoded(UnsafeBufferPointer(rebasing: $0[..<(rows * columns)]), as: type)
    }
  }

  /// Numbers in a type's bytes.
  static func encoded(_ floats: UnsafeBufferPointer<Float>, as type: ElementType) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: floats.count / type.blockElements * type.blockBytes)
    result.withUnsafeMutableBytes { result in
      if type.isQuantized {
        BlockQuantizer.quantize(floats, as: type, into: result)
      } else {
        Transcode.encode(floats, as: type, into: result)
      }
    }
    return result
  }

  /// Writes rows to where they belong in a tensor on the device.
  mutating func write(
    _ bytes: UnsafeRawBufferPointer, rows: Range<Int>, to slice: TensorSlice, on device: Device
  ) throws {
    let type = slice.type.elementType!  // parameters are no integers
    guard let layout = slice.quantizedLayout else {
      var out = [UInt8](repeating: 0, count: rows.count * slice.pitch * type.blockBytes)
      out.withUnsafeMutableBytes { plain(bytes, rows: rows.count, as: type, into: $0) }
      return try device.write(out, to: slice.rows(rows).buffer)
    }
    let part = QuantizedLayout(slice.type, rows: rows.count, columns: slice.columns)!  // as the whole tensor's
    let planes = part.repacked(stored(bytes, rows: rows.count, as: type))
    try planes.withUnsafeBytes { planes in
      for plane in layout.planes {
        let (from, to) = (part.range(plane, rows: 0..<rows.count), layout.range(plane, rows: rows))
        try device.write(
          UnsafeRawBufferPointer(rebasing: planes[from]),
          to: slice.buffer.slice(offset: to.lowerBound, byteCount: to.count))
      }
    }
  }

  /// The numbers of some rows.
  mutating func decoded(_ bytes: UnsafeRawBufferPointer, rows: Int) -> [Float] {
    decode(bytes, rows: rows)
    return Array(floats[..<(rows * columns)])
  }

  private mutating func decode(_ bytes: UnsafeRawBufferPointer, rows: Int) {
    let count = rows * columns
    if floats.count < count { floats = [Float](repeating: 0, count: count) }
    floats.withUnsafeMutableBufferPointer { floats in
      let target = UnsafeMutableBufferPointer(rebasing: floats[..<count])
      if from.isQuantized {
        BlockQuantizer.dequantize(bytes, as: from, into: target)
      } else {
        Transcode.decode(bytes, as: from, into: target)
      }
    }
  }

  private static func part(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  private static func part(
    _ bytes: UnsafeMutableRawBufferPointer, _ offset: Int, _ count: Int
  ) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }
}
