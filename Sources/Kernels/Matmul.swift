import Shaders
public import VulkanRuntime

/// The matrix product C (+)= alpha · op(A) · op(B), batched.
///
/// A and B are stored in the same type, or B is quantised (then `nt` and `nn`); C in the type of A or in f32. Every
/// element of C is a sum over k in ascending order, one fused multiply-add a term in f32, whatever the tile; where
/// `summationOrder` says so, K is cut into parts whose sums are added in order afterwards.
///
/// Tensors larger than one binding may be are cut by rows into several dispatches, with the same bits.
public enum Matmul {
  /// Which operand is read transposed.
  public enum Mode: String, CaseIterable, Sendable {
    /// C[M,N] = A[M,K] · B[K,N]
    case nn
    /// C[M,N] = A[M,K] · B[N,K]ᵀ
    case nt
    /// C[M,N] = A[K,M]ᵀ · B[K,N]
    case tn
  }

  /// The extents of one product; with `batches` > 1, of each of as many.
  public struct Shape: Hashable, Sendable {
    public var m: Int, n: Int, k: Int
    public var batches: Int
    /// Every sum is one ascending sum, so that a row's bits do not depend on how many rows there are.
    public var rowsAreIndependent: Bool

    public init(m: Int, n: Int, k: Int, batches: Int = 1, rowsAreIndependent: Bool = false) {
      self.m = m
      self.n = n
      self.k = k
      self.batches = batches
      self.rowsAreIndependent = rowsAreIndependent
    }

    /// Parts into which K is cut so that a product of few elements and many terms fills a device: decided by the shape
    /// alone, so that every device and tile adds in the same order. The parts are of one dispatch, so an operand that
    /// could exceed the smallest binding limit of any device, 2²⁷ bytes, is not cut into them.
    public var splits: Int {
      if rowsAreIndependent { return 1 }
      let blocks = (m + 63) / 64 * ((n + 63) / 64) * batches
      let bound = 4 * batches * TensorSlice.pitch(k) * TensorSlice.pitch(max(m, n)) <= 1 << 27
      return blocks <= 16 && k >= 2048 && bound ? min(16, k / 512) : 1
    }

    /// Terms of one part: a multiple of 32.
    var chunk: Int { ((k + splits - 1) / splits + 31) / 32 * 32 }

    /// Elements of C, padding included.
    var storedElements: Int { batches * m * TensorSlice.pitch(n) }
  }

  /// The name of the order in which the terms of an element are added: "k" (ascending), or "k-split-S" (S parts of equal
  /// length, each ascending, then the parts in order). Equal names and equal operands give equal bits.
  public static func summationOrder(_ shape: Shape) -> String {
    shape.splits == 1 ? "k" : "k-split-\(shape.splits)"
  }

  /// C = alpha · op(A) · op(B), or C += where `accumulate`.
  /// - Parameters:
  ///   - a: (batches · rows of one A, columns); batch b is the b-th of equal row ranges. So are `b` and `c`.
  ///   - c: (batches · M, N), in the type of `a` or f32. Must not overlap `a` or `b`.
  ///   - rowsAreIndependent: see `Shape`.
  ///   - workspace: at least `workspaceBytes`; not needed where that is 0.
  ///   - tile: nil for `defaultTile`.
  /// - Precondition: the shapes fit together; K is not 0.
  public static func multiply(
    _ a: TensorSlice, _ b: TensorSlice, into c: TensorSlice, mode: Mode, batches: Int = 1, alpha: Float = 1,
    accumulate: Bool = false, rowsAreIndependent: Bool = false, workspace: BufferSlice? = nil, tile: Tile? = nil,
    in context: KernelContext
  ) -> [Dispatch] {
    var shape = checkedShape(a, b, c, mode: mode, batches: batches)
    shape.rowsAreIndependent = rowsAreIndependent
    guard shape.m > 0, shape.n > 0, batches > 0 else { return [] }
    let product = MatmulProduct(
      a: a, b: b, c: c, mode: mode, shape: shape, alpha: alpha, accumulate: accumulate,
      tile: tile ?? defaultTile(for: shape, in: context), device: context.device)
    let needed = product.workspaceBytes
    precondition(
      (workspace?.byteCount ?? 0) >= needed,
      "matmul: a workspace of \(workspace?.byteCount ?? 0) bytes, not \(needed)")
    return product.dispatches(workspace: workspace)
  }

  /// Bytes of f32 workspace that `multiply` needs for partial sums; mostly none.
  /// - Parameters: as of `multiply`.
  public static func workspaceBytes(
    _ shape: Shape, mode: Mode, a: DType, b: DType, c: DType, accumulate: Bool = false, in context: KernelContext
  ) -> Int {
    if shape.splits > 1 { return 4 * shape.splits * shape.storedElements }
    let limit = context.device.maxStorageBufferRange
    let cut = MatmulCut(shape, mode: mode, a: a, b: b, limit: limit)
    return cut.terms.count > 1 && (accumulate || c != .f32) ? 4 * shape.storedElements : 0
  }

  private static func checkedShape(
    _ a: TensorSlice, _ b: TensorSlice, _ c: TensorSlice, mode: Mode, batches: Int
  ) -> Shape {
    let sizes = "\(mode) product of \(a.rows) × \(a.columns) and \(b.rows) × \(b.columns) in \(batches) batches"
    precondition(
      batches > 0 && a.rows % batches == 0 && b.rows % batches == 0, "matmul: the \(sizes): rows do not divide")
    let (aRows, bRows) = (a.rows / batches, b.rows / batches)
    let (m, k) = mode == .tn ? (a.columns, aRows) : (aRows, a.columns)
    let (n, kOfB) = mode == .nt ? (bRows, b.columns) : (b.columns, bRows)
    precondition(k == kOfB && k > 0, "matmul: the \(sizes): \(k) and \(kOfB) terms")
    precondition(
      c.rows == batches * m && c.columns == n,
      "matmul: the \(sizes) is \(batches * m) × \(n), the result \(c.rows) × \(c.columns)")
    precondition(
      !b.type.isQuantized || b.quantizedLayout != nil,
      "matmul: the \(sizes): no \(b.type.name) rows of \(b.columns) columns")
    precondition(
      operandTypes(mode).contains { $0 == (a.type, b.type) } && (c.type == a.type || c.type == .f32),
      "matmul: no \(mode) kernel for \(a.type.name) · \(b.type.name) into \(c.type.name)")
    return Shape(m: m, n: n, k: k, batches: batches)
  }
}
