import Shaders
public import VulkanRuntime

/// Root mean square normalisation (Zhang & Sennrich 2019, eq. 4). Shaders: `Shaders/rms_norm`.
public enum RMSNorm {
  /// Rows of which the partial sums of dw are made: part of the declared summation order.
  static let chunkRows = 64

  /// `y[t,c] = x[t,c] / sqrt(mean_c(x[t,c]²) + epsilon) · weight[c]`.
  /// - Parameters:
  ///   - x: (T, D), f32, f16 or bf16.
  ///   - weight: D values, of the type of x or f32.
  ///   - y: of the type and shape of x, overwritten; may be x.
  public static func forward(
    x: TensorSlice, weight: TensorSlice, y: TensorSlice, epsilon: Float, in context: KernelContext
  ) -> [Dispatch] {
    require(x, weight, [y])
    let shader = Shader.rmsNorm[x.type.name, weight.type.name, context.device.words]
    let workgroup = RowWorkgroup(on: context.device)
    let variant = workgroup.reducing(shader, [UInt32(cachedOctets(x.pitchOctets, workgroup))])
    let workgroupRows = workgroup.isOneSubgroup ? 2 * workgroup.rows : 1
    return RowWorkgroup.ranges(rows: x.rows, rowBytes: x.rowBytes, on: context.device).map { range in
      let (x, y) = (x.rows(range), y.rows(range))
      return Dispatch(
        variant, [x.buffer, weight.buffer, y.buffer], push: ForwardPush(x, epsilon, workgroupRows),
        groups: ((x.rows + workgroupRows - 1) / workgroupRows, 1, 1),
        cost: Cost(operations: 4 * x.rows * x.columns, bytes: 2 * x.byteCount + weight.byteCount))
    }
  }

  /// The gradients of `forward`. With r = 1/sqrt(mean(x²) + epsilon):
  /// `dx = r·w·dy − x·r³/D · Σ_c w·dy·x` and `dw = Σ_t dy·x·r`.
  ///
  /// dw is summed by ascending row within chunks of 64 rows, then by ascending chunk.
  /// - Parameters:
  ///   - x: (T, D), f32, f16 or bf16.
  ///   - weight: D values, of the type of x or f32.
  ///   - dy: of the type and shape of x.
  ///   - dx: of the type and shape of x, overwritten; may be x or dy where dw is nil.
  ///   - dw: D values, f32; nil where the weight is not trained.
  ///   - accumulate: dw is added to instead of overwritten.
  ///   - workspace: `workspaceBytes` bytes.
  public static func backward(
    x: TensorSlice, weight: TensorSlice, dy: TensorSlice, dx: TensorSlice, dw: TensorSlice?,
    accumulate: Bool = false, epsilon: Float, workspace: BufferSlice, in context: KernelContext
  ) -> [Dispatch] {
    require(x, weight, [dy, dx])
    let needed = workspaceBytes(rows: x.rows, columns: x.columns)
    precondition(workspace.byteCount >= needed, "rms_norm: \(workspace.byteCount) of \(needed) bytes of workspace")
    let inverse = TensorSlice(workspace, .f32, rows: 1, columns: x.rows)
    // Eight chunks at least: their partial sums begin at a multiple of 256 bytes.
    let ranges = RowWorkgroup.ranges(
      rows: x.rows, rowBytes: x.rowBytes, on: context.device, multiple: 8 * chunkRows)
    let workgroup = RowWorkgroup(on: context.device)
    let variant = workgroup.reducing(
      Shader.rmsNormBackward[x.type.name, weight.type.name, context.device.words])
    let input = ranges.map { range in
      let (x, dy, dx) = (x.rows(range), dy.rows(range), dx.rows(range))
      return Dispatch(
        variant, [x.buffer, weight.buffer, dy.buffer, dx.buffer, inverse.words(range)], push: Push(x, epsilon),
        groups: ((x.rows + workgroup.rows - 1) / workgroup.rows, 1, 1),
        cost: Cost(operations: 10 * x.rows * x.columns, bytes: 3 * x.byteCount + weight.byteCount))
    }
    guard let dw else { return input }
    dw.requireVector(x.columns, .f32, "rms_norm: dw")
    let partial = workspace.slice(offset: inverseBytes(x.rows), byteCount: needed - inverseBytes(x.rows))
    let rows = ranges.map { weightPartial(x, dy, inverse, partial, $0, on: context.device) }
    return input + rows + [weightReduce(partial, dw, accumulate: accumulate, rows: x.rows, on: context.device)]
  }

  /// Bytes of workspace that `backward` wants: 1/rms of each row and the partial sums of dw.
  public static func workspaceBytes(rows: Int, columns: Int) -> Int {
    inverseBytes(rows) + chunks(rows) * TensorSlice.pitch(columns) * 4
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    let workgroup = RowWorkgroup(on: device)
    let forward = Shader.rmsNorm.shaders(for: device).flatMap { shader in
      cacheSizes(workgroup).map { workgroup.reducing(shader, [UInt32($0)]) }
    }
    let backward = Shader.rmsNormBackward.shaders(for: device)
    let partials = Shader.rmsNormWeightPartial.shaders(for: device)
    return forward + backward.map { workgroup.reducing($0) }
      + partials.map { workgroup.reducing($0, [UInt32(chunkRows)]) }
      + Shader.rmsNormWeightReduce.shaders(for: device).map(workgroup.independent)
  }

