import Kernels

/// Which values share a storage, and from when to when each storage is in use.
struct Lifetimes {
  /// A range of memory with everything that lies in it over time.
  struct Storage {
    /// The external value in whose memory it lies; nil for the arena.
    var external: Value?
    var bytes: Int
    /// First and last position in the schedule.
    var first: Int
    var last: Int
    /// Names what was put there first.
    var name: String
  }

  private(set) var storages: [Storage] = []
  private(set) var storage: [Value: Int] = [:]
  /// Storage of the scratch memory, by node.
  private(set) var workspaces: [Int: Int] = [:]

  /// - Parameter reusing: let outputs take the place of inputs that are not needed any more.
  init(
    _ graph: Graph, _ schedule: Schedule, outputs: [Value], in context: KernelContext, reusing: Bool
  ) throws(GraphError) {
    let end = schedule.order.count
    var lastRead: [Value: Int] = [:]
    for (position, index) in schedule.order.enumerated() {
      for input in graph.nodes[index]!.inputs { lastRead[input] = position }
    }
    for output in outputs { lastRead[graph.resolve(output)] = end }
    for value in graph.externalValues {
      place(
        value,
        Storage(
          external: value, bytes: graph.type(of: value).byteCount, first: 0, last: end, name: graph.name(of: value)))
    }
    for (position, index) in schedule.order.enumerated() {
      let node = graph.nodes[index]!
      try place(
        graph, node, index: index, position: position, lastRead: lastRead, reusing: reusing)
      let types = node.inputs.map { graph.type(of: $0) }
      let scratch = node.op!.workspaceBytes(types, node.outputs, in: context)
      guard scratch > 0 else { continue }
      workspaces[index] = storages.count
      storages.append(
        Storage(bytes: scratch, first: position, last: position, name: "\(node.name) (workspace)"))
    }
  }

  private mutating func place(_ value: Value, _ new: Storage) {
    storage[value] = storages.count
    storages.append(new)
  }

  private mutating func place(
    _ graph: Graph, _ node: Graph.Node, index: Int, position: Int, lastRead: [Value: Int], reusing: Bool
  ) throws(GraphError) {
    let op = node.op!
    var taken: Set<Int> = []
    for (output, type) in node.outputs.enumerated() {
      let value = Value(node: index, output: output)
      let last = max(lastRead[value] ?? position, position)
      if let update = op.updates.first(where: { $0.output == output }) {
        let shared = storage[node.inputs[update.input]]!
        if let external = storages[shared].external, graph.nodes[external.node]?.external != .state {
          throw .overwritten(
            value: graph.name(of: external), reader: "the host", writer: node.name)
        }
        join(value, shared, until: last)
        taken.insert(shared)
        continue
      }
      let reuses = reusing ? op.reuses.filter { $0.output == output } : []
      let candidates = reuses.map { storage[node.inputs[$0.input]]! }
      let free = candidates.first { candidate in
        storages[candidate].external == nil && storages[candidate].last == position
          && storages[candidate].bytes == type.byteCount && !taken.contains(candidate)
      }
      if let free {
        join(value, free, until: last)
        taken.insert(free)
      } else {
        place(
          value, Storage(bytes: type.byteCount, first: position, last: last, name: graph.name(of: value)))
      }
    }
  }

  private mutating func join(_ value: Value, _ shared: Int, until last: Int) {
    storage[value] = shared
    storages[shared].last = max(storages[shared].last, last)
  }
}
