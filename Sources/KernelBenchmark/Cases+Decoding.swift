import Kernels
import VulkanRuntime

extension BenchmarkCase {
  private static let weights = [DType.f32, .f16, .bf16, .q8_0, .q4_0, .q4_K, .q6_K]

  /// What decoding is bound by: every weight read once for one row, or for the eight rows of a batch.
  static func vectors(outputs: Int = 8192, inputs: Int = 4096) -> [BenchmarkCase] {
    weights.flatMap { weight in
      [1, 8].map { rows in
        BenchmarkCase("matvec", "\(rows == 1 ? "1 row" : "\(rows) rows") \(weight.name)", "N=\(outputs) K=\(inputs)") {
          (bench) throws(VulkanError) in
          let type = weight.isFloat ? weight : .f32
          return Matvec.multiply(
            try bench.tensor(rows, inputs, type), try bench.weight(outputs, inputs, weight),
            into: try bench.tensor(rows, outputs, type), in: bench.context)
        }
      }
    }
  }

  /// Products with quantised weights, as in prefill.
  static func quantizedProducts(rows: Int = 512, size: Int = 512) -> [BenchmarkCase] {
    weights.filter { !$0.isFloat }.map { weight in
      BenchmarkCase("matmul", "nt f32 by \(weight.name)", "M=\(rows) N=\(size) K=\(size)") {
        (bench) throws(VulkanError) in
        Matmul.multiply(
          try bench.tensor(rows, size), try bench.weight(size, size, weight), into: try bench.tensor(rows, size),
          mode: .nt, in: bench.context)
      }
    }
      + [DType.q8_0, .q4_0].map { type in
        BenchmarkCase("quantize", "f32 to \(type.name)", "N=4096 K=4096") { (bench) throws(VulkanError) in
          Quantize.rows(try bench.tensor(4096, 4096), into: try bench.weight(4096, 4096, type), in: bench.context)
        }
      }
  }

  /// Attention against the paged cache: a chunk of a prompt, and single tokens of several sequences.
  static func paged(heads: Int = 32, kvHeads: Int = 4, headSize: Int = 64, length: Int = 2048) -> [BenchmarkCase] {
    [(rows: 128, decoding: false), (1, true), (8, true)].flatMap { rows, decoding in
      [DType.f32, .f16].map { pool in
        BenchmarkCase(
          "paged_attention", "\(decoding ? "decode" : "prefill") \(rows) rows, \(pool.name) cache",
          "S=\(length) H=\(heads) G=\(kvHeads) K=\(headSize)"
        ) { (bench) throws(VulkanError) in
          let shape = AttentionShape(heads: heads, kvHeads: kvHeads, headSize: headSize)
          let sequences = decoding ? rows : 1
          let blocks = length / PagedAttention.blockSize
          var table = try bench.indices(Array(0..<sequences * blocks))
          table = TensorSlice(table.buffer, .i32, rows: sequences, columns: blocks)
          let poolRows = sequences * length
          let cache = PagedAttention.Cache(
            keyPool: try bench.tensor(poolRows, kvHeads * headSize, pool),
            valuePool: try bench.tensor(poolRows, kvHeads * headSize, pool), blockTable: table)
          let sequence = decoding ? Array(0..<rows) : Array(repeating: 0, count: rows)
          let position = decoding ? Array(repeating: length - 1, count: rows) : Array(length - rows..<length)
          let order = PagedAttention.Rows(
            sequence: try bench.indices(sequence), position: try bench.indices(position))
          let (q, o) = (try bench.tensor(rows, heads * headSize), try bench.tensor(rows, heads * headSize))
          guard decoding else {
            return PagedAttention.prefill(q: q, cache: cache, rows: order, o: o, shape: shape, in: bench.context)
          }
          let workspace = try bench.zeros(PagedAttention.workspaceBytes(rows: rows, cache: cache, shape: shape))
          return PagedAttention.decode(
            q: q, cache: cache, rows: order, o: o, workspace: workspace, shape: shape, in: bench.context)
        }
      }
    }
  }
}

extension Bench {
  /// A weight of any type; quantised ones hold planes of zeros, whose unpacking costs the same.
  func weight(_ rows: Int, _ columns: Int, _ type: DType) throws(VulkanError) -> TensorSlice {
    guard let layout = QuantizedLayout(type, rows: rows, columns: columns) else {
      return try tensor(rows, columns, type)
    }
    return TensorSlice(try zeros(layout.byteCount), type, rows: rows, columns: columns)
  }
}
