import Shaders
public import VulkanRuntime

/// Rotary position embedding (Su et al. 2021, eq. 34) on the pairs (i, i + K/2) of each head, as in transformers'
/// `rotate_half`. Shader: `Shaders/rope`.
public enum Rope {
  /// Rotates each pair of row t by the angle positions[t] · frequency[i].
  /// - Parameters:
  ///   - x: (T, heads·K), f32, f16 or bf16; K a multiple of 4.
  ///   - positions: T values, i32, below the number of rows of the tables.
  ///   - cosine: (positions, K/2), f32, as in `RotaryTable`.
  ///   - sine: of the shape of `cosine`.
  ///   - y: of the type and shape of x, overwritten; may be x.
  ///   - headSize: K.
  ///   - inverse: rotates back, which is the gradient.
  public static func apply(
    x: TensorSlice, positions: TensorSlice, cosine: TensorSlice, sine: TensorSlice, y: TensorSlice,
    headSize: Int, inverse: Bool = false, in context: KernelContext
  ) -> [Dispatch] {
    precondition(
      headSize > 0 && headSize % 4 == 0 && x.columns % headSize == 0,
      "rope: \(x.summary) in heads of \(headSize), a multiple of 4 is wanted")
    precondition(
      x.type.isFloat && y.type == x.type && y.rows == x.rows && y.columns == x.columns,
      "rope: \(x.summary) into \(y.summary)")
    positions.requireVector(x.rows, .i32, "rope: positions")
    for table in [cosine, sine] {
      precondition(
        table.type == .f32 && table.columns == headSize / 2 && table.rows == cosine.rows && table.rows > 0,
        "rope: a table \(table.summary) for heads of \(headSize)")
    }
    let workgroup = RowWorkgroup(on: context.device)
    let halves = headSize % 16 == 0 ? "octets" : headSize % 8 == 0 ? "quads" : "split"
    let words = halves == "octets" ? context.device.words : "w32"
    let unit = halves == "octets" ? 8 : 4
    let push = Push(
      pitchUnits: UInt32(x.pitch / unit), heads: UInt32(x.columns / headSize), headUnits: UInt32(headSize / unit),
      tableUnits: UInt32(cosine.pitch / unit), tableRows: UInt32(cosine.rows), direction: inverse ? -1 : 1)
    return RowWorkgroup.ranges(rows: x.rows, rowBytes: x.rowBytes, on: context.device).map { range in
      let (x, y) = (x.rows(range), y.rows(range))
      return Dispatch(
        workgroup.independent(Shader.rope[x.type.name, halves, words]),
        [x.buffer, positions.words(range), cosine.buffer, sine.buffer, y.buffer], push: push,
        groups: (x.rows, 1, 1),
        cost: Cost(operations: 3 * x.rows * x.columns, bytes: 2 * x.byteCount + x.rows * headSize * 4))
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    // Halves of whole octets are accessed by the device's words, others by quads.
    Shader.rope.all.filter { !$0.name.contains("_octets_") || $0.name.hasSuffix("_" + device.words) }
      .map(RowWorkgroup(on: device).independent)
  }

  private struct Push {
    var pitchUnits: UInt32
    var heads: UInt32
    var headUnits: UInt32
    var tableUnits: UInt32
    var tableRows: UInt32
    var direction: Float
  }
}
