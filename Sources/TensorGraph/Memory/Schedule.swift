/// The nodes of a graph that have to run, in the order in which they do.
///
/// Nodes keep the order in which they were added, with one exception: a node that only updates something in place (a
/// gradient's accumulation, say) runs as early as it can, because until then what it adds must be kept.
struct Schedule {
  /// Indices of nodes.
  let order: [Int]
  /// Position of each node in `order`.
  let position: [Int: Int]

  /// - Throws: `overwritten` where a value is used after an update of it.
  init(_ graph: Graph, outputs: [Value]) throws(GraphError) {
    let live = Self.live(graph, outputs: outputs)
    let order = Self.hoisted(graph, graph.nodes.indices.filter { live.contains($0) })
    self.order = order
    position = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.element, $0.offset) })
    try check(graph, outputs: outputs)
  }

  /// Nodes that an output or a state depends on.
  private static func live(_ graph: Graph, outputs: [Value]) -> Set<Int> {
    let states = graph.statesAfterUpdates
    var live: Set<Int> = []
    var pending = outputs.map { graph.resolve($0).node } + states.map(\.node)
    while let index = pending.popLast() {
      guard let node = graph.nodes[index], node.op != nil, live.insert(index).inserted else { continue }
      pending += node.inputs.map(\.node)
    }
    return live
  }

  /// `order` with the nodes that only update moved to the earliest place that their inputs and the readers of what they
  /// update allow.
  private static func hoisted(_ graph: Graph, _ order: [Int]) -> [Int] {
    var readers: [Value: [Int]] = [:]
    for index in order {
      for input in graph.nodes[index]!.inputs { readers[input, default: []].append(index) }
    }
    // For each node, those that run right after it because they only waited for it.
    var followers: [Int: [Int]] = [:]
    var moved: Set<Int> = []
    var effective: [Int: Int] = [:]  // where a moved node runs: after this node of the original order
    for index in order {
      let node = graph.nodes[index]!
      effective[index] = index
      guard let op = node.op, !op.updates.isEmpty, op.updates.count == node.outputs.count else { continue }
      let updated = op.updates.map { node.inputs[$0.input] }
      let before =
        node.inputs.filter { graph.nodes[$0.node]?.op != nil }.map(\.node)
        + updated.flatMap { readers[$0] ?? [] }.filter { $0 < index }
      guard let last = before.compactMap({ effective[$0] }).max(), last < index else { continue }
      effective[index] = last
      followers[last, default: []].append(index)
      moved.insert(index)
    }
    return order.filter { !moved.contains($0) }.flatMap { [$0] + (followers[$0] ?? []) }
  }

  private func check(_ graph: Graph, outputs: [Value]) throws(GraphError) {
    var writers: [Value: Int] = [:]
    for index in order {
      let node = graph.nodes[index]!
      for input in node.inputs {
        guard let writer = writers[input] else { continue }
        throw .overwritten(
          value: graph.name(of: input), reader: node.name, writer: graph.nodes[writer]!.name)
      }
      for update in node.op?.updates ?? [] { writers[node.inputs[update.input]] = index }
    }
    for output in outputs.map(graph.resolve) {
      guard let writer = writers[output] else { continue }
      throw .overwritten(
        value: graph.name(of: output), reader: "the program's output", writer: graph.nodes[writer]!.name)
    }
  }
}

extension Graph {
  /// The last version of every state that a node updates.
  var statesAfterUpdates: [Value] {
    var versions = Set(externalValues.filter { nodes[$0.node]?.external == .state })
    for (index, node) in nodes.enumerated() {
      for update in node?.op?.updates ?? [] where versions.remove(node!.inputs[update.input]) != nil {
        versions.insert(Value(node: index, output: update.output))
      }
    }
    return versions.filter { nodes[$0.node]?.op != nil }.sorted { ($0.node, $0.output) < ($1.node, $1.output) }
  }
}
