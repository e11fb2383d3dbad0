import Kernels
import VulkanRuntime

extension BenchmarkCase {
  /// Matrix products: the square that every device is measured by, sizes that divide by nothing, the projections of a
  /// model's forward (nt) and backward (nn, tn) pass.
  static func products() -> [BenchmarkCase] {
    let shapes = [
      (512, 512, 512), (1024, 1024, 1024), (500, 511, 513), (512, 32000, 512), (512, 512, 32000), (32000, 512, 512),
    ]
    let f32 = Matmul.Mode.allCases.flatMap { mode in
      shapes.map { m, n, k in product(mode, .f32, .init(m: m, n: n, k: k)) }
    }
    let half = [DType.f16, .bf16].flatMap { type in
      Matmul.Mode.allCases.map { mode in product(mode, type, .init(m: 512, n: 512, k: 512)) }
    }
    // The gradient of a LoRA matrix of rank 16: few results, many terms.
    let split = [product(.tn, .f32, .init(m: 16, n: 2048, k: 4096))]
    return f32 + half + split
  }

  static func product(_ mode: Matmul.Mode, _ type: DType, _ shape: Matmul.Shape) -> BenchmarkCase {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    return BenchmarkCase("matmul", "\(mode.rawValue) \(type.name)", "M=\(m) N=\(n) K=\(k)") {
      (bench) throws(VulkanError) in
      let a = mode == .tn ? try bench.tensor(k, m, type) : try bench.tensor(m, k, type)
      let b = mode == .nt ? try bench.tensor(n, k, type) : try bench.tensor(k, n, type)
      let bytes = Matmul.workspaceBytes(shape, mode: mode, a: type, b: type, c: type, in: bench.context)
      return Matmul.multiply(
        a, b, into: try bench.tensor(m, n, type), mode: mode, workspace: try bench.zeros(bytes), in: bench.context)
    }
  }
}
