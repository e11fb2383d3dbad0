/// A rewrite of a pattern of nodes into one node that does the same with less memory traffic.
///
/// Each can be left out; the graph without it computes the same values and is what the tests hold it to.
public enum Fusion: String, Sendable, Hashable, CaseIterable {
  /// A product whose one use is to be added to a sum becomes a product that accumulates into the sum.
  case accumulatingMatmul
  /// A weight gradient of RMSNorm, of an embedding or of the cross-entropy that is only added to a state is accumulated
  /// into the state by the kernel that makes it.
  case accumulatingGradient
  /// The cross entropy and its gradients share one projection.
  case crossEntropyWithGradients
}

extension Graph {
  /// Applies fusions until none finds its pattern.
  /// - Parameters:
  ///   - fusions: those allowed.
  ///   - outputs: values that must stay.
  public mutating func fuse(_ fusions: Set<Fusion> = Set(Fusion.allCases), keeping outputs: [Value]) {
    removeUnused(keeping: outputs)
    if fusions.contains(.crossEntropyWithGradients) { fuseCrossEntropy(keeping: outputs) }
    if fusions.contains(.accumulatingGradient) { fuseGradientAccumulation(keeping: outputs) }
    if fusions.contains(.accumulatingMatmul) { fuseMatmulAccumulation(keeping: outputs) }
  }

  /// Removes the nodes on which neither an output nor a state depends.
  public mutating func removeUnused(keeping outputs: [Value]) {
    var live: Set<Int> = []
    var pending = outputs.map { resolve($0).node } + statesAfterUpdates.map(\.node)
    while let index = pending.popLast() {
      guard let node = nodes[index], live.insert(index).inserted else { continue }
      pending += node.inputs.map(\.node)
    }
    for index in nodes.indices where nodes[index]?.op != nil && !live.contains(index) { nodes[index] = nil }
  }
}
