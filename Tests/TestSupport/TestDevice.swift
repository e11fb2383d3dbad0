public import Kernels
public import Reference
import Synchronization
public import VulkanRuntime

/// The device under test, opened once: `EVOLCANO_DEVICE`, else the best; with validation where
/// `EVOLCANO_VALIDATION` is set.
public final class TestDevice: Sendable {
  public let device: Device
  public let library: PipelineLibrary
  public var context: KernelContext { device.kernelContext }

  private static let opened = Mutex<TestDevice?>(nil)

  /// - Throws: `VulkanError` when there is no device: a machine that can not run the tests fails them.
  public static func shared() throws -> TestDevice {
    try opened.withLock { opened in
      if let opened { return opened }
      let new = try TestDevice()
      opened = new
      return new
    }
  }

  private init() throws {
    device = try Device.open()
    library = PipelineLibrary(device)
  }

  // MARK: Tensors

  /// A tensor holding `matrix`, rounded to `type`, padded with zeros.
  public func upload(_ matrix: Matrix, as type: DType = .f32) throws -> TensorSlice {
    let tensor = try allocate(rows: matrix.rows, columns: matrix.columns, as: type)
    var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
    bytes.withUnsafeMutableBytes { bytes in
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns {
          let index = row * tensor.pitch + column
          type.store(matrix[row, column], at: index, in: bytes)
        }
      }
    }
    try device.write(bytes, to: tensor.buffer)
    return tensor
  }

  /// An i32 vector.
  public func indices(_ values: [Int]) throws -> TensorSlice {
    let tensor = try allocate(rows: 1, columns: values.count, as: .i32)
    var words = [Int32](repeating: 0, count: tensor.pitch)
    for (index, value) in values.enumerated() { words[index] = Int32(value) }
    try device.write(words, to: tensor.buffer)
    return tensor
  }

  /// A tensor with a NaN (or, for i32, a large number) in every element, padding included: what a kernel leaves
  /// unwritten fails the comparison.
  public func poisoned(rows: Int, columns: Int, as type: DType = .f32) throws -> TensorSlice {
    let tensor = try allocate(rows: rows, columns: columns, as: type)
    try device.write([UInt8](repeating: 0x7f, count: tensor.byteCount).poison(type), to: tensor.buffer)
    return tensor
  }

  /// Workspace full of NaN.
  public func workspace(_ byteCount: Int) throws -> BufferSlice {
    let buffer = try Buffer(device, byteCount: (byteCount + 15) / 16 * 16, purpose: "test workspace")
    try device.write([UInt8](repeating: 0xff, count: buffer.byteCount), to: buffer.all)
    return buffer.all
  }

  private func allocate(rows: Int, columns: Int, as type: DType) throws -> TensorSlice {
    guard let bytes = TensorSlice.byteCount(type, rows: rows, columns: columns) else {
      preconditionFailure("upload quantised tensors through their layout")
    }
    let buffer = try Buffer(device, byteCount: bytes, purpose: "a test tensor")
    return TensorSlice(buffer.all, type, rows: rows, columns: columns)
  }

  /// The contents of `tensor`.
  /// - Throws: `PaddingError` when the padding is not zero.
  public func download(_ tensor: TensorSlice) throws -> Matrix {
    let bytes = try device.read(tensor.buffer, as: UInt8.self)
    var matrix = Matrix.zero(tensor.rows, tensor.columns)
    try bytes.withUnsafeBytes { bytes in
      for row in 0..<tensor.rows {
        for column in 0..<tensor.pitch {
          let value = tensor.type.load(at: row * tensor.pitch + column, from: bytes)
          if column < tensor.columns {
            matrix[row, column] = value
          } else if value != 0 {
            throw PaddingError(row: row, column: column, value: value)
          }
        }
      }
    }
    return matrix
  }

  /// An i32 vector's values.
  public func downloadIndices(_ tensor: TensorSlice) throws -> [Int] {
    try device.read(tensor.buffer, as: Int32.self).prefix(tensor.columns).map(Int.init)
  }

  /// The raw bytes, padding included, to compare two runs.
  public func bytes(_ tensor: TensorSlice) throws -> [UInt8] { try device.read(tensor.buffer, as: UInt8.self) }

  // MARK: Running

  /// Records, runs and waits.
  public func run(_ dispatches: [Dispatch]) throws {
    var recorder = try Recorder(device)
    try recorder.record(dispatches, with: library)
    try recorder.finish().run()
  }
}

/// A kernel wrote something into the padding of a row.
public struct PaddingError: Error {
  public let row: Int, column: Int
  public let value: Double
}

extension [UInt8] {
  /// 0x7fc00000 is a NaN in f32, 0x7fff in f16, 0x7fc0 in bf16.
  fileprivate func poison(_ type: DType) -> [UInt8] {
    let pattern: [UInt8] =
      switch type {
      case .f16: [0xff, 0x7f]
      case .bf16: [0xc0, 0x7f]
      default: [0x00, 0x00, 0xc0, 0x7f]
      }
    return indices.map { pattern[$0 % pattern.count] }
  }
}
