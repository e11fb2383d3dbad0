import Shaders
import VulkanRuntime

/// The workgroup of kernels that give each row a workgroup: the host's side of `Shaders/include/row.glsl`.
///
/// A CPU device runs a workgroup's subgroups one after the other and switches stacks at a barrier, so there a workgroup
/// is one subgroup, which needs no barrier. The size fixes the order of a row's sums: it depends on the device, not on
/// the shape or on any measurement.
struct RowWorkgroup {
  let size: Int
  let isOneSubgroup: Bool
  /// Rows of a workgroup, for kernels that take several on a CPU (`ROWS`).
  var rows: Int { isOneSubgroup ? size : 1 }

  init(on device: DeviceProperties, gpuSize: Int = 128) {
    isOneSubgroup = device.type == .cpu
    size = isOneSubgroup ? device.subgroupSize : gpuSize
  }

  /// For a shader with the constants LOCAL, ONE_SUBGROUP and others.
  func reducing(_ shader: Shader, _ others: [UInt32] = []) -> KernelVariant {
    KernelVariant(shader, constants: [UInt32(size), isOneSubgroup ? 1 : 0] + others)
  }

  /// For a shader with the constant LOCAL alone.
  func independent(_ shader: Shader) -> KernelVariant {
    KernelVariant(shader, constants: [UInt32(size)])
  }

  /// Row ranges within the binding limit and the limit on workgroups.
  /// - Parameter multiple: every cut is at a multiple of this many rows; 64, so that parts of vectors with a word a row
  ///   are aligned as well (the specification asks for 256 bytes at the most).
  static func ranges(
    rows: Int, rowBytes: Int, on device: DeviceProperties, multiple: Int = 64
  ) -> [Range<Int>] {
    let count = device.maxWorkgroupCount / multiple * multiple
    return TensorSlice.rowRanges(
      rows: rows, rowBytes: rowBytes, limit: min(device.maxStorageBufferRange, count * rowBytes),
      multiple: multiple)
  }
}

extension TensorSlice {
  /// The words of some of the rows of a matrix, out of a vector with one word (i32 or f32) a row. A range that ends with
  /// the vector takes its padding along.
  func words(_ range: Range<Int>) -> BufferSlice {
    let end = range.upperBound == columns ? pitch : range.upperBound
    return buffer.slice(offset: range.lowerBound * 4, byteCount: (end - range.lowerBound) * 4)
  }

  /// - Precondition: this is a vector of `count` elements of `type`.
  func requireVector(_ count: Int, _ type: DType, _ name: String) {
    precondition(
      rows == 1 && columns == count && self.type == type,
      "\(name) is \(summary), wanted is \(type.name) (1, \(count))")
  }
}
