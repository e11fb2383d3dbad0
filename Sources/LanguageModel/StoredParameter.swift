public import Formats

/// A parameter as it lies in a file, read some rows at a time in the order of `transformers`.
public struct StoredParameter: Sendable {
  public let parameter: ModelParameter
  public let tensor: StoredTensor
  public let type: ElementType
  /// K where the file has the rows of each head as pairs (i, i + K/2) that are rotated together; nil elsewhere.
  let pairedRows: Int?

  init(_ parameter: ModelParameter, tensor: StoredTensor, type: ElementType, pairedRows: Int?) {
    self.parameter = parameter
    self.tensor = tensor
    self.type = type
    self.pairedRows = pairedRows
  }

  /// A bias whose elements go with rows of heads is read as rows of one element.
  private var isColumn: Bool { pairedRows != nil && parameter.shape.count == 1 }
  public var rows: Int { isColumn ? tensor.elementCount : tensor.rows }
  public var columns: Int { isColumn ? 1 : tensor.columns }
  /// Bytes of a row in the file.
  public var rowBytes: Int { tensor.byteCount / rows }

  /// Ranges of rows of about `bytes` bytes in the file, whole heads where rows are paired.
  /// - Parameter unit: rows that must stay together, besides.
  public func chunks(ofBytes bytes: Int = 4 << 20, unit: Int = 1) -> [Range<Int>] {
    let unit = pairedRows ?? unit
    let step = max(bytes / rowBytes / unit, 1) * unit
    return stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
  }

  /// Reads rows as they are stored, in the order of `transformers`.
  /// - Parameters:
  ///   - range: one of `chunks`.
  ///   - bytes: room for them.
  public func read(_ range: Range<Int>, into bytes: UnsafeMutableRawBufferPointer) throws(FormatError) {
    let size = rowBytes
    let target = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(range.count * size)])
    try tensor.source.read(at: tensor.offset + range.lowerBound * size, into: target, field: tensor.name)
    if let pairedRows { Self.unpair(target, heads: range.count / pairedRows, rows: pairedRows, rowBytes: size) }
  }

  /// Rows 2i and 2i + 1 of each head become rows i and i + K/2.
  private static func unpair(_ bytes: UnsafeMutableRawBufferPointer, heads: Int, rows: Int, rowBytes: Int) {
    reorder(bytes, heads: heads, rows: rows, rowBytes: rowBytes) { $0 < rows / 2 ? 2 * $0 : 2 * ($0 - rows / 2) + 1 }
  }

  /// The inverse, for files in which rows are paired.
  static func pair(_ bytes: UnsafeMutableRawBufferPointer, heads: Int, rows: Int, rowBytes: Int) {
    reorder(bytes, heads: heads, rows: rows, rowBytes: rowBytes) { $0 % 2 * (rows / 2) + $0 / 2 }
  }

  /// Row r of each head becomes what was row `source(r)`.
  private static func reorder(
    _ bytes: UnsafeMutableRawBufferPointer, heads: Int, rows: Int, rowBytes: Int, _ source: (Int) -> Int
  ) {
    var head = [UInt8](repeating: 0, count: rows * rowBytes)
    head.withUnsafeMutableBytes { head in
      for index in 0..<heads {
        let part = UnsafeMutableRawBufferPointer(
          rebasing: bytes[(index * head.count)..<((index + 1) * head.count)])
        head.copyMemory(from: UnsafeRawBufferPointer(part))
        for row in 0..<rows {
          let from = source(row) * rowBytes
          UnsafeMutableRawBufferPointer(rebasing: part[(row * rowBytes)..<((row + 1) * rowBytes)]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: head[from..<from + rowBytes]))
        }
      }
    }
  }
}
