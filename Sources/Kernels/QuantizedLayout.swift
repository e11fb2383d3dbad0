import VulkanRuntime

/// How a quantised matrix lies in device memory: in planes, each with all of one thing, instead of GGUF's blocks of 18 to
/// 210 bytes, which no word lies aligned in.
///
/// Planes follow each other in the order of `Plane`, each starting at a multiple of 256 bytes; within a plane the rows of
/// the matrix follow each other, each padded with zeros to a multiple of 16 bytes. Per row of K columns:
///
/// | plane | Q8_0 | Q4_0 | Q4_K | Q6_K |
/// |---|---|---|---|---|
/// | `quants` | K signed bytes | K signed nibbles: q − 8 | K nibbles: q | K nibbles: low four bits of q |
/// | `scales` | f16 a 32 | f16 a 32 | scale and minimum, a byte each, a 32 | signed byte a 16 |
/// | `supers` | – | – | d and dmin, f16 each, a 256 | d, f16, a 256 |
/// | `high` | – | – | – | K pairs of bits: (q >> 4) − 2, signed |
///
/// Nibbles and pairs of bits are in column order, the first in a word's lowest bits. Nothing is lost: `repacked` and
/// `blocks` are each other's inverse.
public struct QuantizedLayout: Hashable, Sendable {
  /// What a plane holds. The order of the planes, and of their bindings in the shaders.
  public enum Plane: Int, CaseIterable, Hashable, Sendable {
    case quants, scales, supers, high
  }

  /// The type of the matrix, with the shape of its blocks in a GGUF file.
  public let type: DType
  public let rows: Int
  public let columns: Int

  /// - Returns: nil where the type is not quantised, or `columns` is not a multiple of its block (32; 256 for Q4_K and
  ///   Q6_K).
  public init?(_ type: DType, rows: Int, columns: Int) {
    guard let block = type.blockColumns, rows > 0, columns > 0, columns % block == 0 else { return nil }
    self.type = type
    self.rows = rows
    self.columns = columns
  }

  /// The planes of the type, in order.
  public var planes: [Plane] {
    switch type {
    case .q4_K: [.quants, .scales, .supers]
    case .q6_K: [.quants, .scales, .supers, .high]
    default: [.quants, .scales]
    }
  }

  /// Bytes of a row in a plane, without padding.
  func contentBytes(_ plane: Plane) -> Int {
    switch plane {
    case .quants: type == .q8_0 ? columns : columns / 2
    case .scales: columns / 16
    case .supers: type == .q4_K ? columns / 64 : columns / 128
    case .high: columns / 4
    }
  }

  /// Bytes from one row of a plane to the next.
  public func rowBytes(_ plane: Plane) -> Int { (contentBytes(plane) + 15) / 16 * 16 }

  /// Bytes of the largest plane's row: what a cut by rows must keep within the binding limit.
  public var largestRowBytes: Int { planes.map(rowBytes).max()! }  // a type has planes

  /// Where some rows of a plane lie, in bytes from the start of the matrix.
  public func range(_ plane: Plane, rows range: Range<Int>) -> Range<Int> {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    var start = 0
    for other in planes where other.rawValue < plane.rawValue { start += planeBytes(other) }
    return start + range.lowerBound * rowBytes(plane)..<start + range.upperBound * rowBytes(plane)
  }

  /// Bytes of all planes.
  public var byteCount: Int { planes.reduce(0) { $0 + planeBytes($1) } }

  private func planeBytes(_ plane: Plane) -> Int { (rows * rowBytes(plane) + 255) / 256 * 256 }

  /// Bytes of one row in GGUF's blocks.
  public var blockRowBytes: Int { columns / type.blockColumns! * type.blockBytes! }  // checked on creation
}

extension DType {
  /// Columns of a block, in the quantised types.
  public var blockColumns: Int? {
    switch self {
    case .q8_0, .q4_0: 32
    case .q4_K, .q6_K: 256
    default: nil
    }
  }

  /// Bytes of a block in a GGUF file, in the quantised types.
  public var blockBytes: Int? {
    switch self {
    case .q8_0: 34
    case .q4_0: 18
    case .q4_K: 144
    case .q6_K: 210
    default: nil
    }
  }
}

extension TensorSlice {
  /// The layout of a quantised tensor; nil for the other types.
  public var quantizedLayout: QuantizedLayout? { QuantizedLayout(type, rows: rows, columns: columns) }

  /// What a kernel binds for some rows of a right operand: the rows themselves, or those of each plane.
  func operandBuffers(rows range: Range<Int>) -> [BufferSlice] {
    guard let layout = quantizedLayout else { return [rows(range).buffer] }
    precondition(
      buffer.byteCount >= layout.byteCount,
      "a \(type.name) tensor of \(rows) × \(columns) needs \(layout.byteCount) bytes, the buffer has \(buffer.byteCount)"
    )
    return layout.planes.map { plane in
      let bytes = layout.range(plane, rows: range)
      return buffer.slice(offset: bytes.lowerBound, byteCount: bytes.count)
    }
  }
}
