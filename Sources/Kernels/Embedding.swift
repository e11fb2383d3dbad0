import Shaders
public import VulkanRuntime

/// Rows of a table by token, and the gradient of that. Shaders: `Shaders/embedding`.
public enum Embedding {
  /// `y[t] = table[tokens[t]]`, zeros where the token is negative or beyond the table.
  ///
  /// A table larger than the binding limit is bound in row ranges, one dispatch each.
  /// - Parameters:
  ///   - table: (V, D), f32, f16, bf16 or quantised.
  ///   - tokens: T values, i32.
  ///   - y: (T, D), f32, f16 or bf16, overwritten.
  public static func gather(
    table: TensorSlice, tokens: TensorSlice, y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    precondition(
      table.type.isFloat || table.quantizedLayout != nil, "embedding: no \(table.type.name) rows of \(table.columns)")
    precondition(
      y.type.isFloat && table.columns == y.columns && table.rows > 0,
      "embedding: \(table.summary) into \(y.summary)")
    tokens.requireVector(y.rows, .i32, "embedding: tokens")
    if let layout = table.quantizedLayout { return gather(table, layout, tokens: tokens, y: y, in: context) }
    let variant = RowWorkgroup(on: context.device).independent(
      Shader.embedding[table.type.name, y.type.name, context.device.words])
    let tables = tableRanges(table, on: context.device)
    return tables.flatMap { tableRange in
      RowWorkgroup.ranges(rows: y.rows, rowBytes: y.rowBytes, on: context.device).map { range in
        let part = y.rows(range)
        return Dispatch(
          variant, [tokens.words(range), table.rows(tableRange).buffer, part.buffer],
          push: GatherPush(
            pitchOctets: UInt32(y.pitchOctets), firstRow: UInt32(tableRange.lowerBound),
            rangeRows: UInt32(tableRange.count), tableRows: UInt32(table.rows)),
          groups: (part.rows, 1, 1),
          cost: Cost(
            operations: 0, bytes: (part.byteCount + part.rows * table.rowBytes) / tables.count + 4 * part.rows))
      }
    }
  }

  /// The same of a table in planes.
  private static func gather(
    _ table: TensorSlice, _ layout: QuantizedLayout, tokens: TensorSlice, y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    let variant = RowWorkgroup(on: context.device).independent(
      Shader.embeddingQuantized[y.type.name, table.type.name])
    // Rows of every plane are multiples of 16 bytes: 16 of them begin where any device lets a binding begin.
    let tables = TensorSlice.rowRanges(
      rows: table.rows, rowBytes: layout.largestRowBytes, limit: context.device.maxStorageBufferRange)
    return tables.flatMap { tableRange in
      RowWorkgroup.ranges(rows: y.rows, rowBytes: y.rowBytes, on: context.device).map { range in
        let part = y.rows(range)
        return Dispatch(
          variant, [tokens.words(range), part.buffer] + table.operandBuffers(rows: tableRange),
          push: QuantizedGatherPush(
            pitchQuads: UInt32(y.pitchQuads), firstRow: UInt32(tableRange.lowerBound),
            rangeRows: UInt32(tableRange.count), tableRows: UInt32(table.rows)),
          groups: (part.rows, 1, 1),
          cost: Cost(
            operations: part.rows * part.columns,
            bytes: (part.byteCount + part.rows * layout.byteCount / table.rows) / tables.count + 4 * part.rows))
      }
    }
  }

