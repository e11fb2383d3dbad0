import Kernels
import LanguageModel
import Reference
import TensorGraph
import TestSupport
import Testing

/// A two-layer LLaMA as a graph, against PyTorch.
@Suite struct LLaMATests {
  let fixture: LLaMAFixture

  init() throws { fixture = try LLaMAFixture.load() }

  /// The model with the gradients of every parameter.
  struct Differentiated {
    var training: LLaMA.Training
    var graph: Graph
    var scale: Value
    var names: [String]
    var gradients: [Value]
  }

  static func differentiated(
    _ fixture: LLaMAFixture, checkpointed: Bool, dropout: Float = 0
  ) throws -> Differentiated {
    var model = fixture.model
    model.checkpointed = checkpointed
    model.dropout = dropout
    let training = try model.training(rows: fixture.tokens.count)
    var g = training.graph
    let scale = try g.input("scale", [1], .f32)
    let names = training.parameters.keys.sorted()
    let gradients = try g.gradients(
      of: training.loss.sum, scale: scale, withRespectTo: names.map { training.parameters[$0]! })
    return Differentiated(training: training, graph: g, scale: scale, names: names, gradients: gradients)
  }

  static func contents(_ fixture: LLaMAFixture, _ model: Differentiated) -> [Value: Matrix] {
    var contents = fixture.contents(model.training)
    contents[model.scale] = Matrix(row: [1 / Double(fixture.scored)])
    if let state = model.training.inputs.dropout { contents[state] = Matrix(row: [123, 456, 7, 1]) }
    return contents
  }

  @Test(arguments: [false, true]) func interpreterAgreesWithPyTorch(checkpointed: Bool) throws {
    let model = try Self.differentiated(fixture, checkpointed: checkpointed)
    var interpreter = GraphInterpreter(model.graph, Self.contents(fixture, model))
    interpreter.run()
    let loss = interpreter[model.training.loss.sum].values[0] / Double(fixture.scored)
    #expect(abs(loss - fixture.loss) <= 1e-9 * fixture.loss)
    #expect(model.names == fixture.gradients.keys.sorted())
    for (name, gradient) in zip(model.names, model.gradients) {
      let error = relativeError(interpreter[gradient], fixture.gradients[name]!.matrix)
      #expect(error <= 1e-9, "\(name): \(error)")
    }
  }

  @Test func checkpointRecomputesAndKeepsLess() throws {
    let plain = try Self.differentiated(fixture, checkpointed: false)
    let checkpointed = try Self.differentiated(fixture, checkpointed: true)
    #expect(checkpointed.graph.nodes.count > plain.graph.nodes.count)
    #expect(checkpointed.graph.nodes.contains { $0?.name == "model.layers.0.mlp.gate_proj.again" })
    let (less, more) = (try LargeLLaMA.plan(checkpointed: true).peak, try LargeLLaMA.plan(checkpointed: false).peak)
    #expect(less.bytes < more.bytes / 2, "\(less.residents.prefix(24)) and \(more.residents.prefix(24))")
  }
}

/// A training step of a model of some size, planned only.
enum LargeLLaMA {
  static func graph(checkpointed: Bool, rows: Int = 512, layers: Int = 10) throws -> (graph: Graph, loss: Value) {
    var (g, loss) = try unfused(checkpointed: checkpointed, rows: rows, layers: layers)
    g.fuse(keeping: [loss])
    return (g, loss)
  }

  static func unfused(checkpointed: Bool, rows: Int = 512, layers: Int) throws -> (graph: Graph, loss: Value) {
    var model = LLaMA(
      hidden: 512, layers: layers, heads: 8, kvHeads: 4, headSize: 64, feedForward: 1408, vocabulary: 32_000)
    model.checkpointed = checkpointed
    let training = try model.training(rows: rows)
    var g = training.graph
    let scale = try g.input("scale", [1], .f32)
    try g.accumulateGradients(of: training.loss.sum, scale: scale, withRespectTo: g.trainableParameters)
    return (g, training.loss.sum)
  }

  static func plan(checkpointed: Bool) throws -> MemoryPlan {
    let (graph, loss) = try graph(checkpointed: checkpointed)
    return try MemoryPlan(graph, outputs: [loss], in: .plain())
  }
}
