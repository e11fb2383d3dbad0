import Shaders
public import VulkanRuntime

/// The column of the largest element of each row, the lowest one of equals. Shader: `Shaders/argmax`.
public enum Argmax {
  /// `y[t] = argmax_c x[t,c]`, −1 where the row holds a NaN.
  /// - Parameters:
  ///   - x: (T, V) f32.
  ///   - y: T values, i32.
  public static func forward(x: TensorSlice, y: TensorSlice, in context: KernelContext) -> [Dispatch] {
    precondition(x.type == .f32 && x.columns > 0, "argmax: of \(x.summary)")
    y.requireVector(x.rows, .i32, "argmax: y")
    return RowWorkgroup.ranges(rows: x.rows, rowBytes: x.rowBytes, on: context.device).map { range in
      let (part, results) = (x.rows(range), y.words(range))
      return Dispatch(
        variant(for: context.device), [part.buffer, results],
        push: Push(rows: UInt32(part.rows), columns: UInt32(part.columns), pitchQuads: UInt32(part.pitchQuads)),
        groups: (results.byteCount / 4, 1, 1),
        cost: Cost(operations: part.rows * part.columns, bytes: part.byteCount + results.byteCount))
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] { [variant(for: device)] }

  private static func variant(for device: DeviceProperties) -> KernelVariant {
    RowWorkgroup(on: device, gpuSize: 256).reducing(Shader.argmax[])
  }

  private struct Push {
    var rows: UInt32
    var columns: UInt32
    var pitchQuads: UInt32
  }
}