  /// `dTable[tokens[t]] += dy[t]`, each row's terms summed by ascending t before they are added.
  ///
  /// The order of the tokens comes from the host (`EmbeddingOrder`), so that each row of the table has one owner.
  /// - Parameters:
  ///   - dy: (T, D), f32, f16 or bf16, at most the binding limit.
  ///   - order: T values, i32: rows of dy, those of one token together, ascending.
  ///   - uniqueTokens: T values, i32, of which the first `count` hold: the distinct tokens.
  ///   - offsets: T + 1 values, i32: the rows of uniqueTokens[u] are order[offsets[u]..<offsets[u + 1]].
  ///   - count: one value, i32: how many distinct tokens there are.
  ///   - dTable: (V, D), f32, added to.
  public static func scatterAdd(
    dy: TensorSlice, order: TensorSlice, uniqueTokens: TensorSlice, offsets: TensorSlice, count: TensorSlice,
    dTable: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    precondition(
      dy.type.isFloat && dTable.type == .f32 && dy.columns == dTable.columns && dTable.rows > 0,
      "embedding: \(dy.summary) added into \(dTable.summary)")
    order.requireVector(dy.rows, .i32, "embedding: order")
    uniqueTokens.requireVector(dy.rows, .i32, "embedding: uniqueTokens")
    offsets.requireVector(dy.rows + 1, .i32, "embedding: offsets")
    count.requireVector(1, .i32, "embedding: count")
    let variant = RowWorkgroup(on: context.device).independent(
      Shader.embeddingScatterAdd[dy.type.name, context.device.words])
    let tables = tableRanges(dTable, on: context.device)
    let most = context.device.maxWorkgroupCount
    return tables.flatMap { tableRange in
      stride(from: 0, to: dy.rows, by: most).map { first in
        Dispatch(
          variant,
          [
            dy.buffer, order.buffer, uniqueTokens.buffer, offsets.buffer, count.buffer,
            dTable.rows(tableRange).buffer,
          ],
          push: ScatterPush(
            pitchOctets: UInt32(dy.pitchOctets), firstRow: UInt32(tableRange.lowerBound),
            rangeRows: UInt32(tableRange.count), firstUnique: UInt32(first)),
          groups: (min(most, dy.rows - first), 1, 1),
          cost: Cost(
            operations: dy.rows * dy.columns / tables.count,
            bytes: (dy.byteCount + 2 * dy.rows * dTable.rowBytes) / tables.count))
      }
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    (Shader.embedding.shaders(for: device) + Shader.embeddingScatterAdd.shaders(for: device)
      + Shader.embeddingQuantized.all).map(RowWorkgroup(on: device).independent)
  }

  private static func tableRanges(_ table: TensorSlice, on device: DeviceProperties) -> [Range<Int>] {
    TensorSlice.rowRanges(rows: table.rows, rowBytes: table.rowBytes, limit: device.maxStorageBufferRange)
  }

  private struct GatherPush {
    var pitchOctets: UInt32
    var firstRow: UInt32
    var rangeRows: UInt32
    var tableRows: UInt32
  }

  private struct QuantizedGatherPush {
    var pitchQuads: UInt32
    var firstRow: UInt32
    var rangeRows: UInt32
    var tableRows: UInt32
  }

  private struct ScatterPush {
    var pitchOctets: UInt32
    var firstRow: UInt32
    var rangeRows: UInt32
    var firstUnique: UInt32
  }
}

/// The rows of a batch grouped by token: what makes the scatter-add of an embedding's gradient deterministic.
public struct EmbeddingOrder: Sendable, Hashable {
  /// Rows grouped by token, ascending within a group; the rows without a token follow, T in all.
  public let order: [Int32]
  /// The distinct tokens, ascending; T values, zeros after the first `count`.
  public let uniqueTokens: [Int32]
  /// Group u is `order[offsets[u]..<offsets[u + 1]]`; T + 1 values, the last one in use repeated.
  public let offsets: [Int32]
  /// How many distinct tokens there are.
  public let count: Int32

  /// - Parameter tokens: one a row; those outside `0..<vocabulary` belong to no group.
  public init(_ tokens: [Int32], vocabulary: Int) {
    let valid = tokens.indices.filter { tokens[$0] >= 0 && Int(tokens[$0]) < vocabulary }
    let rest = tokens.indices.filter { tokens[$0] < 0 || Int(tokens[$0]) >= vocabulary }
    let sorted = valid.sorted { (tokens[$0], $0) < (tokens[$1], $1) }
    var unique: [Int32] = []
    var offsets: [Int32] = []
    for (index, row) in sorted.enumerated() where unique.last != tokens[row] {
      unique.append(tokens[row])
      offsets.append(Int32(index))
    }
    order = (sorted + rest).map(Int32.init)
    count = Int32(unique.count)
    uniqueTokens = unique + [Int32](repeating: 0, count: tokens.count - unique.count)
    self.offsets = offsets + [Int32](repeating: Int32(sorted.count), count: tokens.count + 1 - offsets.count)
  }
}
