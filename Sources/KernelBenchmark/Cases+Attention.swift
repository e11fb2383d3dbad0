import Kernels
import VulkanRuntime

extension BenchmarkCase {
  /// Causal attention over one document, forward and backward.
  static func attention() -> [BenchmarkCase] {
    let shapes = [
      (rows: 512, heads: 8, kvHeads: 8, headSize: 64, types: [DType.f32, .f16, .bf16]), (512, 32, 4, 64, [.f32]),
      (512, 8, 8, 128, [.f32]),
    ]
    return shapes.flatMap { rows, heads, kvHeads, headSize, types in
      types.flatMap { type in
        [false, true].map { backward in
          BenchmarkCase(
            "attention", "\(backward ? "backward" : "forward") \(type.name)",
            "T=\(rows) H=\(heads) G=\(kvHeads) K=\(headSize)"
          ) {
            (bench) throws(VulkanError) in
            let shape = AttentionShape(heads: heads, kvHeads: kvHeads, headSize: headSize)
            let x = Attention.Operands(
              q: try bench.tensor(rows, heads * headSize, type), k: try bench.tensor(rows, kvHeads * headSize, type),
              v: try bench.tensor(rows, kvHeads * headSize, type),
              documentStart: try bench.indices(Array(repeating: 0, count: rows)))
            let (o, lse) = (try bench.tensor(rows, heads * headSize, type), try bench.tensor(rows, heads))
            guard backward else {
              return Attention.forward(x, o: o, lse: lse, shape: shape, in: bench.context)
            }
            return Attention.backward(
              x, o: o, lse: lse, dO: try bench.tensor(rows, heads * headSize, type),
              dq: try bench.tensor(rows, heads * headSize, type),
              dk: try bench.tensor(rows, kvHeads * headSize, type),
              dv: try bench.tensor(rows, kvHeads * headSize, type),
              workspace: try bench.zeros(Attention.workspaceBytes(rows: rows, heads: heads)), shape: shape,
              in: bench.context)
          }
        }
      }
    }
  }
}
