public import VulkanRuntime

// Cross-entropy of logits = h · Wᵀ that never exist as a whole: rows of h are taken in chunks, whose logits lie in a
// workspace. Backward, the gradient of a chunk's logits takes their place (or, in 16 bits, lies beside them) until it has
// been multiplied out into dh and dW.
extension CrossEntropy {
  /// Bytes of logits that a chunk may have at the most, unless told otherwise; less than any device's binding limit.
  public static let chunkBytes = 64 << 20

  /// The projection onto a vocabulary, and what its logits are compared with.
  public struct Projection: Sendable {
    /// (T, D) f32, f16 or bf16.
    public let h: TensorSlice
    /// (V, D), of the type of `h` or quantised.
    public let weight: TensorSlice
    /// (T) i32; a negative one is ignored.
    public let targets: TensorSlice
    /// Bytes of logits that a chunk may have at the most. With the shape it fixes the chunks, and by them the order in
    /// which dh and dW are summed.
    public let chunkBytes: Int

    /// - Precondition: the shapes agree.
    public init(
      h: TensorSlice, weight: TensorSlice, targets: TensorSlice, chunkBytes: Int = CrossEntropy.chunkBytes
    ) {
      precondition(h.type.isFloat, "cross-entropy: h of \(h.type)")
      precondition(
        weight.type == h.type || weight.type.isQuantized, "cross-entropy: h of \(h.type), weight of \(weight.type)")
      precondition(
        weight.columns == h.columns,
        "cross-entropy: h \(h.rows) × \(h.columns), weight \(weight.rows) × \(weight.columns)")
      precondition(
        targets.columns == h.rows && h.rows > 0, "cross-entropy: \(targets.columns) targets for \(h.rows) rows")
      self.h = h
      self.weight = weight
      self.targets = targets
      self.chunkBytes = chunkBytes
    }
  }

  /// The results of a forward pass.
  public struct Losses: Sendable {
    /// (T) f32: log Σ exp(logits) of every row.
    public let lse: TensorSlice
    /// (T) f32: lse − logit[target] of every row; 0 where there is no target.
    public let nll: TensorSlice
    /// Σ nll, in nats.
    public let sum: ScalarCell
    /// Whether Σ nll is added to what the cell holds.
    public let accumulating: Bool

    public init(lse: TensorSlice, nll: TensorSlice, sum: ScalarCell, accumulating: Bool = false) {
      self.lse = lse
      self.nll = nll
      self.sum = sum
      self.accumulating = accumulating
    }
  }

  /// What a backward pass computes: the gradients of scale · Σ nll.
  public struct Gradients: Sendable {
    public let scale: Scale
    /// (T, D) of the type of h: dh = dlogits · W, overwritten; nil where it is not wanted.
    public let dh: TensorSlice?
    /// (V, D) f32: dW = dlogitsᵀ · h; nil where it is not wanted, as for a frozen or quantised weight.
    public let dWeight: TensorSlice?
    /// Whether dW is added to what the tensor holds.
    public let accumulating: Bool

    public init(scale: Scale, dh: TensorSlice?, dWeight: TensorSlice?, accumulating: Bool = false) {
      self.scale = scale
      self.dh = dh
      self.dWeight = dWeight
      self.accumulating = accumulating
    }
  }

  /// Loss, log-sum-exp and negative log-likelihoods.
  /// - Parameter workspace: at least `workspaceBytes(…, backward: false, …)`.
  public static func forward(
    _ projection: Projection, losses: Losses, workspace: BufferSlice, in context: KernelContext
  ) -> [Dispatch] {
    dispatches(projection, losses: losses, lse: losses.lse, gradients: nil, workspace, context)
  }

