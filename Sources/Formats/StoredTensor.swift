/// A tensor as it lies in a file: found and measured, not yet read.
public struct StoredTensor: Sendable {
  public let name: String
  /// The type's name in the file, also of types that cannot be read.
  public let typeName: String
  /// Nil when the type is none that can be read; `elementType()` gives the error for it.
  public let readableType: ElementType?
  /// Outermost dimension first, row-major: `[rows, columns]` for a matrix, whatever the order in the file's header.
  public let shape: [Int]
  /// The bytes in the file that hold the tensor.
  public let range: Range<Int>
  /// The file that holds it.
  public let source: ByteSource

  public var offset: Int { range.lowerBound }
  public var byteCount: Int { range.count }
  /// Product of the dimensions. Checked when the file was opened.
  public var elementCount: Int { shape.reduce(1, *) }
  /// The last dimension; 1 for a scalar.
  public var columns: Int { shape.last ?? 1 }
  /// The product of all dimensions but the last.
  public var rows: Int { elementCount / columns }

  /// The type, or an error that names the one that cannot be read.
  public func elementType() throws(FormatError) -> ElementType {
    if let readableType { return readableType }
    let known = ElementType.allCases.map(\.name).joined(separator: ", ")
    throw FormatError(
      .unsupported, file: source.name, field: printable(name), offset: offset,
      "has type \(typeName), which cannot be read; readable are \(known)")
  }

  /// An error about this tensor, for example one of the wrong shape.
  public func error(_ kind: FormatError.Kind, _ problem: String) -> FormatError {
    FormatError(kind, file: source.name, field: printable(name), offset: offset, problem)
  }

  /// Bytes of one row.
  ///
  /// - Throws: `FormatError` when the type cannot be read.
  public func rowByteCount() throws(FormatError) -> Int {
    _ = try elementType()
    return byteCount / rows
  }

  /// The bytes of the tensor, to be read piece by piece through a buffer of the caller's.
  public func stream() throws(FormatError) -> ByteStream {
    _ = try elementType()
    return try source.stream(range, field: printable(name))
  }

  /// The bytes of some rows. `rows` must lie within the tensor's rows.
  public func stream(rows wanted: Range<Int>) throws(FormatError) -> ByteStream {
    precondition(
      wanted.lowerBound >= 0 && wanted.upperBound <= rows, "rows \(wanted) of \(name), which has \(rows)")
    let size = try rowByteCount()
    let start = offset + wanted.lowerBound * size
    return try source.stream(start..<(start + wanted.count * size), field: printable(name))
  }
}
