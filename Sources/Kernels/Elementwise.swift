import Shaders
public import VulkanRuntime

/// Sums, scalings, copies and conversions of whole tensors. Shaders: `Shaders/elementwise`.
///
/// All operands of a call have one shape; an output may be one of the inputs. Tensors larger than the binding limit are
/// cut into several dispatches.
public enum Elementwise {
  /// `y = a + b`, all f32, all f16 or all bf16.
  public static func add(
    a: TensorSlice, b: TensorSlice, y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    precondition(a.type == b.type && a.type == y.type, "add: \(a.summary) + \(b.summary) into \(y.summary)")
    return Flat.dispatches(Shader.add[a.type.name, context.device.words], [a, b, y], operations: 1, on: context.device)
    {
      Push(octets: UInt32($0.count))
    }
  }

  /// `y[t] = x[t] + row`, all f32, all f16 or all bf16.
  /// - Parameters:
  ///   - x: (T, D).
  ///   - row: (1, D).
  ///   - y: (T, D); may be x.
  public static func addRow(
    x: TensorSlice, row: TensorSlice, y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    precondition(x.type == row.type && x.type == y.type, "addRow: \(x.summary) + \(row.summary) into \(y.summary)")
    row.requireVector(x.columns, x.type, "addRow: the row")
    return Flat.dispatches(
      Shader.addRow[x.type.name, context.device.words], [x, y], operations: 1, on: context.device,
      push: {
        RowPush(octets: UInt32($0.count), first: UInt32($0.lowerBound % x.pitchOctets), pitch: UInt32(x.pitchOctets))
      },
      buffers: { $0 + [row.buffer] })
  }

  /// `y += x`.
  /// - Parameter y: f32, or of the type of x.
  public static func accumulate(x: TensorSlice, y: TensorSlice, in context: KernelContext) -> [Dispatch] {
    precondition(y.type == .f32 || y.type == x.type, "accumulate: \(x.summary) into \(y.summary)")
    return Flat.dispatches(
      Shader.accumulate[x.type.name, y.type.name, context.device.words], [x, y], operations: 1, passes: [1, 2],
      on: context.device
    ) { Push(octets: UInt32($0.count)) }
  }

  /// `y = x · constant`, times a scalar that is read when the dispatch runs.
  /// - Parameters:
  ///   - x: f32, f16 or bf16.
  ///   - constant: finite.
  ///   - scalar: one f32 (finite) in device memory, at a multiple of 4 bytes; nil for none.
  ///   - y: of the type of x.
  public static func scale(
    x: TensorSlice, by constant: Float, scalar: BufferSlice? = nil, y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    precondition(x.type == y.type, "scale: \(x.summary) into \(y.summary)")
    precondition(constant.isFinite, "scale: a factor of \(constant) would not leave the padding zero")
    let shader = Shader.scale[x.type.name, scalar == nil ? "constant" : "scalar", context.device.words]
    return Flat.dispatches(
      shader, [x, y], operations: 1, on: context.device,
      push: { ScalePush(octets: UInt32($0.count), constant: constant) },
      buffers: { $0 + (scalar.map { [$0] } ?? []) })
  }

  /// y = x in the type of y, rounded to nearest even; a copy where the types agree.
  public static func cast(x: TensorSlice, y: TensorSlice, in context: KernelContext) -> [Dispatch] {
    if x.type == y.type { return copy(x: x, y: y, in: context) }
    return Flat.dispatches(
      Shader.cast[x.type.name, y.type.name, context.device.words], [x, y], operations: 0, on: context.device
    ) {
      Push(octets: UInt32($0.count))
    }
  }

  /// y = x, bit for bit.
  /// - Parameters:
  ///   - x: of any type that is not quantised.
  ///   - y: of the same type and shape.
  public static func copy(x: TensorSlice, y: TensorSlice, in context: KernelContext) -> [Dispatch] {
    precondition(
      x.type == y.type && x.rows == y.rows && x.columns == y.columns, "copy: \(x.summary) into \(y.summary)")
    return copy(bytes: x.buffer, to: y.buffer, in: context)
  }

  /// The bytes of one slice to another.
  /// - Precondition: both have the same size, a multiple of 16 bytes.
  public static func copy(
    bytes source: BufferSlice, to destination: BufferSlice, in context: KernelContext
  ) -> [Dispatch] {
    let byteCount = source.byteCount
    precondition(
      byteCount == destination.byteCount && byteCount % 16 == 0,
      "copy: \(byteCount) bytes to \(destination.byteCount), multiples of 16 are wanted")
    let variant = Flat.variant(Shader.copy[context.device.words], for: context.device)
    return Flat.pieces(byteCount / 16, octetBytes: 16, on: context.device).map { range in
      Dispatch(
        variant,
        [source, destination].map { $0.slice(offset: range.lowerBound * 16, byteCount: range.count * 16) },
        push: Push(octets: UInt32(range.count)), groups: Flat.groups(range.count),
        cost: Cost(operations: 0, bytes: range.count * 32))
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    Flat.variants([Shader.add, Shader.addRow, Shader.accumulate, Shader.scale, Shader.cast, Shader.copy], for: device)
  }

  private struct Push {
    var octets: UInt32
  }

  private struct RowPush {
    var octets: UInt32
    var first: UInt32
    var pitch: UInt32
  }

  private struct ScalePush {
    var octets: UInt32
    var constant: Float
  }
}
