import Kernels
import VulkanRuntime

extension BenchmarkCase {
  /// Words of a control block with a loss scale and a norm to clip to.
  private static func control(_ bench: Bench) throws(VulkanError) -> BufferSlice {
    let block = ControlBlock(maximumNorm: 1, lossScale: 1)
    let buffer = try Buffer(bench.device, byteCount: ControlBlock.byteCount, purpose: "a benchmark's control block")
    try bench.device.write(block.words, to: buffer.all)
    return buffer.all
  }

  /// What a training step does once: the gradient norm and AdamW over a slab of 4 Mi parameters.
  static func optimizer() -> [BenchmarkCase] {
    let count = 4 << 20
    let shape = "4 Mi parameters"
    return [
      BenchmarkCase("gradient_norm", "f32", shape) { (bench) throws(VulkanError) in
        let gradients = try bench.tensor(1, count)
        let workspace = try bench.zeros(GradientNorm.workspaceBytes(slabQuads: [gradients.quads]))
        return GradientNorm.measure(
          gradients: [gradients], control: try control(bench), workspace: workspace, in: bench.context)
      }
    ]
      + [nil, DType.f16, .bf16].map { copy in
        BenchmarkCase("adamw", copy.map { "f32 and a copy in \($0.name)" } ?? "f32", shape) {
          (bench) throws(VulkanError) in
          var slab = AdamW.Slab(
            parameters: try bench.tensor(1, count), gradients: try bench.tensor(1, count),
            firstMoments: try bench.tensor(1, count), secondMoments: try bench.tensor(1, count))
          if let copy { slab.copy = try bench.tensor(1, count, copy) }
          return AdamW.update(
            slab, weightDecay: 0.01, control: try control(bench), clearingGradients: true, in: bench.context)
        }
      }
  }
}
