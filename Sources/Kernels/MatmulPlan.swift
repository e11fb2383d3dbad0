import Shaders
import VulkanRuntime

/// The ranges into which a product is cut so that no binding exceeds the device's limit.
struct MatmulCut {
  /// Rows of C, columns of C and terms of the sums. More than one range of terms means passes that go on from what the
  /// one before has stored.
  var rows: [Range<Int>], columns: [Range<Int>], terms: [Range<Int>]
  /// Ranges of whole products.
  var batches: [Range<Int>]

  init(_ shape: Matmul.Shape, mode: Matmul.Mode, a: DType, b: DType, limit: Int) {
    let (aRows, aColumns) = mode == .tn ? (shape.k, shape.m) : (shape.m, shape.k)
    let (bRows, bColumns) = mode == .nt ? (shape.n, shape.k) : (shape.k, shape.n)
    let aBytes = Self.rowBytes(a, aColumns)
    let bBytes = Self.rowBytes(b, bColumns)
    let cBytes = Self.rowBytes(.f32, shape.n)  // of C or of the workspace
    rows = [0..<shape.m]
    columns = [0..<shape.n]
    terms = [0..<shape.k]
    batches = [0..<shape.batches]
    let largest = max(aRows * aBytes, bRows * bBytes, shape.m * cBytes)
    guard shape.batches * largest > limit else { return }
    if shape.batches > 1 {
      // Every batch must start at an aligned row.
      let aligned = [aRows, bRows, shape.m].allSatisfy { $0 % 16 == 0 }
      batches = TensorSlice.rowRanges(
        rows: shape.batches, rowBytes: largest, limit: limit, multiple: aligned ? 1 : 16)
      return
    }
    func cut(_ count: Int, _ rowBytes: Int) -> [Range<Int>] {
      TensorSlice.rowRanges(rows: count, rowBytes: rowBytes, limit: limit, multiple: 32)
    }
    switch mode {
    case .nn:
      rows = cut(shape.m, max(aBytes, cBytes))
      terms = cut(shape.k, bBytes)
    case .nt:
      rows = cut(shape.m, max(aBytes, cBytes))
      columns = cut(shape.n, bBytes)
    case .tn:
      rows = cut(shape.m, cBytes)
      terms = cut(shape.k, max(aBytes, bBytes))
    }
  }

  /// Bytes of a row in the largest of a type's bindings.
  private static func rowBytes(_ type: DType, _ columns: Int) -> Int {
    TensorSlice.byteCount(type, rows: 1, columns: columns)
      ?? QuantizedLayout(type, rows: 1, columns: columns)?.largestRowBytes ?? 0
  }
}

/// One product on its way to dispatches.
struct MatmulProduct {
  let a: TensorSlice, b: TensorSlice, c: TensorSlice
  let mode: Matmul.Mode
  let shape: Matmul.Shape
  let alpha: Float
  let accumulate: Bool
  let tile: Matmul.Tile
  let device: DeviceProperties

  /// Mirrors the block of `include/matmul.glsl`.
  private struct Push {
    var m: UInt32, n: UInt32, k: UInt32
    var aPitch: UInt32, bPitch: UInt32, cPitch: UInt32
    var aRows: UInt32, bRows: UInt32
    var aQuad: UInt32, cQuad: UInt32
    var splits: UInt32, chunk: UInt32
    var alpha: Float
    var epilogue: UInt32
  }

  private struct ReducePush {
    var quads: UInt32
    var parts: UInt32
    var alpha: Float
  }

  /// A part of the product within the binding limit.
  private struct Piece {
    var batches: Range<Int>, rows: Range<Int>, columns: Range<Int>, terms: Range<Int>
  }

  /// The cut for the binding limit, and on a CPU one that keeps what the tiles of C share in its cache: every row of
  /// tiles reads all of B, and where B is larger than a cache that is once from memory each. A range of terms after the
  /// other, B comes from memory once. Sums go on from what is stored, so no bit changes; where C can not hold a sum in
  /// between, B is not cut.
  private var cut: MatmulCut {
    var cut = MatmulCut(shape, mode: mode, a: a.type, b: b.type, limit: device.maxStorageBufferRange)
    let holdsSums = c.type == .f32 && !accumulate && shape.splits == 1
    if device.type == .cpu, mode == .nn, holdsSums, shape.batches == 1, cut.terms.count == 1, !b.type.isQuantized,
      b.byteCount > Self.largestSharedBytes
    {
      let rowBytes = b.byteCount / b.rows
      cut.terms = TensorSlice.rowRanges(
        rows: shape.k, rowBytes: rowBytes, limit: max(Self.sharedBytes, 32 * rowBytes), multiple: 32)
    }
    return cut
  }

  /// A B of this size is still read as a whole by every row of tiles without loss; measured with a cache of 32 MiB.
  private static let largestSharedBytes = 48 << 20
  /// Bytes of B of one range of terms: a product of 512 × 512 and 32000 terms, of which B is 64 MiB, takes half the time
  /// with anything between 1 and 8 MiB.
  private static let sharedBytes = 8 << 20

