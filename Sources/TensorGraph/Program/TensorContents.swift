import Kernels
import VulkanRuntime

/// Elements as the host has them, row by row and without padding, to and from a tensor's bytes.
extension TensorSlice {
  /// Number of elements, padding not counted.
  var elementCount: Int { rows * columns }

  /// The bytes of `values`, rounded to nearest even where the type has 16 bits, the padding zero.
  func bytes(of values: [Float]) -> [UInt8] {
    padded(values) { value in
      switch type {
      case .f16: UInt32(Float16(value).bitPattern)
      case .bf16: UInt32(Self.bfloat16(value))
      default: value.bitPattern
      }
    }
  }

  func bytes(of values: [Int32]) -> [UInt8] { padded(values) { UInt32(bitPattern: $0) } }

  private func padded<Element>(_ values: [Element], _ bits: (Element) -> UInt32) -> [UInt8] {
    let size = type.elementBytes!  // quantised tensors are written as bytes
    var bytes = [UInt8](repeating: 0, count: rows * pitch * size)
    bytes.withUnsafeMutableBytes { bytes in
      for row in 0..<rows {
        for column in 0..<columns {
          let at = (row * pitch + column) * size
          let word = bits(values[row * columns + column])
          if size == 4 {
            bytes.storeBytes(of: word, toByteOffset: at, as: UInt32.self)
          } else {
            bytes.storeBytes(of: UInt16(truncatingIfNeeded: word), toByteOffset: at, as: UInt16.self)
          }
        }
      }
    }
    return bytes
  }

  /// The elements in `bytes`, the tensor's own.
  func floats(in bytes: [UInt8]) -> [Float] {
    elements(in: bytes) { word in
      switch type {
      case .f16: Float(Float16(bitPattern: UInt16(truncatingIfNeeded: word)))
      case .bf16: Float(bitPattern: word << 16)
      default: Float(bitPattern: word)
      }
    }
  }

  func integers(in bytes: [UInt8]) -> [Int32] { elements(in: bytes) { Int32(bitPattern: $0) } }

  private func elements<Element>(in bytes: [UInt8], _ element: (UInt32) -> Element) -> [Element] {
    let size = type.elementBytes!  // quantised tensors are read as bytes
    return bytes.withUnsafeBytes { bytes in
      var elements: [Element] = []
      elements.reserveCapacity(elementCount)
      for row in 0..<rows {
        for column in 0..<columns {
          let at = (row * pitch + column) * size
          let word =
            size == 4
            ? bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
            : UInt32(bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))
          elements.append(element(word))
        }
      }
      return elements
    }
  }

  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}

extension Device {
  /// Zeroes a slice.
  func clear(_ slice: BufferSlice) throws(GraphError) {
    try refusing { () throws(VulkanError) in
      var recorder = try Recorder(self)
      try recorder.fill(slice.slice(offset: 0, byteCount: slice.byteCount / 4 * 4))
      try recorder.finish().run()
    }
  }

  func write(_ values: [Float], to slice: TensorSlice, named name: String) throws(GraphError) {
    try checkCount(values.count, slice, integers: false, name)
    let bytes = slice.bytes(of: values)
    try refusing { () throws(VulkanError) in try write(bytes, to: slice.buffer) }
  }

  func write(_ values: [Int32], to slice: TensorSlice, named name: String) throws(GraphError) {
    try checkCount(values.count, slice, integers: true, name)
    let bytes = slice.bytes(of: values)
    try refusing { () throws(VulkanError) in try write(bytes, to: slice.buffer) }
  }

  func bytes(_ slice: BufferSlice) throws(GraphError) -> [UInt8] {
    try refusing { () throws(VulkanError) in try read(slice, as: UInt8.self) }
  }

  private func checkCount(
    _ count: Int, _ slice: TensorSlice, integers: Bool, _ name: String
  ) throws(GraphError) {
    guard count == slice.elementCount, integers ? slice.type == .i32 : slice.type.isFloat else {
      throw .contents(value: name, type: TensorType([slice.rows, slice.columns], slice.type), count: count)
    }
  }
}

/// What the device refuses, as an error of a graph.
func refusing<Result>(_ body: () throws(VulkanError) -> Result) throws(GraphError) -> Result {
  do throws(VulkanError) {
    return try body()
  } catch {
    throw .device(error)
  }
}
