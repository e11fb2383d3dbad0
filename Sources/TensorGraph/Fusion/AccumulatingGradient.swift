import Kernels

extension Graph {
  /// `accumulate(state, weight gradient)` becomes the accumulating form of the kernel that makes the gradient.
  mutating func fuseGradientAccumulation(keeping outputs: [Value]) {
    let kept = Set(outputs.map(resolve))
    var readers = Readers(self)
    for index in nodes.indices {
      guard let node = nodes[index], node.op is AccumulateOp else { continue }
      let (state, gradient) = (node.inputs[0], node.inputs[1])
      let at = gradient.node
      guard let producer = nodes[at], let op = producer.op, !kept.contains(gradient), readers[gradient] == [index],
        type(of: state).dtype == .f32,
        mayUpdate(state, at: at, insteadOf: index, readers, outputs: kept)
      else { continue }
      if let scatter = op as? EmbeddingScatterOp {
        // What it adds to is zero: it may as well add to the state.
        guard let fill = nodes[producer.inputs[0].node]?.op as? FillOp, !fill.isOne else { continue }
        let zeros = producer.inputs[0].node
        rewrite(at, scatter, [state] + producer.inputs.dropFirst(), &readers)
        if readers[producer.inputs[0]].isEmpty { remove(zeros, &readers) }
      } else if let fused = Self.accumulating(op, output: gradient.output) {
        rewrite(at, fused, producer.inputs + [state], &readers)
      } else {
        continue
      }
      replace(Value(node: index, output: 0), with: gradient, &readers)
      remove(index, &readers)
    }
  }

  /// The form of `op` that adds the weight gradient, its output `output`, to its last input.
  private static func accumulating(_ op: any Op, output: Int) -> (any Op)? {
    switch op {
    case var op as RMSNormBackwardOp where op.weight && !op.accumulates && output == (op.input ? 1 : 0):
      op.accumulates = true
      return op
    case var op as CrossEntropyBackwardOp where op.weight && !op.accumulates && output == (op.input ? 1 : 0):
      op.accumulates = true
      return op
    case var op as CrossEntropyBothOp where op.weight && !op.accumulates && output == (op.input ? 4 : 3):
      op.accumulates = true
      return op
    default: return nil
    }
  }
}
