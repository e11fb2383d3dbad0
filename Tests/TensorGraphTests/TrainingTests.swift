import Kernels
import LanguageModel
import Reference
import TensorGraph
import TestSupport
import Testing
import VulkanRuntime

/// Slabs, the optimizer and whole training runs.
@Suite(.serialized) struct TrainingTests {
  @Test func parametersLieInEqualSlabsWithinTheLimit() throws {
    let types: [(String, [Int])] =
      [("embedding", [1000, 60])] + (0..<20).map { ("layer\($0)", [40 + $0, 60]) }
      + (0..<20).map { ("norm\($0)", [60]) }
    let parameters = types.map { name, shape in
      SlabLayout.Parameter(name: name, type: TensorType(shape, .f32), weightDecay: shape.count > 1 ? 0.1 : 0)
    }
    let limit = 64 << 10
    let layout = SlabLayout(parameters, slabBytes: limit)
    #expect(layout.slabs.allSatisfy { $0.elements * 4 <= limit })
    #expect(Set(layout.places.keys) == Set(types.map(\.0)))
    // No element belongs to two parameters, and weight decay is the parameter's own.
    var owner: [Int: [Int: String]] = [:]
    for parameter in parameters {
      let place = try #require(layout.places[parameter.name])
      let slab = layout.slabs[place.slab]
      let elements = parameter.type.rows * TensorSlice.pitch(parameter.type.columns)
      for element in stride(from: 0, to: elements, by: 4) {
        let at = slab.offset + place.element + element
        #expect(owner[slab.group, default: [:]].updateValue(parameter.name, forKey: at) == nil)
        let part = try #require(
          layout.slabs.first { $0.group == slab.group && ($0.offset..<$0.offset + $0.elements).contains(at) })
        let region = part.regions.first { $0.quads.contains((at - part.offset) / 4) }
        #expect(region?.weightDecay == parameter.weightDecay)
      }
    }
    // A parameter larger than a slab is cut at rows.
    let large = layout.slabs.filter { $0.group == layout.slabs[layout.places["embedding"]!.slab].group }
    #expect(large.count > 1 && large.allSatisfy { $0.offset % TensorSlice.pitch(60) == 0 })
    #expect(large.map(\.elements).reduce(0, +) == 1000 * TensorSlice.pitch(60))
  }

  /// A training run in the interpreter and on the device, with gradients accumulated over two micro-steps, clipping,
  /// weight decay and slabs so small that the embedding is cut.
  @Test(arguments: [false, true]) func lossFallsAlongTheInterpretersCurve(checkpointed: Bool) throws {
    let gpu = try TestDevice.shared()
    let fixture = try LLaMAFixture.load()
    var model = fixture.model
    model.checkpointed = checkpointed
    let training = try model.training(rows: fixture.tokens.count)
    var g = training.graph
    let control = try g.addLoss(training.loss.nll, to: g.controlBlock())
    try g.accumulateGradients(of: training.loss.sum, scale: control, withRespectTo: g.trainableParameters)
    let layout = g.slabLayout(slabBytes: 4096) { _, type in type.rows > 1 ? 0.1 : 0 }
    #expect(layout.slabs.count > 10)

    let store = TensorStore(gpu.device)
    try store.add(layout)
    let block = ControlBlock(beta1: 0.9, beta2: 0.99, maximumNorm: 1)
    try store.tensor("control", .controlBlock)
    try store.write(bytes: block.bytes, to: "control")
    let micro = try Program.compile(g, outputs: [], with: gpu.library, store: store)
    let optimizer = try Program.compile(Graph.optimizer(layout), outputs: [], with: gpu.library, store: store)
    for (value, matrix) in fixture.contents(training) { try micro.write(matrix, to: value) }

    var oracle = try Oracle(g, training, fixture, layout, block)
    var losses: [Double] = []
    let rates = [0.02, 0.02, 0.015, 0.01, 0.01, 0.005]
    for rate in rates {
      let words = ControlBlock.stepWords(learningRate: rate, tokenCount: 2 * fixture.scored)
      try gpu.device.write(words, to: #require(store["control"]).buffer)
      for _ in 0..<2 { try micro.run() }
      try optimizer.run()
      let after = try #require(ControlBlock(bytes: store.readBytes("control")))
      losses.append(Double(after.loss) * Double(after.inverseTokenCount))
      let (loss, norm) = oracle.step(rate, tokens: 2 * fixture.scored)
      #expect(abs(losses.last! - loss) <= 1e-4 * loss, "step \(losses.count): \(losses.last!), \(loss)")
      #expect(abs(Double(after.gradientNorm) - norm) <= 1e-3 * norm, "step \(losses.count)")
      #expect(after.step == losses.count)
    }
    #expect(losses.last! < 0.8 * losses[0], "\(losses)")
    for (name, value) in training.parameters {
      let got = Matrix(
        rows: g.type(of: value).rows, columns: g.type(of: value).columns, values: try store.read(name).map(Double.init))
      // The first steps of AdamW are about the sign of tiny gradients, which f32 and Double may see differently.
      #expect(relativeError(got, oracle.weights[name]!) <= 2e-3, "\(name)")
      #expect(try store.read(SlabLayout.gradientName(of: name)).allSatisfy { $0 == 0 })
    }
  }

  /// The same run through `GraphInterpreter`: one slab a parameter.
  private struct Oracle {
    var micro: GraphInterpreter
    var weights: [String: Matrix]
    var moments: [String: (Matrix, Matrix)]
    let training: LLaMA.Training
    let graph: Graph
    let control: Value

    init(
      _ graph: Graph, _ training: LLaMA.Training, _ fixture: LLaMAFixture, _ layout: SlabLayout,
      _ block: ControlBlock
    ) throws {
      var contents = fixture.contents(training)
      for value in graph.externalValues where graph.nodes[value.node]?.external == .state {
        let type = graph.type(of: value)
        contents[value] = .zero(type.rows, type.columns)
      }
      control = graph.externalValues.first { graph.name(of: $0) == "control" }!
      contents[control] = Matrix(control: block)
      micro = GraphInterpreter(graph, contents)
      weights = training.parameters.mapValues { contents[$0]! }
      moments = weights.mapValues { ($0.map { _ in 0 }, $0.map { _ in 0 }) }
      self.training = training
      self.graph = graph
    }

    mutating func step(_ rate: Double, tokens: Int) -> (loss: Double, norm: Double) {
      var block = micro[control]
      block.beginStep(learningRate: rate, tokenCount: tokens)
      micro[control] = block
      for _ in 0..<2 { micro.run() }
      let names = weights.keys.sorted()
      let states = names.map { name in
        graph.externalValues.first { graph.name(of: $0) == SlabLayout.gradientName(of: name) }!
      }
      let measured = Reference.gradientNorm(slabs: states.map { micro[$0].values }, maxNorm: 1)
      for (name, state) in zip(names, states) { update(name, micro[state], rate, measured.clip) }
      for state in states { micro[state] = micro[state].map { _ in 0 } }
      steps += 1
      return (micro[control].values[ControlBlock.Word.loss.rawValue] / Double(tokens), measured.norm)
    }

    private var steps = 0

    private mutating func update(_ name: String, _ gradient: Matrix, _ rate: Double, _ clip: Double) {
      let weight = weights[name]!
      var state = Reference.AdamWState(weight: weight.values)
      (state.firstMoment, state.secondMoment) = (moments[name]!.0.values, moments[name]!.1.values)
      state.step = steps
      Reference.adamW(
        &state, gradient: gradient.values,
        options: Reference.AdamWOptions(
          learningRate: rate, beta1: 0.9, beta2: 0.99, weightDecay: weight.rows > 1 ? 0.1 : 0),
        gradientScale: clip)
      func shaped(_ values: [Double]) -> Matrix { Matrix(rows: weight.rows, columns: weight.columns, values: values) }
      weights[name] = shaped(state.weight)
      moments[name] = (shaped(state.firstMoment), shaped(state.secondMoment))
      micro[training.parameters[name]!] = shaped(state.weight)
    }
  }

  /// The model reads 16-bit copies; masters, gradients and moments are f32.
  @Test(arguments: [DType.f16, .bf16]) func halfPrecisionParametersHaveMastersAndCopies(type: DType) throws {
    let gpu = try TestDevice.shared()
    var g = Graph()
    let x = try g.input("x", [10, 20], type)
    let w = try g.parameter("w", [12, 20], type)
    let seed = try g.input("seed", [10, 12], type)
    try g.accumulateGradients(of: g.linear(x, w), scale: seed, withRespectTo: [w])
    let layout = g.slabLayout(slabBytes: 1 << 20) { _, _ in 0.1 }
    #expect(layout.copyType == type)
    let store = TensorStore(gpu.device)
    try store.add(layout)
    try store.tensor("control", .controlBlock)
    try store.write(bytes: ControlBlock().bytes, to: "control")
    let master = Matrix.random(12, 20, seed: 5).rounded(to: .f32)
    try store.write(master.values.map { Float($0) }, to: "w.master")
    try store.write(master.values.map { Float($0) }, to: "w")
    let micro = try Program.compile(g, outputs: [], with: gpu.library, store: store)
    let optimizer = try Program.compile(Graph.optimizer(layout), outputs: [], with: gpu.library, store: store)
    let (input, cotangent) = (
      Matrix.random(10, 20, seed: 6).rounded(to: type), Matrix.random(10, 12, seed: 7).rounded(to: type)
    )
    try micro.write(input, to: x)
    try micro.write(cotangent, to: seed)
    try micro.run()
    let gradient = Reference.matmul(cotangent, input, mode: .tn)
    let got = Matrix(rows: 12, columns: 20, values: try store.read("w.gradient").map(Double.init))
    #expect(relativeError(got, gradient) <= 1e-6)
    try gpu.device.write(
      ControlBlock.stepWords(learningRate: 0.01, tokenCount: 1), to: #require(store["control"]).buffer)
    try optimizer.run()
    var state = Reference.AdamWState(weight: master.values)
    Reference.adamW(
      &state, gradient: gradient.values, options: Reference.AdamWOptions(learningRate: 0.01, weightDecay: 0.1))
    let stepped = try store.read("w.master").map(Double.init)
    #expect(relativeError(Matrix(row: stepped), Matrix(row: state.weight)) <= 1e-5)
    #expect(try store.read("w").map(Double.init) == stepped.map { type.rounding($0) })
  }

  @Test func stepWithNonFiniteGradientsChangesNothing() throws {
    let gpu = try TestDevice.shared()
    var g = Graph()
    let w = try g.parameter("w", [12, 20], .f32)
    let layout = g.slabLayout(slabBytes: 1 << 20)
    _ = w
    let store = TensorStore(gpu.device)
    try store.add(layout)
    try store.tensor("control", .controlBlock)
    try store.write(bytes: ControlBlock(lossScale: 1024, growthInterval: 100).bytes, to: "control")
    let weights = Matrix.random(12, 20, seed: 5).values.map { Float($0) }
    try store.write(weights, to: "w")
    var gradient = weights
    gradient[77] = .infinity
    try store.write(gradient, to: "w.gradient")
    let optimizer = try Program.compile(Graph.optimizer(layout), outputs: [], with: gpu.library, store: store)
    try gpu.device.write(
      ControlBlock.stepWords(learningRate: 0.1, tokenCount: 1), to: #require(store["control"]).buffer)
    try optimizer.run()
    let after = try #require(ControlBlock(bytes: store.readBytes("control")))
    #expect(after.foundNonFinite && after.step == 0 && after.skippedSteps == 1 && after.lossScale == 512)
    #expect(try store.read("w") == weights)
    #expect(try store.read("w.gradient").allSatisfy { $0 == 0 })
  }
}
