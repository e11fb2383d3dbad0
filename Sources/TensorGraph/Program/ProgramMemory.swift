import Kernels
public import VulkanRuntime

/// Memory for intermediate values, cut where an allocation may be no larger. Programs that never run at once may share
/// one that is large enough for each.
public struct Arena: Sendable {
  let blocks: [Buffer]
  let blockBytes: Int
  public let byteCount: Int

  /// - Parameter byteCount: the most that any of the programs' plans asks for.
  public init(_ device: Device, byteCount: Int) throws(GraphError) {
    self.byteCount = byteCount
    blockBytes = MemoryPlan.blockBytes(device.properties)
    var blocks: [Buffer] = []
    for start in stride(from: 0, to: byteCount, by: blockBytes) {
      let size = min(blockBytes, byteCount - start)
      blocks.append(
        try refusing { () throws(VulkanError) in
          try Buffer(device, byteCount: size, purpose: "a program's intermediate values")
        })
    }
    self.blocks = blocks
  }

  func bytes(_ offset: Int, _ count: Int) -> BufferSlice {
    blocks[offset / blockBytes].all.slice(offset: offset % blockBytes, byteCount: count)
  }
}

/// The memory of a planned graph, allocated: where each value lies.
struct ProgramMemory {
  let graph: Graph
  let plan: MemoryPlan
  private let arena: Arena
  private let externals: [Value: TensorSlice]

  /// - Parameters:
  ///   - arena: nil for one of its own.
  ///   - externals: of all external values in the plan.
  init(
    _ graph: Graph, _ plan: MemoryPlan, arena: Arena? = nil, externals: [Value: TensorSlice], on device: Device
  ) throws(GraphError) {
    if let arena {
      precondition(
        arena.byteCount >= plan.arenaBytes, "an arena of \(arena.byteCount) bytes for a plan of \(plan.arenaBytes)")
    }
    self.graph = graph
    self.plan = plan
    self.externals = externals
    self.arena = if let arena { arena } else { try Arena(device, byteCount: plan.arenaBytes) }
  }

  func slice(of value: Value) -> TensorSlice {
    let type = graph.type(of: value)
    switch plan.placements[graph.resolve(value)] {
    case .arena(let offset)?:
      return TensorSlice(arena.bytes(offset, type.byteCount), type.dtype, rows: type.rows, columns: type.columns)
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
    let workspace = plan.workspaces[index].map { arena.bytes($0, plan.workspaceBytes[index]!) }
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