  /// Gradients, from the log-sum-exp of a forward pass; the logits are computed again.
  /// - Parameters:
  ///   - lse: (T) f32, of `forward`.
  ///   - workspace: at least `workspaceBytes(…, backward: true, …)`.
  public static func backward(
    _ projection: Projection, lse: TensorSlice, gradients: Gradients, workspace: BufferSlice,
    in context: KernelContext
  ) -> [Dispatch] {
    dispatches(projection, losses: nil, lse: lse, gradients: gradients, workspace, context)
  }

  /// Loss and gradients from one projection; the same bits as `forward` and then `backward`.
  /// - Parameter workspace: at least `workspaceBytes(…, backward: true, …)`.
  public static func forwardBackward(
    _ projection: Projection, losses: Losses, gradients: Gradients, workspace: BufferSlice,
    in context: KernelContext
  ) -> [Dispatch] {
    dispatches(projection, losses: losses, lse: losses.lse, gradients: gradients, workspace, context)
  }

  /// The declared order of the sums over the rows: how many rows are a chunk, after whose end its part of dW is added.
  public static func summationOrder(rows: Int, vocabulary: Int, in context: KernelContext) -> String {
    "chunks-\(chunks(rows: rows, vocabulary: vocabulary, chunkBytes, context).first?.count ?? 0)"
  }

  /// Bytes of workspace.
  /// - Parameters:
  ///   - rows: T.
  ///   - hidden: D.
  ///   - vocabulary: V.
  ///   - type: of h.
  ///   - weight: type of W.
  ///   - backward: whether gradients are computed.
  public static func workspaceBytes(
    rows: Int, hidden: Int, vocabulary: Int, type: DType, weight: DType, backward: Bool,
    chunkBytes: Int = CrossEntropy.chunkBytes, in context: KernelContext
  ) -> Int {
    Workspace(
      chunks: chunks(rows: rows, vocabulary: vocabulary, chunkBytes, context), hidden: hidden, vocabulary: vocabulary,
      type: type, weight: weight, backward: backward, in: context
    ).byteCount
  }

  // MARK: Parts

  /// What lies where in the workspace.
  private struct Workspace {
    let logits: Range<Int>
    /// In f32 the logits' own place.
    let dLogits: Range<Int>
    /// Partial sums of the matrix products.
    let products: Range<Int>
    var byteCount: Int { products.upperBound }

    init(
      chunks: [Range<Int>], hidden: Int, vocabulary: Int, type: DType, weight: DType, backward: Bool,
      in context: KernelContext
    ) {
      let most = chunks.first?.count ?? 0
      func bytes(_ type: DType) -> Int { TensorSlice.byteCount(type, rows: most, columns: vocabulary) ?? 0 }
      func aligned(_ offset: Int) -> Int { (offset + 255) / 256 * 256 }
      let ofProducts = Set(chunks.map(\.count)).map { rows in
        let logits = Matmul.workspaceBytes(
          .init(m: rows, n: vocabulary, k: hidden), mode: .nt, a: type, b: weight, c: .f32, in: context)
        guard backward else { return logits }
        let dh = Matmul.workspaceBytes(
          .init(m: rows, n: hidden, k: vocabulary), mode: .nn, a: type, b: weight, c: type, in: context)
        let dWeight = Matmul.workspaceBytes(
          .init(m: vocabulary, n: hidden, k: rows), mode: .tn, a: type, b: type, c: .f32, accumulate: true, in: context)
        return max(logits, dh, dWeight)
      }
      logits = 0..<bytes(.f32)
      let beside = aligned(logits.upperBound)
      dLogits = !backward || type == .f32 ? logits : beside..<beside + bytes(type)
      let after = aligned(dLogits.upperBound)
      products = after..<after + (ofProducts.max() ?? 0)
    }
  }

  /// The rows of each chunk: a multiple of 16, but for the last.
  private static func chunks(rows: Int, vocabulary: Int, _ chunkBytes: Int, _ context: KernelContext) -> [Range<Int>] {
    let rowBytes = TensorSlice.pitch(vocabulary) * 4
    let most = context.device.maxWorkgroupCount / 16 * 16 * rowBytes
    return TensorSlice.rowRanges(
      rows: rows, rowBytes: rowBytes, limit: min(chunkBytes, context.device.maxStorageBufferRange, most))
  }

