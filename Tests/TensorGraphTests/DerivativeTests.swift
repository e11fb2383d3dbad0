import Foundation
import Kernels
import Reference
import TensorGraph
import TestSupport
import Testing

/// `gradients` against finite differences, through the interpreter.
@Suite struct DerivativeTests {
  @Test(arguments: 0..<120) func randomGraphs(seed: Int) throws {
    var random = RandomGraph(seed: UInt64(seed))
    try random.build()
    try check(random)
  }

  /// Every differentiable operation occurs in the random graphs often enough to mean something.
  @Test func randomGraphsCoverEveryDifferentiableOperation() throws {
    var counts: [String: Int] = [:]
    for seed in 0..<120 {
      var random = RandomGraph(seed: UInt64(seed))
      try random.build()
      for node in random.graph.nodes.compactMap({ $0 }) {
        if let op = node.op { counts[String(describing: type(of: op)), default: 0] += 1 }
      }
    }
    for op in [
      "MatmulOp", "MatvecOp", "RMSNormOp", "RopeOp", "AttentionOp", "SiluGateOp", "EmbeddingOp", "AddOp", "ScaleOp",
      "CastOp", "CopyOp", "CrossEntropyOp", "DropoutOp",
    ] {
      #expect(counts[op, default: 0] >= 10, "\(op): \(counts)")
    }
  }

  /// Directional derivatives of the loss along random directions, one a value.
  private func check(_ random: RandomGraph) throws {
    var g = random.graph
    let gradients = try g.gradients(of: random.loss, scale: random.scale, withRespectTo: random.variables)
    var contents = random.contents
    var interpreter = GraphInterpreter(g, contents)
    interpreter.run()
    func loss(_ contents: [Value: Matrix]) -> Double {
      var run = GraphInterpreter(random.graph, contents)
      run.run()
      let (loss, scale) = (run[random.loss], contents[random.scale]!)
      return zip(loss.values, scale.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let step = 1e-5
    for (index, (variable, gradient)) in zip(random.variables, gradients).enumerated() {
      let at = contents[variable]!
      let direction = Matrix.random(at.rows, at.columns, seed: UInt64(1000 + index))
      contents[variable] = at.zip(direction) { $0 + step * $1 }
      let above = loss(contents)
      contents[variable] = at.zip(direction) { $0 - step * $1 }
      let below = loss(contents)
      contents[variable] = at
      let difference = (above - below) / (2 * step)
      let derivative = zip(interpreter[gradient].values, direction.values).reduce(0) { $0 + $1.0 * $1.1 }
      let norm = interpreter[gradient].values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(
        abs(difference - derivative) <= 1e-6 * max(norm, abs(derivative), 1e-3),
        "seed \(random.seed), \(g.name(of: variable)): \(derivative), by differences \(difference)")
    }
  }

  @Test func frozenParametersCostNothing() throws {
    var g = Graph()
    let x = try g.input("x", [16, 8], .f32)
    let frozen = try g.parameter("frozen", [8, 8], .f32, trainable: false)
    let trained = try g.parameter("trained", [8, 8], .f32)
    let seed = try g.input("seed", [16, 8], .f32)
    let y = try g.linear(g.linear(x, trained, name: "first"), frozen, name: "second")
    _ = try g.gradients(of: y, scale: seed, withRespectTo: [trained])
    let names = g.nodes.compactMap { $0?.op == nil ? nil : $0?.name }
    #expect(names == ["first", "second", "second.backward", "first.weight gradient"])
  }

  @Test func whatHasNoGradientIsRefused() throws {
    var g = Graph()
    let x = try g.input("x", [16, 8], .f32)
    let tokens = try g.input("tokens", [16], .i32)
    let other = try g.input("other", [16, 8], .f32)
    let y = try g.copy(x, name: "y")
    #expect(throws: GraphError.notDifferentiable(value: "tokens", type: TensorType([16], .i32))) {
      try g.gradients(of: y, scale: other, withRespectTo: [tokens])
    }
    #expect(throws: GraphError.noDependence(of: "y", on: "other")) {
      try g.gradients(of: y, scale: other, withRespectTo: [other])
    }
    let state = try g.input("key", [4], .i32)
    let argmax = try g.argmax(g.dropout(x, probability: 0.5, state: state), name: "best")
    #expect(throws: GraphError.self) { try g.gradients(of: argmax, scale: tokens, withRespectTo: [x]) }
    // The log-sum-exp of an attention: refused half way, with the graph as it was.
    let starts = try g.input("starts", [16], .i32)
    let outputs = try g.add(
      AttentionOp(AttentionShape(heads: 1, kvHeads: 1, headSize: 8)), [g.scale(x, by: 2), x, x, starts], name: "seen")
    let cotangent = try g.input("cotangent", [16, 1], .f32)
    let nodes = g.nodes.count
    #expect(throws: GraphError.noDerivative(node: "seen", operation: "the log-sum-exp of attention")) {
      try g.gradients(of: g.copy(outputs[1]), scale: cotangent, withRespectTo: [x])
    }
    #expect(g.nodes.count == nodes + 1 && g.name(of: outputs[1]) == "seen/1")
  }
}
