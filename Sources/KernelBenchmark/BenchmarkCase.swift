import Kernels
import VulkanRuntime

/// One kernel at one shape.
public struct BenchmarkCase: Sendable {
  /// The stem.
  public let family: String
  /// What is run, such as `forward f16`.
  public let name: String
  /// Sizes in the project's dimension letters.
  public let shape: String
  /// Allocates what the kernel needs and makes its dispatches.
  let dispatches: @Sendable (inout Bench) throws(VulkanError) -> [Dispatch]

  init(
    _ family: String, _ name: String, _ shape: String,
    _ dispatches: @escaping @Sendable (inout Bench) throws(VulkanError) -> [Dispatch]
  ) {
    self.family = family
    self.name = name
    self.shape = shape
    self.dispatches = dispatches
  }
}

/// Hands out tensors for one case; they live as long as its dispatches.
struct Bench {
  let device: Device
  var context: KernelContext { device.kernelContext }

  /// A tensor of small pseudo-random values (zeros would flatter a device that skips them, denormals slow a CPU).
  func tensor(_ rows: Int, _ columns: Int, _ type: DType = .f32) throws(VulkanError) -> TensorSlice {
    guard let byteCount = TensorSlice.byteCount(type, rows: rows, columns: columns) else {
      preconditionFailure("quantised tensors are made by their family's case")
    }
    let buffer = try Buffer(device, byteCount: byteCount, purpose: "a benchmark's tensor")
    var state: UInt32 = 12345
    var words = [UInt32](repeating: 0, count: byteCount / 4)
    for index in words.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      words[index] = type.benchmarkWord(state)
    }
    try device.write(words, to: buffer.all)
    return TensorSlice(buffer.all, type, rows: rows, columns: columns)
  }

  /// An i32 vector.
  func indices(_ values: [Int]) throws(VulkanError) -> TensorSlice {
    let pitch = TensorSlice.pitch(values.count)
    let buffer = try Buffer(device, byteCount: pitch * 4, purpose: "a benchmark's indices")
    var words = [Int32](repeating: 0, count: pitch)
    for (index, value) in values.enumerated() { words[index] = Int32(value) }
    try device.write(words, to: buffer.all)
    return TensorSlice(buffer.all, .i32, rows: 1, columns: values.count)
  }

  /// A buffer of zeros.
  func zeros(_ byteCount: Int) throws(VulkanError) -> BufferSlice {
    let buffer = try Buffer(device, byteCount: max(byteCount, 16), purpose: "a benchmark's workspace")
    try device.write([UInt8](repeating: 0, count: buffer.byteCount), to: buffer.all)
    return buffer.all
  }
}

extension DType {
  /// One word of elements in ±[2⁻³, 2⁻¹], from random bits.
  fileprivate func benchmarkWord(_ bits: UInt32) -> UInt32 {
    switch self {
    case .f32: bits & 0x80ff_ffff | 0x3e00_0000
    case .f16: bits & 0x87ff_87ff | 0x3000_3000
    case .bf16: bits & 0x80ff_80ff | 0x3e00_3e00
    default: 0
    }
  }
}