  var workspaceBytes: Int {
    Matmul.workspaceBytes(
      shape, mode: mode, a: a.type, b: b.type, c: c.type, accumulate: accumulate, in: KernelContext(device))
  }

  /// The partial sums in `workspace`, as the f32 tensor that stands for C until they are reduced.
  private func partials(_ workspace: BufferSlice, parts: Int) -> TensorSlice {
    TensorSlice(workspace, .f32, rows: parts * shape.batches * shape.m, columns: shape.n)
  }

  func dispatches(workspace: BufferSlice?) -> [Dispatch] {
    if shape.splits > 1, let workspace { return split(workspace) }
    let cut = cut
    let staged = workspaceBytes > 0
    let target = staged ? partials(workspace!, parts: 1) : c  // its size has been checked
    var result: [Dispatch] = []
    for batches in cut.batches {
      for rows in cut.rows {
        for columns in cut.columns {
          for terms in cut.terms {
            let last = terms.upperBound == shape.k
            result.append(
              dispatch(
                Piece(batches: batches, rows: rows, columns: columns, terms: terms), into: target,
                epilogue: terms.lowerBound > 0 ? .resume : accumulate && !staged ? .accumulate : .overwrite,
                alpha: last && !staged ? alpha : 1))
          }
        }
        if staged { result.append(reduce(target, rows: rows, parts: 1)) }
      }
    }
    return result
  }

  private func split(_ workspace: BufferSlice) -> [Dispatch] {
    let parts = partials(workspace, parts: shape.splits)
    let whole = Piece(batches: 0..<shape.batches, rows: 0..<shape.m, columns: 0..<shape.n, terms: 0..<shape.k)
    return [
      dispatch(whole, into: parts, epilogue: .overwrite, alpha: 1, splits: shape.splits),
      reduce(parts, rows: 0..<shape.m, parts: shape.splits),
    ]
  }

  private func dispatch(
    _ piece: Piece, into target: TensorSlice, epilogue: Matmul.Epilogue, alpha: Float, splits: Int = 1
  ) -> Dispatch {
    let (m, n, k, count) = (piece.rows.count, piece.columns.count, piece.terms.count, piece.batches.count)
    // Rows of each operand that the piece reads, and the first of its columns.
    let (aRange, aColumn) =
      mode == .tn ? (piece.terms, piece.rows.lowerBound) : (piece.rows, piece.terms.lowerBound)
    let bRange = mode == .nt ? piece.columns : piece.terms
    let (aRows, bRows) = (a.rows / shape.batches, b.rows / shape.batches)
    let push = Push(
      m: UInt32(m), n: UInt32(n), k: UInt32(k), aPitch: UInt32(a.pitchQuads), bPitch: UInt32(b.pitchQuads),
      cPitch: UInt32(target.pitchQuads), aRows: UInt32(aRows), bRows: UInt32(bRows), aQuad: UInt32(aColumn / 4),
      cQuad: UInt32(piece.columns.lowerBound / 4), splits: UInt32(splits),
      chunk: UInt32(splits > 1 ? shape.chunk : (k + 31) / 32 * 32), alpha: alpha,
      epilogue: epilogue.rawValue)
    func rows(_ range: Range<Int>, of tensor: TensorSlice) -> Range<Int> {
      let each = tensor.rows / shape.batches
      return shape.batches == 1 ? range : piece.batches.lowerBound * each..<piece.batches.upperBound * each
    }
    let cRange = splits > 1 ? 0..<target.rows : rows(piece.rows, of: target)
    let buffers =
      [a.rows(rows(aRange, of: a)).buffer, target.rows(cRange).buffer] + b.operandBuffers(rows: rows(bRange, of: b))
    let extent = tile.extent(lanes: device.subgroupSize)
    return Dispatch(
      Matmul.variant(tile, mode: mode, a: a.type, b: b.type, c: target.type, epilogue: epilogue, on: device),
      buffers, push: push,
      groups: ((n + extent.columns - 1) / extent.columns, (m + extent.rows - 1) / extent.rows, count * splits),
      cost: Cost(
        operations: 2.0 * Double(m) * Double(n) * Double(k) * Double(count),
        bytes: Double(buffers.reduce(0) { $0 + $1.byteCount })))
  }

  private func reduce(_ partials: TensorSlice, rows: Range<Int>, parts: Int) -> Dispatch {
    let target = shape.batches == 1 ? c.rows(rows) : c
    let source = parts == 1 && shape.batches == 1 ? partials.rows(rows) : partials
    let quads = target.quads / shape.batches
    return Dispatch(
      Matmul.reduceVariant(c: c.type, accumulate: accumulate), [source.buffer, target.buffer],
      push: ReducePush(quads: UInt32(quads), parts: UInt32(parts), alpha: alpha),
      groups: ((quads + 255) / 256, shape.batches, 1),
      cost: Cost(operations: parts * target.quads * 4, bytes: source.byteCount + target.byteCount))
  }
}
