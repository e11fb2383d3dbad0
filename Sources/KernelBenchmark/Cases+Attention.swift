import Kernels
import VulkanRuntime

extension BenchmarkCase {
  /// Causal attention over one document, forward and backward.
  static func attention() -> [BenchmarkCase] {
    let shapes = [
      (T: 512, H: 8, G: 8, K: 64, types: [DType.f32, .f16, .bf16]), (512, 32, 4, 64, [.f32]), (512, 8, 8, 128, [.f32]),
    ]
    return shapes.flatMap { T, H, G, K, types in
      types.flatMap { type in
        [false, true].map { backward in
          BenchmarkCase("attention", "\(backward ? "backward" : "forward") \(type.name)", "T=\(T) H=\(H) G=\(G) K=\(K)")
          {
            (bench) throws(VulkanError) in
            let shape = AttentionShape(heads: H, kvHeads: G, headSize: K)
            let x = Attention.Operands(
              q: try bench.tensor(T, H * K, type), k: try bench.tensor(T, G * K, type),
              v: try bench.tensor(T, G * K, type), documentStart: try bench.indices(Array(repeating: 0, count: T)))
            let (o, lse) = (try bench.tensor(T, H * K, type), try bench.tensor(T, H))
            guard backward else {
              return Attention.forward(x, o: o, lse: lse, shape: shape, in: bench.context)
            }
            return Attention.backward(
              x, o: o, lse: lse, dO: try bench.tensor(T, H * K, type), dq: try bench.tensor(T, H * K, type),
              dk: try bench.tensor(T, G * K, type), dv: try bench.tensor(T, G * K, type),
              workspace: try bench.zeros(Attention.workspaceBytes(rows: T, heads: H)), shape: shape, in: bench.context)
          }
        }
      }
    }
  }
}