  /// Octets of a row that an invocation may keep between the sum and the result. A CPU has the stack to keep many, and
  /// pays most for each access; on a GPU they are registers.
  private static func cacheSizes(_ workgroup: RowWorkgroup) -> [Int] {
    workgroup.isOneSubgroup ? [0, 1, 2, 4, 8, 16] : [0, 1, 2]
  }

  /// Octets that an invocation keeps of rows of `pitchOctets`: none where that would not be most of the row.
  private static func cachedOctets(_ pitchOctets: Int, _ workgroup: RowWorkgroup) -> Int {
    let most = cacheSizes(workgroup).last { $0 * workgroup.size <= pitchOctets } ?? 0
    return 2 * most * workgroup.size > pitchOctets ? most : 0
  }

  private static func chunks(_ rows: Int) -> Int { (rows + chunkRows - 1) / chunkRows }

  /// 1/rms of each row, up to the next multiple of 256 bytes: the partial sums follow at an aligned offset.
  private static func inverseBytes(_ rows: Int) -> Int { (rows * 4 + 255) / 256 * 256 }

  private static func weightPartial(
    _ x: TensorSlice, _ dy: TensorSlice, _ inverse: TensorSlice, _ partial: BufferSlice, _ range: Range<Int>,
    on device: DeviceProperties
  ) -> Dispatch {
    let (part, dy) = (x.rows(range), dy.rows(range))
    let workgroup = RowWorkgroup(on: device)
    let (chunk, count) = (range.lowerBound / chunkRows, chunks(range.count))
    let chunkBytes = x.pitch * 4
    return Dispatch(
      workgroup.reducing(Shader.rmsNormWeightPartial[x.type.name, device.words], [UInt32(chunkRows)]),
      [
        part.buffer, dy.buffer, inverse.words(range),
        partial.slice(offset: chunk * chunkBytes, byteCount: count * chunkBytes),
      ],
      push: PartialPush(rows: UInt32(part.rows), pitchOctets: UInt32(part.pitchOctets)),
      groups: ((part.pitchOctets + workgroup.size - 1) / workgroup.size, count, 1),
      cost: Cost(operations: 3 * part.rows * part.columns, bytes: 2 * part.byteCount + count * chunkBytes))
  }

  private static func weightReduce(
    _ partial: BufferSlice, _ dw: TensorSlice, accumulate: Bool, rows: Int, on device: DeviceProperties
  ) -> Dispatch {
    let workgroup = RowWorkgroup(on: device)
    return Dispatch(
      workgroup.independent(Shader.rmsNormWeightReduce[device.words]), [partial, dw.buffer],
      push: ReducePush(
        chunks: UInt32(chunks(rows)), pitchOctets: UInt32(dw.pitchOctets), accumulate: accumulate ? 1 : 0),
      groups: ((dw.pitchOctets + workgroup.size - 1) / workgroup.size, 1, 1),
      cost: Cost(operations: chunks(rows) * dw.columns, bytes: partial.byteCount + dw.byteCount))
  }

  private static func require(_ x: TensorSlice, _ weight: TensorSlice, _ others: [TensorSlice]) {
    precondition(x.type.isFloat && x.rows > 0 && x.columns > 0, "rms_norm: of \(x.summary)")
    precondition(
      weight.rows == 1 && weight.columns == x.columns && (weight.type == x.type || weight.type == .f32),
      "rms_norm: weight \(weight.summary) for \(x.summary)")
    for other in others {
      precondition(
        other.type == x.type && other.rows == x.rows && other.columns == x.columns,
        "rms_norm: \(other.summary) beside \(x.summary)")
    }
  }

  private struct Push {
    var rows: UInt32
    var pitchOctets: UInt32
    var inverseColumns: Float
    var epsilon: Float

    init(_ x: TensorSlice, _ epsilon: Float) {
      rows = UInt32(x.rows)
      pitchOctets = UInt32(x.pitchOctets)
      inverseColumns = 1 / Float(x.columns)
      self.epsilon = epsilon
    }
  }

  private struct ForwardPush {
    var rows: UInt32
    var workgroupRows: UInt32
    var pitchOctets: UInt32
    var inverseColumns: Float
    var epsilon: Float

    init(_ x: TensorSlice, _ epsilon: Float, _ workgroupRows: Int) {
      rows = UInt32(x.rows)
      self.workgroupRows = UInt32(workgroupRows)
      pitchOctets = UInt32(x.pitchOctets)
      inverseColumns = 1 / Float(x.columns)
      self.epsilon = epsilon
    }
  }

  private struct PartialPush {
    var rows: UInt32
    var pitchOctets: UInt32
  }

  private struct ReducePush {
    var chunks: UInt32
    var pitchOctets: UInt32
    var accumulate: UInt32
  }
}
