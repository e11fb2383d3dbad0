import Kernels
import VulkanRuntime

extension Program {
  /// A node's result that is not finite.
  public struct NonFinite: Sendable, Hashable {
    public var node: String
    public var operation: String
    public var output: Int
    /// Row and column of the first such element.
    public var row: Int
    public var column: Int
  }

  /// Replays node by node, each value in memory of its own, and looks at every result: for finding where a loss became
  /// NaN. States are afterwards as they were before.
  /// - Returns: the first node with an element that is infinite or NaN; nil if there is none.
  public func firstNonFinite() throws(GraphError) -> NonFinite? {
    try wait()
    let separate = try MemoryPlan(graph, outputs: outputs, in: library.device.kernelContext, reusing: false)
    let memory = try ProgramMemory(graph, separate, externals: externals, on: library.device)
    let states = externals.filter { graph.nodes[$0.key.node]?.external == .state }.map(\.value)
    var saved: [[UInt8]] = []
    for state in states { saved.append(try library.device.bytes(state.buffer)) }
    let found = try check(separate, memory)
    for (state, bytes) in zip(states, saved) {
      try refusing { () throws(VulkanError) in try library.device.write(bytes, to: state.buffer) }
    }
    return found
  }

  private func check(_ plan: MemoryPlan, _ memory: ProgramMemory) throws(GraphError) -> NonFinite? {
    let library = library
    for index in plan.order {
      let node = graph.nodes[index]!  // planned nodes are there
      let commands = memory.commands(of: index, in: library.device.kernelContext)
      try refusing { () throws(VulkanError) in
        var recorder = try Recorder(library.device)
        try recorder.record(commands, with: library, label: node.name)
        try recorder.finish().run()
      }
      for (output, type) in node.outputs.enumerated() where type.dtype.isFloat && type != .controlBlock {
        let slice = memory.slice(of: Value(node: index, output: output))
        let values = slice.floats(in: try library.device.bytes(slice.buffer))
        guard let at = values.firstIndex(where: { !$0.isFinite }) else { continue }
        return NonFinite(
          node: node.name, operation: node.op?.label ?? "", output: output, row: at / slice.columns,
          column: at % slice.columns)
      }
    }
    return nil
  }
}
