import Shaders
public import VulkanRuntime

extension Matmul {
  /// How a product is spread over invocations. No tile changes a bit of the result.
  public struct Tile: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
      /// One subgroup a workgroup, operands in registers; best where every lane pays for its own loads (CPU drivers).
      case subgroup
      /// 64 × 64 a workgroup, operands in shared memory; best where a subgroup's neighbouring loads are one (GPUs).
      case shared
    }

    public var kind: Kind
    /// Rows and columns of C that one invocation computes; multiples of four, and divisors of 64 in `shared`.
    public var rows: Int, columns: Int
    /// Quads along K of one step of `subgroup`.
    public var depth: Int

    public init(_ kind: Kind, rows: Int, columns: Int, depth: Int = 1) {
      self.kind = kind
      self.rows = rows
      self.columns = columns
      self.depth = depth
    }

    /// Rows and columns of C that one workgroup computes.
    func extent(lanes: Int) -> (rows: Int, columns: Int) {
      switch kind {
      case .subgroup: (rows, lanes * columns)
      case .shared: (64, 64)
      }
    }
  }

  /// What becomes of C; the values of `EPILOGUE` in the shaders.
  enum Epilogue: UInt32, CaseIterable {
    case overwrite = 0
    case accumulate = 1
    case resume = 2
  }

  /// The tiles worth measuring on a device, the default among them.
  public static func tiles(for device: DeviceProperties) -> [Tile] {
    switch device.type {
    case .cpu:
      [
        Tile(.subgroup, rows: 8, columns: 4), Tile(.subgroup, rows: 16, columns: 8),
        Tile(.subgroup, rows: 32, columns: 4), Tile(.subgroup, rows: 32, columns: 8),
      ]
    default:
      // On Intel 64 sums an invocation are too many registers at every dispatch width.
      [Tile(.shared, rows: 4, columns: 4), Tile(.shared, rows: 8, columns: 4)]
        + (device.vendorID == 0x8086 ? [] : [Tile(.shared, rows: 8, columns: 8)])
    }
  }

  /// The tile used where nothing has been measured. Larger ones are faster still on lavapipe (32 × 8 by up to a third),
  /// at four times the time to compile: for a tuner to choose where it pays.
  public static func defaultTile(for shape: Shape, in context: KernelContext) -> Tile {
    guard context.device.type == .cpu else {
      let groups = (shape.m + 63) / 64 * ((shape.n + 63) / 64) * shape.batches
      // Small products want many invocations, large ones more work on each loaded value.
      return groups < 256 ? Tile(.shared, rows: 4, columns: 4) : Tile(.shared, rows: 8, columns: 4)
    }
    return shape.m <= 8 ? Tile(.subgroup, rows: 8, columns: 4) : Tile(.subgroup, rows: 16, columns: 8)
  }

  /// The pipeline of one tile.
  static func variant(
    _ tile: Tile, mode: Mode, a: DType, b: DType, c: DType, epilogue: Epilogue, on device: DeviceProperties
  ) -> KernelVariant {
    let (rows, columns) = (UInt32(tile.rows), UInt32(tile.columns))
    let single: UInt32 = c == .f32 ? 1 : 0
    switch tile.kind {
    case .subgroup:
      let chosen = device.subgroupSizeControl && device.minSubgroupSize != device.maxSubgroupSize
      return KernelVariant(
        Shader.matmul[mode.rawValue, a.name, b.name, b == .f32 ? device.words : "w32"],
        constants: [UInt32(device.subgroupSize), rows, columns, UInt32(tile.depth), single, epilogue.rawValue],
        subgroupSize: chosen ? device.subgroupSize : nil)
    case .shared:
      return KernelVariant(
        Shader.matmulShared[mode.rawValue, a.name, b.name],
        constants: [64 * 64 / (rows * columns), rows, columns, single])
    }
  }

  static func reduceVariant(c: DType, accumulate: Bool) -> KernelVariant {
    KernelVariant(Shader.matmulReduce[c.name], constants: [accumulate ? 1 : 0])
  }

  /// The pipelines of every product, as candidates for the same work: each list holds one a tile.
  static func candidates(for device: DeviceProperties) -> [(shapeClass: String, variants: [KernelVariant])] {
    var classes: [(String, [KernelVariant])] = []
    for mode in Mode.allCases {
      for (a, b) in operandTypes(mode) {
        for c in Set([a, .f32]).sorted(by: { $0.rawValue < $1.rawValue }) {
          let name = "\(mode)_\(a.name)_\(b.name)_\(c.name)"
          // A constant of one tiling only; the others have one pipeline for all.
          let constant = tiles(for: device).contains { $0.kind == .subgroup }
          for epilogue in constant ? Epilogue.allCases : [.overwrite]
          where epilogue != .resume || (mode != .nt && c == .f32) {
            classes.append(
              (
                constant ? "\(name)_\(epilogue)" : name,
                tiles(for: device).map { variant($0, mode: mode, a: a, b: b, c: c, epilogue: epilogue, on: device) }
              ))
          }
        }
      }
    }
    for c in [DType.f32, .f16, .bf16] {
      for accumulate in [false, true] {
        let variant = reduceVariant(c: c, accumulate: accumulate)
        classes.append((variant.name, [variant]))
      }
    }
    return classes
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    candidates(for: device).flatMap(\.variants)
  }

  /// The types of A and B that have a kernel.
  static func operandTypes(_ mode: Mode) -> [(a: DType, b: DType)] {
    [DType.f32, .f16, .bf16].flatMap { type in
      [(type, type)] + (mode == .tn ? [] : [.q8_0, .q4_0, .q4_K, .q6_K].map { (type, $0) })
    }
  }
}
