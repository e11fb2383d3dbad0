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

  /// The loss over a vocabulary: the rows' part alone, and the whole with its projections.
  static func loss(rows: Int = 128, hidden: Int = 512, vocabulary: Int = 32000) -> [BenchmarkCase] {
    let forward = BenchmarkCase("cross_entropy", "rows f32", "T=\(rows) V=\(vocabulary)") {
      (bench) throws(VulkanError) in
      let targets = try bench.indices(Array(0..<rows))
      return [
        CrossEntropy.forward(
          logits: try bench.tensor(rows, vocabulary), targets: targets, lse: try bench.tensor(1, rows),
          nll: try bench.tensor(1, rows),
          in: bench.context)
      ]
    }
    let gradient = BenchmarkCase("cross_entropy", "gradient of the rows f32", "T=\(rows) V=\(vocabulary)") {
      (bench) throws(VulkanError) in
      let logits = try bench.tensor(rows, vocabulary)
      return [
        CrossEntropy.backward(
          logits: logits, targets: try bench.indices(Array(0..<rows)), lse: try bench.tensor(1, rows),
          scale: .init(control: try control(bench)), dlogits: logits, in: bench.context)
      ]
    }
    let whole = BenchmarkCase("cross_entropy", "loss and gradients f32", "T=\(rows) D=\(hidden) V=\(vocabulary)") {
      (bench) throws(VulkanError) in
      let bytes = CrossEntropy.workspaceBytes(
        rows: rows, hidden: hidden, vocabulary: vocabulary, type: .f32, weight: .f32, backward: true, in: bench.context)
      let block = try control(bench)
      return CrossEntropy.forwardBackward(
        CrossEntropy.Projection(
          h: try bench.tensor(rows, hidden), weight: try bench.tensor(vocabulary, hidden),
          targets: try bench.indices(Array(0..<rows))),
        losses: .init(
          lse: try bench.tensor(1, rows), nll: try bench.tensor(1, rows), sum: ControlBlock.cell(.loss, in: block)),
        gradients: .init(
          scale: .init(control: block), dh: try bench.tensor(rows, hidden),
          dWeight: try bench.tensor(vocabulary, hidden), accumulating: true),
        workspace: try bench.zeros(bytes), in: bench.context)
    }
    return [forward, gradient, whole]
  }
}
