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

  // MARK: What rewrites are made of

  /// The nodes that read each value.
  func uses() -> [Value: [Int]] {
    var uses: [Value: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for input in node?.inputs ?? [] { uses[input, default: []].append(index) }
    }
    return uses
  }

  /// Gives node `index` another operation; its outputs follow from the shape rule.
  mutating func rewrite(_ index: Int, _ op: any Op, _ inputs: [Value]) {
    do throws(GraphError) {
      nodes[index]!.outputs = try outputTypes(of: op, inputs, name: nodes[index]!.name)
    } catch {
      preconditionFailure("a fusion broke the shape rule: \(error)")
    }
    nodes[index]!.kind = .operation(op)
    nodes[index]!.inputs = inputs
  }

  /// Lets everything that uses a value use another.
  mutating func replace(_ old: Value, with new: Value) {
    precondition(resolve(new) != old, "a value replaced by itself")
    replacements[old] = new
    for index in nodes.indices where nodes[index]?.inputs.contains(old) ?? false {
      nodes[index]!.inputs = nodes[index]!.inputs.map { $0 == old ? new : $0 }
    }
  }

  /// Whether node `index` may update `value` in place: nobody reads it later, and it is no output, no parameter and
  /// no input.
  /// - Parameter replaced: a reader that goes away.
  func mayUpdate(
    _ value: Value, at index: Int, insteadOf replaced: Int, uses: [Value: [Int]], outputs: Set<Value>
  ) -> Bool {
    guard !outputs.contains(value), isState(value) || nodes[value.node]?.op != nil else { return false }
    guard value.node < index || nodes[value.node]?.external != nil else { return false }
    return (uses[value] ?? []).allSatisfy { $0 == replaced || $0 < index }
  }

  func isState(_ value: Value) -> Bool { nodes[value.node]?.external == .state }
}
