import Formats
import Kernels
public import TensorGraph
import VulkanRuntime

/// Reads weights from files into the memory of a device, a few megabytes at a time: the host never holds more than a
/// chunk, whatever the size of a file or tensor.
public struct WeightLoader {
  let store: TensorStore

  /// - Parameter store: has the tensors that are to be filled.
  public init(store: TensorStore) { self.store = store }

  /// Fills the tensor of the parameter's name, or another of its shape, rounding to its type.
  /// - Throws: `FormatError`, `VulkanError`, `GraphError.unknownName`.
  public func load(_ stored: StoredParameter, to name: String? = nil) throws {
    let slice = try slice(name ?? stored.parameter.name)
    if try readInPlace(stored, slice) { return }
    // The elements of a bias that go with rows of heads are read one by one and make one row here.
    let isColumn = stored.columns == 1 && slice.rows == 1
    var converter = RowConverter(from: stored.type, columns: slice.columns)
    var staging = [UInt8]()
    for rows in isColumn ? [0..<stored.rows] : stored.chunks() {
      let count = rows.count * stored.rowBytes
      if staging.count < count { staging = [UInt8](repeating: 0, count: count) }
      try staging.withUnsafeMutableBytes { bytes in
        try stored.read(rows, into: bytes)
        try converter.write(
          UnsafeRawBufferPointer(rebasing: bytes[..<count]), rows: isColumn ? 0..<1 : rows, to: slice, on: store.device)
      }
    }
  }

  /// Fills a tensor with numbers, row by row, rounded or quantised to its type.
  /// - Precondition: there is one for each element.
  public func load(_ values: [Float], to name: String) throws {
    let slice = try slice(name)
    precondition(values.count == slice.rows * slice.columns, "\(values.count) numbers for \(name)")
    var converter = RowConverter(from: .f32, columns: slice.columns)
    try values.withUnsafeBytes { try converter.write($0, rows: 0..<slice.rows, to: slice, on: store.device) }
  }

  private func slice(_ name: String) throws(GraphError) -> TensorSlice {
    guard let slice = store[name] else { throw .unknownName(name) }
    return slice
  }

  /// Reads straight into memory that the host sees, where the bytes are the same in the file and on the device.
  private func readInPlace(_ stored: StoredParameter, _ slice: TensorSlice) throws -> Bool {
    guard let mapped = slice.buffer.mapped, stored.pairedRows == nil, slice.type == stored.type.dtype,
      slice.type.elementBytes != nil, slice.pitch == slice.columns, mapped.count == stored.tensor.byteCount
    else { return false }
    try stored.tensor.source.read(at: stored.tensor.offset, into: mapped, field: stored.tensor.name)
    return true
  }
}
