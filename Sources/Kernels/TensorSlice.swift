public import VulkanRuntime

/// A matrix in device memory: `rows` rows of `columns` elements, row-major.
///
/// Every row is padded to a multiple of eight elements and the padding holds zero, so rows start at 16 bytes at the
/// least and kernels read and write whole quads (four elements). A tensor of more dimensions is the matrix of its last
/// dimension; a vector is one row. Quantised types have a layout of their own (`QuantizedLayout`).
public struct TensorSlice: Sendable {
  public var buffer: BufferSlice
  public var type: DType
  public var rows: Int
  public var columns: Int

  /// - Precondition: the buffer holds the tensor.
  public init(_ buffer: BufferSlice, _ type: DType, rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a tensor of \(rows) × \(columns)")
    self.buffer = buffer
    self.type = type
    self.rows = rows
    self.columns = columns
    if let bytes = Self.byteCount(type, rows: rows, columns: columns) {
      precondition(
        buffer.byteCount >= bytes,
        "a \(type.name) tensor of \(rows) × \(columns) needs \(bytes) bytes, the buffer has \(buffer.byteCount)")
      self.buffer = buffer.slice(offset: 0, byteCount: bytes)
    }
  }

  /// Elements from one row to the next: `columns` rounded up to a multiple of eight.
  public static func pitch(_ columns: Int) -> Int { (columns + 7) / 8 * 8 }

  /// Bytes of a tensor with its padding; nil for quantised types.
  public static func byteCount(_ type: DType, rows: Int, columns: Int) -> Int? {
    type.elementBytes.map { rows * pitch(columns) * $0 }
  }

  public var pitch: Int { Self.pitch(columns) }
  /// Groups of four elements, padding included.
  public var quads: Int { rows * pitch / 4 }
  /// Groups of four elements from one row to the next.
  public var pitchQuads: Int { pitch / 4 }
  public var byteCount: Int { buffer.byteCount }

  /// Some of the rows.
  /// - Precondition: the type is not quantised.
  public func rows(_ range: Range<Int>) -> TensorSlice {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    guard let elementBytes = type.elementBytes else { preconditionFailure("rows of a \(type.name) tensor") }
    let rowBytes = pitch * elementBytes
    let part = buffer.slice(offset: range.lowerBound * rowBytes, byteCount: range.count * rowBytes)
    return TensorSlice(part, type, rows: range.count, columns: columns)
  }

  /// The row ranges by which a kernel that works on rows is cut, so that each part is within the binding limit.
  /// - Parameter multiple: every cut is at a multiple of this many rows. Sixteen rows of any type are a multiple of 256
  ///   bytes, the strictest alignment of a binding.
  public static func rowRanges(
    rows: Int, rowBytes: Int, limit: Int, multiple: Int = 16
  ) -> [Range<Int>] {
    guard rows * rowBytes > limit else { return rows > 0 ? [0..<rows] : [] }
    let step = max(limit / rowBytes / multiple, 1) * multiple
    precondition(step * rowBytes <= limit, "\(multiple) rows of \(rowBytes) bytes exceed the limit of \(limit)")
    return stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
  }
}
