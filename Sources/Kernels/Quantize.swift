import Shaders
public import VulkanRuntime

/// Rounds a matrix to Q8_0 or Q4_0, to the bytes of ggml's reference (`quantize_row_q8_0_ref`, `quantize_row_q4_0_ref`).
public enum Quantize {
  private struct Push {
    var rows: UInt32, columns: UInt32
    var pairs: UInt32
  }

  /// Quantises `x` into the planes of `target`.
  /// - Parameters:
  ///   - x: (N, K) in f32, f16 or bf16; K a multiple of 32. Finite.
  ///   - target: (N, K) in q8_0 or q4_0.
  public static func rows(_ x: TensorSlice, into target: TensorSlice, in context: KernelContext) -> [Dispatch] {
    precondition(
      x.rows == target.rows && x.columns == target.columns,
      "quantize: \(x.rows) × \(x.columns) into \(target.rows) × \(target.columns)")
    precondition(
      x.type.isFloat && (target.type == .q8_0 || target.type == .q4_0),
      "quantize: no kernel from \(x.type.name) to \(target.type.name)")
    guard let layout = target.quantizedLayout else {
      preconditionFailure("quantize: no \(target.type.name) rows of \(target.columns) columns")
    }
    let pairs = layout.rowBytes(.scales) / 4
    // A row is a workgroup's y, which the device limits as well.
    let rowBytes = max(layout.largestRowBytes, x.pitch * (x.type.elementBytes ?? 0))
    let limit = min(context.device.maxStorageBufferRange, context.device.maxWorkgroupCount / 32 * 32 * rowBytes)
    let variant = variant(x: x.type, target: target.type)
    return TensorSlice.rowRanges(rows: x.rows, rowBytes: rowBytes, limit: limit, multiple: 32).map { range in
      let buffers = [x.rows(range).buffer] + target.operandBuffers(rows: range)
      return Dispatch(
        variant, buffers,
        push: Push(rows: UInt32(range.count), columns: UInt32(x.columns), pairs: UInt32(pairs)),
        groups: ((pairs + 63) / 64, range.count, 1),
        cost: Cost(operations: 8 * range.count * x.columns, bytes: buffers.reduce(0) { $0 + $1.byteCount }))
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    [DType.f32, .f16, .bf16].flatMap { x in [DType.q8_0, .q4_0].map { variant(x: x, target: $0) } }
  }

  private static func variant(x: DType, target: DType) -> KernelVariant {
    KernelVariant(Shader.quantize[x.name, target.name])
  }
}
