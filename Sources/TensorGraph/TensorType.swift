public import Kernels

/// Shape and element type of a value.
///
/// In memory a tensor [d0, …, dn-1] is a matrix of d0·…·dn-2 rows and dn-1 columns, each row padded to a multiple of
/// eight elements (`TensorSlice`).
public struct TensorType: Hashable, Sendable {
  public var shape: [Int]
  public var dtype: DType

  public init(_ shape: [Int], _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  /// One number.
  public static func scalar(_ dtype: DType) -> TensorType { TensorType([1], dtype) }

  /// The last dimension.
  public var columns: Int { shape.last ?? 1 }
  /// The product of all dimensions but the last.
  public var rows: Int { shape.dropLast().reduce(1, *) }
  /// Elements, padding not counted.
  public var elementCount: Int { shape.reduce(1, *) }

  /// Bytes on the device, padding counted.
  public var byteCount: Int {
    if let bytes = TensorSlice.byteCount(dtype, rows: rows, columns: columns) { return bytes }
    guard let layout = QuantizedLayout(dtype, rows: rows, columns: columns) else {
      preconditionFailure("\(self): rows are not whole blocks")  // refused where a graph takes a type up
    }
    return layout.byteCount
  }

  /// The same shape with another element type.
  public func with(_ dtype: DType) -> TensorType { TensorType(shape, dtype) }

  /// The same dimensions but the last.
  public func with(columns: Int) -> TensorType { TensorType(shape.dropLast() + [columns], dtype) }
}

extension TensorType: CustomStringConvertible {
  /// Such as `f32[21, 36]`.
  public var description: String { "\(dtype.name)\(shape)" }
}
