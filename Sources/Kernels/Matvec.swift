import Shaders
public import VulkanRuntime

/// The product of few rows with a weight, y[R,N] = x[R,K] · W[N,K]ᵀ: what decoding spends its time on.
///
/// W is stored in the type of x or quantised, y in the type of x or in f32. The bits of a row of y depend neither on the
/// other rows nor on how many there are. A weight larger than one binding may be is cut by rows into several dispatches.
public enum Matvec {
  /// The rows for which the weight is read once; with more it is read again for every 8, and `Matmul` may be faster.
  public static let maximumRows = 8

  private struct Push {
    var rows: UInt32, n: UInt32
    var xPitch: UInt32, wPitch: UInt32, yPitch: UInt32
    var yQuad: UInt32
  }

  /// The name of the order in which the terms of an element are added. "k": ascending, as in `Matmul`. "k-lanes-64": 64
  /// sums, number i over blocks i, i + 64, … of 32 terms, added in a tree.
  public static func summationOrder(in context: KernelContext) -> String {
    readsLaneByLane(context.device) ? "k" : "k-lanes-64"
  }

  /// y = x · Wᵀ.
  /// - Parameters:
  ///   - x: (R, K), R ≥ 1, meant for few: see `maximumRows`.
  ///   - weight: (N, K).
  ///   - y: (R, N). Must not overlap x or the weight.
  public static func multiply(
    _ x: TensorSlice, _ weight: TensorSlice, into y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    check(x, weight, y)
    let device = context.device
    let rowBytes = weight.quantizedLayout?.largestRowBytes ?? weight.pitch * (weight.type.elementBytes ?? 0)
    let bucket = buckets.first { $0 >= x.rows } ?? maximumRows
    let variant = variant(x: x.type, weight: weight.type, y: y.type, rows: bucket, on: device)
    // Columns of y that one workgroup computes.
    let extent = readsLaneByLane(device) ? columnsOfALane(weight.type) * device.subgroupSize : 4
    let limit = min(device.maxStorageBufferRange, device.maxWorkgroupCount / 8 * 8 * extent * rowBytes)
    let ranges = TensorSlice.rowRanges(rows: weight.rows, rowBytes: rowBytes, limit: limit, multiple: 32)
    return ranges.map { range in
      let buffers = [x.buffer, y.buffer] + weight.operandBuffers(rows: range)
      let bytes = buffers.dropFirst(2).reduce(x.byteCount) { $0 + $1.byteCount }
      return Dispatch(
        variant, buffers,
        push: Push(
          rows: UInt32(x.rows), n: UInt32(range.count), xPitch: UInt32(x.pitchQuads),
          wPitch: UInt32(weight.pitchQuads), yPitch: UInt32(y.pitchQuads), yQuad: UInt32(range.lowerBound / 4)),
        groups: ((TensorSlice.pitch(range.count) + extent - 1) / extent, (x.rows + bucket - 1) / bucket, 1),
        cost: Cost(
          operations: 2 * x.rows * range.count * weight.columns,
          bytes: bytes + x.rows * range.count * (y.type.elementBytes ?? 0)))
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    [DType.f32, .f16, .bf16].flatMap { type in
      [type, .q8_0, .q4_0, .q4_K, .q6_K].flatMap { weight in
        (type == .f32 ? [type] : [type, .f32]).flatMap { y in
          buckets.map { variant(x: type, weight: weight, y: y, rows: $0, on: device) }
        }
      }
    }
  }

  /// Rows of x that a pipeline is compiled for.
  private static let buckets = [1, 2, 4, 8]

  /// CPU drivers run a subgroup's lanes through a load one by one: nothing is gained by neighbours reading neighbouring
  /// memory, and much by a lane reading much.
  private static func readsLaneByLane(_ device: DeviceProperties) -> Bool { device.type == .cpu }

  /// Rows of the weight that a lane reads on such drivers (measured on lavapipe).
  private static func columnsOfALane(_ weight: DType) -> Int { weight == .f32 ? 2 : 4 }

  private static func variant(
    x: DType, weight: DType, y: DType, rows: Int, on device: DeviceProperties
  ) -> KernelVariant {
    let ends: [UInt32] = [UInt32(rows), y == .f32 ? 1 : 0]
    guard readsLaneByLane(device) else {
      return KernelVariant(Shader.matvecShared[x.name, weight.name], constants: ends)
    }
    let chosen = device.subgroupSizeControl && device.minSubgroupSize != device.maxSubgroupSize
    return KernelVariant(
      Shader.matvec[x.name, weight.name, weight == .f32 ? device.words : "w32"],
      constants: [UInt32(device.subgroupSize), UInt32(columnsOfALane(weight))] + ends,
      subgroupSize: chosen ? device.subgroupSize : nil)
  }

  private static func check(_ x: TensorSlice, _ weight: TensorSlice, _ y: TensorSlice) {
    precondition(
      x.rows > 0 && x.columns == weight.columns && x.columns > 0 && y.rows == x.rows
        && y.columns == weight.rows,
      "matvec: \(x.rows) × \(x.columns) · (\(weight.rows) × \(weight.columns))ᵀ into \(y.rows) × \(y.columns)")
    precondition(
      x.type.isFloat && (weight.type == x.type || weight.quantizedLayout != nil)
        && (y.type == x.type || y.type == .f32),
      "matvec: no kernel for \(x.type.name) · \(weight.type.name), \(weight.columns) columns, into \(y.type.name)")
  }
}
