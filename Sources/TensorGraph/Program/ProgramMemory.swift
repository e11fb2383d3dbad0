import Kernels
import VulkanRuntime

/// The memory of a planned graph, allocated: where each value lies.
struct ProgramMemory {
  let graph: Graph
  let plan: MemoryPlan
  /// The arena, cut where an allocation may be no larger.
  private let arena: [Buffer]
  private let externals: [Value: TensorSlice]

  /// - Parameter externals: of all external values in the plan.
  init(_ graph: Graph, _ plan: MemoryPlan, externals: [Value: TensorSlice], on device: Device) throws(GraphError) {
    self.graph = graph
    self.plan = plan
    self.externals = externals
    var arena: [Buffer] = []
    for start in stride(from: 0, to: plan.arenaBytes, by: plan.blockBytes) {
      arena.append(
        try refusing { () throws(VulkanError) in
          try Buffer(
            device, byteCount: min(plan.blockBytes, plan.arenaBytes - start), purpose: "a program's intermediate values"
          )
        })
    }
    self.arena = arena
  }

  private func bytes(_ offset: Int, _ count: Int) -> BufferSlice {
    arena[offset / plan.blockBytes].all.slice(offset: offset % plan.blockBytes, byteCount: count)
  }

  func slice(of value: Value) -> TensorSlice {
    let type = graph.type(of: value)
    switch plan.placements[graph.resolve(value)] {
    case .arena(let offset)?:
      return TensorSlice(bytes(offset, type.byteCount), type.dtype, rows: type.rows, columns: type.columns)
    case .external(let external)?:
      guard let slice = externals[external] else {
        preconditionFailure("\(graph.name(of: value)) is not part of the program")
      }
      return slice
    case nil: preconditionFailure("\(graph.name(of: value)) is not part of the program")
    }
  }

  /// The commands of a node.
  func commands(of index: Int, in context: KernelContext) -> [Command] {
    let node = graph.nodes[index]!  // planned nodes are there
    let workspace = plan.workspaces[index].map { bytes($0, plan.workspaceBytes[index]!) }
    let operands = Operands(
      inputs: node.inputs.map(slice(of:)),
      outputs: node.outputs.indices.map { slice(of: Value(node: index, output: $0)) }, workspace: workspace)
    return node.op!.lower(operands, in: context)
  }
}

extension Recorder {
  /// Appends the commands of a node under its name.
  mutating func record(_ commands: [Command], with library: PipelineLibrary, label: String) throws(VulkanError) {
    for command in commands {
      switch command {
      case .dispatch(let dispatch): try record([dispatch], with: library, label: label)
      case .fill(let slice, let word): try fill(slice, with: word, label: label)
      }
    }
  }
}
