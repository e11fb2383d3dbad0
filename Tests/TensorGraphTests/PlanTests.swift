import Kernels
import Reference
import TensorGraph
import Testing

/// The memory plan, which needs no device.
@Suite struct PlanTests {
  let context: KernelContext

  init() throws { context = try .plain() }

  /// Every value and scratch memory with the positions from its making to its last use, found without the planner.
  private struct Use {
    var name: String
    var range: Range<Int>
    var first: Int
    var last: Int
    /// The value that it is a version of, or that it took the place of.
    var origin: Value?
  }

  @Test(arguments: 0..<100) func noTwoLiveValuesOverlap(seed: Int) throws {
    var random = RandomGraph(seed: UInt64(seed))
    random.checkpoints = seed % 2 == 0
    try random.build()
    var g = random.graph
    let gradients = try g.gradients(of: random.loss, scale: random.scale, withRespectTo: random.variables)
    let outputs = [random.loss] + gradients
    if seed % 3 == 0 { g.fuse(keeping: outputs) }
    let plan = try MemoryPlan(g, outputs: outputs, in: context)
    try check(g, plan, outputs)
    #expect(plan.arenaBytes >= plan.peak.bytes)
    #expect(plan.peak.residents.reduce(0) { $0 + $1.bytes } == plan.peak.bytes)
    let apart = try MemoryPlan(g, outputs: outputs, in: context, reusing: false)
    #expect(apart.arenaBytes >= plan.arenaBytes)
  }

  /// What a node reads is what was written there last: replays the writes into a map of bytes.
  private func check(_ g: Graph, _ plan: MemoryPlan, _ outputs: [Value]) throws {
    var owner: [Int: Value] = [:]  // by 256-byte block of the arena
    func blocks(_ offset: Int, _ bytes: Int) -> Range<Int> { offset / 256..<(offset + bytes + 255) / 256 }
    func blocks(_ value: Value) -> Range<Int>? {
      guard case .arena(let offset)? = plan.placements[value] else { return nil }
      #expect(offset % 256 == 0)
      #expect(offset + g.type(of: value).byteCount <= plan.arenaBytes)
      return blocks(offset, g.type(of: value).byteCount)
    }
    for index in plan.order {
      let node = try #require(g.nodes[index])
      for input in node.inputs {
        for block in blocks(input) ?? 0..<0 {
          #expect(owner[block] == input, "\(node.name) reads \(g.name(of: input)) after it was overwritten")
        }
      }
      if let offset = plan.workspaces[index] {
        let scratch = blocks(offset, try #require(plan.workspaceBytes[index]))
        for input in node.inputs { #expect(!(blocks(input) ?? 0..<0).overlaps(scratch), "scratch of \(node.name)") }
        for block in scratch { owner[block] = Value(node: index, output: -1) }
      }
      let written = node.outputs.indices.map { Value(node: index, output: $0) }
      for output in written {
        for block in blocks(output) ?? 0..<0 {
          #expect(!written.contains { $0 != output && owner[block] == $0 }, "outputs of \(node.name)")
          #expect(owner[block] != Value(node: index, output: -1), "scratch of \(node.name)")
          owner[block] = output
        }
      }
    }
    for output in outputs.map(g.resolve) {
      for block in blocks(output) ?? 0..<0 { #expect(owner[block] == output, "output \(g.name(of: output))") }
    }
  }

  /// An output takes the place of an input only where the operation says so.
  @Test func productsNeverOverwriteTheirOperands() throws {
    var g = Graph()
    let x = try g.input("x", [64, 64], .f32)
    let a = try g.copy(x)
    let b = try g.copy(x)
    let product = try g.matmul(a, b)
    let plan = try MemoryPlan(g, outputs: [product], in: context)
    #expect(Set([a, b, product].map { plan.placements[$0] }).count == 3)
    let inPlace = try g.scale(g.copy(x), by: 2)
    let other = try MemoryPlan(g, outputs: [inPlace], in: context)
    #expect(other.arenaBytes == 64 * 64 * 4)
  }

  @Test(arguments: [false, true]) func arenaIsNearTheLowerBound(checkpointed: Bool) throws {
    let plan = try LargeLLaMA.plan(checkpointed: checkpointed)
    #expect(Double(plan.arenaBytes) <= 1.15 * Double(plan.peak.bytes), "\(plan.arenaBytes) of \(plan.peak.bytes)")
    #expect(plan.peak.residents.first!.bytes >= plan.peak.residents.last!.bytes)
    #expect(plan.peak.residents.allSatisfy { !$0.name.isEmpty })
  }

  /// A gradient is added to its sum as soon as it is there, so that gradients do not pile up.
  @Test func accumulationRunsAsEarlyAsItCan() throws {
    let (graph, loss) = try LargeLLaMA.graph(checkpointed: false, rows: 64, layers: 4)
    let plan = try MemoryPlan(graph, outputs: [loss], in: context)
    #expect(!plan.peak.residents.contains { $0.name.contains("weight gradient") && $0.name.contains("layers.3") })
    // Without fusion as well.
    var g = Graph()
    let x = try g.input("x", [64, 64], .f32)
    var sums: [Value] = []
    var gradients: [Value] = []
    for index in 0..<8 {
      sums.append(try g.state("sum\(index)", [64, 64], .f32))
      gradients.append(try g.copy(x, name: "gradient\(index)"))
    }
    for (sum, gradient) in zip(sums, gradients) { try g.accumulate(gradient, into: sum) }
    let early = try MemoryPlan(g, outputs: [], in: context)
    #expect(early.arenaBytes == 64 * 64 * 4)
  }

  @Test func whatNobodyNeedsIsNotComputed() throws {
    var g = Graph()
    let x = try g.input("x", [64, 64], .f32)
    let used = try g.copy(x, name: "used")
    _ = try g.matmul(x, x, name: "unused")
    let plan = try MemoryPlan(g, outputs: [used], in: context)
    #expect(plan.order.map { g.nodes[$0]?.name } == ["used"])
    #expect(plan.externalBytes == 64 * 64 * 4)
    #expect(plan.externalResidents == [MemoryPlan.Resident(name: "x", bytes: 64 * 64 * 4)])
  }

  @Test func rowsArePaddedInTheFigures() throws {
    #expect(TensorType([3, 5, 9], .f32).byteCount == 15 * 16 * 4)
    #expect(TensorType([3, 5, 9], .f16).byteCount == 15 * 16 * 2)
  }
}
