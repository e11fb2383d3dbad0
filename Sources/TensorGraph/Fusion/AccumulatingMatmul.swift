import Kernels

extension Graph {
  /// `accumulate(sum, a · b)` and `add(sum, a · b)` become a product that accumulates into the sum, at the place of the
  /// product, so that its operands need not be kept any longer than without.
  ///
  /// Right where the product has no other use and where the sum may be updated in place there: for a gradient's state
  /// always; for a residual stream only if nothing, the backward pass included, reads the sum before it later.
  mutating func fuseMatmulAccumulation(keeping outputs: [Value]) {
    let kept = Set(outputs.map(resolve))
    var readers = Readers(self)
    for index in nodes.indices {
      guard let node = nodes[index], let op = node.op else { continue }
      switch op {
      case is AccumulateOp: fuse(product: node.inputs[1], sum: node.inputs[0], in: index, kept, &readers)
      case is AddOp:
        // The later operand first: it can take up the earlier one where it is made.
        let later = node.inputs[0].node > node.inputs[1].node ? 0 : 1
        fuse(product: node.inputs[later], sum: node.inputs[1 - later], in: index, kept, &readers)
      default: break
      }
    }
  }

  private mutating func fuse(product: Value, sum: Value, in index: Int, _ kept: Set<Value>, _ readers: inout Readers) {
    let at = product.node
    guard let node = nodes[at], var op = node.op as? MatmulOp, !op.accumulates, !kept.contains(product) else { return }
    guard readers[product] == [index], !node.inputs.contains(sum) else { return }
    guard mayUpdate(sum, at: at, insteadOf: index, readers, outputs: kept) else { return }
    guard type(of: sum).dtype == type(of: product).dtype || type(of: sum).dtype == .f32 else { return }
    op.accumulates = true
    op.result = nil
    rewrite(at, op, node.inputs + [sum], &readers)
    replace(Value(node: index, output: 0), with: Value(node: at, output: 0), &readers)
    remove(index, &readers)
  }
}
