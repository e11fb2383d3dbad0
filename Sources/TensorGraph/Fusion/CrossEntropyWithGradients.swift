extension Graph {
  /// A cross entropy and its backward pass become one node: the projection, the larger part of both, is made once.
  ///
  /// Right where the scale of the gradients is known when the loss is computed: where no node makes it.
  mutating func fuseCrossEntropy(keeping outputs: [Value]) {
    var readers = Readers(self)
    for index in nodes.indices {
      guard let node = nodes[index], let backward = node.op as? CrossEntropyBackwardOp, !backward.accumulates else {
        continue
      }
      let (at, scale) = (node.inputs[3].node, node.inputs[4])
      guard let forward = nodes[at], forward.op is CrossEntropyOp, forward.inputs == Array(node.inputs[0..<3]),
        scale.node < at || nodes[scale.node]?.external != nil
      else { continue }
      let both = CrossEntropyBothOp(input: backward.input, weight: backward.weight)
      rewrite(at, both, forward.inputs + [scale], &readers)
      for output in node.outputs.indices {
        replace(Value(node: index, output: output), with: Value(node: at, output: 3 + output), &readers)
      }
      remove(index, &readers)
    }
  }
}
