import Kernels
import LanguageModel
import Reference
import TensorGraph
import TestSupport
import Testing

/// Rewrites: each with its unfused form as the oracle.
@Suite struct FusionTests {
  /// A graph with its gradients added to states, as a training step has them.
  struct Step {
    var graph: Graph
    var outputs: [Value]
    var states: [Value]
    var contents: [Value: Matrix]
  }

  static func step(_ seed: Int, checkpoints: Bool = false) throws -> Step {
    var random = RandomGraph(seed: UInt64(seed))
    random.checkpoints = checkpoints
    try random.build()
    var g = random.graph
    let gradients = try g.gradients(of: random.loss, scale: random.scale, withRespectTo: random.variables)
    var contents = random.contents
    var states: [Value] = []
    for (index, gradient) in gradients.enumerated() {
      let type = g.type(of: gradient)
      let state = try g.state("sum\(index)", type.shape, .f32)
      contents[state] = Matrix.random(type.rows, type.columns, seed: UInt64(seed + index))
      try g.accumulate(gradient, into: state)
      states.append(state)
    }
    return Step(graph: g, outputs: [random.loss], states: states, contents: contents)
  }

  @Test(arguments: Fusion.allCases, 0..<60) func fusedIsUnfusedInTheInterpreter(fusion: Fusion, seed: Int) throws {
    let step = try Self.step(seed, checkpoints: seed % 2 == 1)
    var fused = step.graph
    fused.fuse([fusion], keeping: step.outputs)
    var (a, b) = (GraphInterpreter(step.graph, step.contents), GraphInterpreter(fused, step.contents))
    a.run()
    b.run()
    for value in step.outputs + step.states {
      #expect(relativeError(b[value], a[value]) <= 1e-12, "\(step.graph.name(of: value))")
    }
    // Every sum is still made when the graph is scheduled.
    let plan = try MemoryPlan(fused, outputs: step.outputs, in: .plain())
    #expect(plan.externals.count { fused.nodes[$0.node]?.external == .state } == step.states.count)
  }

  @Test func everyFusionFindsItsPatternInATrainingStep() throws {
    let fixture = try LLaMAFixture.load()
    let training = try fixture.model.training(rows: 21)
    var g = training.graph
    let scale = try g.input("scale", [1], .f32)
    try g.accumulateGradients(of: training.loss.sum, scale: scale, withRespectTo: g.trainableParameters)
    func labels(_ fusions: Set<Fusion>) -> [String: Int] {
      var fused = g
      fused.fuse(fusions, keeping: [training.loss.sum])
      var counts: [String: Int] = [:]
      for node in fused.nodes.compactMap({ $0 }) {
        guard let op = node.op else { continue }
        counts[op.updates.isEmpty ? op.label : "\(op.label), accumulating", default: 0] += 1
      }
      return counts
    }
    let plain = labels([])
    #expect(plain["accumulate, accumulating"] == 21)
    #expect(plain["matmul tn, accumulating"] == nil)
    let all = labels(Set(Fusion.allCases))
    #expect(all["accumulate, accumulating"] == nil)
    #expect(all["matmul tn, accumulating"] == 14)
    #expect(all["rmsNorm backward, accumulating"] == 5)
    #expect(all["embedding backward, accumulating"] == 1)
    #expect(all["zeros"] == nil)
    #expect(all["crossEntropy with gradients, accumulating"] == 1)
    #expect(all["crossEntropy"] == nil)
    // The gradients of q, k and v, and of gate and up, meet in one place each.
    #expect(all["matmul nn, accumulating"] == 6)
    // The backward pass reads the residual stream, so it is not overwritten in the forward pass.
    #expect(all["matmul nt, accumulating"] == nil)
  }

  @Test func residualStreamIsUpdatedInPlaceWhereNobodyReadsItLater() throws {
    let fixture = try LLaMAFixture.load()
    let training = try fixture.model.training(rows: 21)
    var g = training.graph
    g.fuse(keeping: [training.loss.sum])
    #expect(g.nodes.compactMap { $0?.op as? MatmulOp }.count { $0.accumulates } == 4)
    var (a, b) = (
      GraphInterpreter(training.graph, fixture.contents(training)), GraphInterpreter(g, fixture.contents(training))
    )
    a.run()
    b.run()
    #expect(relativeError(b[training.loss.sum], a[training.loss.sum]) <= 1e-13)
  }

  @Test func aSumThatIsReadLaterIsLeftAlone() throws {
    var g = Graph()
    let x = try g.input("x", [16, 16], .f32)
    let a = try g.copy(x)
    let sum = try g.add(a, g.matmul(x, x))
    let later = try g.siluGate(a, sum)
    let before = g.nodes.count
    g.fuse(keeping: [later])
    #expect(g.nodes.compactMap { $0 }.count == before)
    // Nor is an input, which belongs to the host, or an output of the program.
    for kept in [x, a] {
      var g = Graph()
      let x = try g.input("x", [16, 16], .f32)
      let a = try g.copy(x)
      let sum = try g.add(kept == x ? x : a, g.matmul(x, x))
      g.fuse(keeping: kept == x ? [sum] : [sum, a])
      #expect(!g.nodes.compactMap { $0?.op as? MatmulOp }.contains { $0.accumulates })
    }
  }
}