  private static func dispatches(
    _ projection: Projection, losses: Losses?, lse: TensorSlice, gradients: Gradients?, _ workspace: BufferSlice,
    _ context: KernelContext
  ) -> [Dispatch] {
    let (h, targets) = (projection.h, projection.targets)
    let vocabulary = projection.weight.rows
    let chunks = chunks(rows: h.rows, vocabulary: vocabulary, projection.chunkBytes, context)
    check(projection, gradients)
    let layout = Workspace(
      chunks: chunks, hidden: h.columns, vocabulary: vocabulary, type: h.type, weight: projection.weight.type,
      backward: gradients != nil, in: context)
    precondition(
      workspace.byteCount >= layout.byteCount,
      "cross-entropy: a workspace of \(workspace.byteCount) bytes, not \(layout.byteCount)")
    func tensor(_ bytes: Range<Int>, _ type: DType, _ rows: Int) -> TensorSlice {
      TensorSlice(
        workspace.slice(offset: bytes.lowerBound, byteCount: bytes.count), type, rows: rows, columns: vocabulary)
    }
    let partials = workspace.slice(offset: layout.products.lowerBound, byteCount: layout.products.count)
    var dispatches: [Dispatch] = []
    for rows in chunks {
      let logits = tensor(layout.logits, .f32, rows.count)
      dispatches += Matmul.multiply(
        h.rows(rows), projection.weight, into: logits, mode: .nt, workspace: partials, in: context)
      if let losses {
        dispatches.append(
          forward(
            logits: logits, firstRow: rows.lowerBound, targets: targets, lse: lse, nll: losses.nll, in: context))
      }
      if let gradients {
        let dLogits = tensor(layout.dLogits, h.type, rows.count)
        dispatches.append(
          backward(
            logits: logits, firstRow: rows.lowerBound, targets: targets, lse: lse, scale: gradients.scale,
            dlogits: dLogits, in: context))
        dispatches += products(projection, gradients, dLogits, rows, partials, context)
      }
    }
    if let losses {
      dispatches.append(sum(nll: losses.nll, into: losses.sum, accumulating: losses.accumulating))
    }
    return dispatches
  }

  /// dh and dW of one chunk.
  private static func products(
    _ projection: Projection, _ gradients: Gradients, _ dLogits: TensorSlice, _ rows: Range<Int>,
    _ workspace: BufferSlice, _ context: KernelContext
  ) -> [Dispatch] {
    var dispatches: [Dispatch] = []
    if let dh = gradients.dh {
      dispatches += Matmul.multiply(
        dLogits, projection.weight, into: dh.rows(rows), mode: .nn, workspace: workspace, in: context)
    }
    if let dWeight = gradients.dWeight {
      dispatches += Matmul.multiply(
        dLogits, projection.h.rows(rows), into: dWeight, mode: .tn,
        accumulate: gradients.accumulating || rows.lowerBound > 0, workspace: workspace, in: context)
    }
    return dispatches
  }

  private static func check(_ projection: Projection, _ gradients: Gradients?) {
    let (h, weight) = (projection.h, projection.weight)
    if let dh = gradients?.dh {
      precondition(
        dh.type == h.type && dh.rows == h.rows && dh.columns == h.columns,
        "cross-entropy: dh \(dh.type) \(dh.rows) × \(dh.columns) of h \(h.type) \(h.rows) × \(h.columns)")
    }
    if let dWeight = gradients?.dWeight {
      precondition(
        dWeight.type == .f32 && dWeight.rows == weight.rows && dWeight.columns == weight.columns,
        "cross-entropy: dW \(dWeight.type) \(dWeight.rows) × \(dWeight.columns) of W \(weight.rows) × \(weight.columns)"
      )
    }
  }
}
