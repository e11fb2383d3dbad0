import Foundation
import Kernels
import LanguageModel
import Reference
import TensorGraph
import TestSupport
import Testing
import VulkanRuntime

/// Compiled graphs on the device, held to the interpreter.
@Suite(.serialized) struct ProgramTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  /// Compiles, writes the contents, runs once.
  func run(
    _ graph: Graph, outputs: [Value], _ contents: [Value: Matrix], options: Program.Options = .init()
  ) throws -> Program {
    let program = try Program.compile(graph, outputs: outputs, with: gpu.library, options: options)
    for (value, matrix) in contents { try program.write(matrix, to: value) }
    try program.run()
    return program
  }

  @Test(arguments: [false, true]) func llamaAgreesWithPyTorch(checkpointed: Bool) throws {
    let fixture = try LLaMAFixture.load()
    let model = try LLaMATests.differentiated(fixture, checkpointed: checkpointed)
    let program = try run(
      model.graph, outputs: [model.training.loss.sum] + model.gradients, LLaMATests.contents(fixture, model))
    let loss = Double(try program.read(model.training.loss.sum)[0]) / Double(fixture.scored)
    #expect(abs(loss - fixture.loss) <= 1e-5 * fixture.loss, "\(loss)")
    for (name, gradient) in zip(model.names, model.gradients) {
      let error = relativeError(try program.matrix(gradient), fixture.gradients[name]!.matrix)
      #expect(error <= 1e-5, "\(name): \(error)")
    }
  }

  /// The kernels are the same, so the bits are.
  @Test func checkpointedIsNotCheckpointed() throws {
    let fixture = try LLaMAFixture.load()
    var results: [[[UInt8]]] = []
    for checkpointed in [false, true] {
      let model = try LLaMATests.differentiated(fixture, checkpointed: checkpointed, dropout: 0.1)
      let program = try run(
        model.graph, outputs: [model.training.loss.sum] + model.gradients, LLaMATests.contents(fixture, model))
      results.append(try ([model.training.loss.sum] + model.gradients).map { try program.readBytes($0) })
    }
    #expect(results[0] == results[1])
  }

  @Test func tenReplaysAreTheSameBytes() throws {
    let fixture = try LLaMAFixture.load()
    let model = try LLaMATests.differentiated(fixture, checkpointed: true, dropout: 0.1)
    let outputs = [model.training.loss.sum] + model.gradients
    let program = try run(model.graph, outputs: outputs, LLaMATests.contents(fixture, model))
    let first = try outputs.map { try program.readBytes($0) }
    for replay in 1..<10 {
      try program.submit()
      #expect(try outputs.map { try program.readBytes($0) } == first, "replay \(replay)")
    }
  }

  /// Random graphs with their gradients summed in states, each fusion alone and all together, on the device.
  @Test(arguments: 0..<24) func randomGraphsFusedAndNot(seed: Int) throws {
    let step = try FusionTests.step(seed, checkpoints: seed % 2 == 0)
    var interpreter = GraphInterpreter(step.graph, step.contents)
    interpreter.run()
    for fusions in [[], Set(Fusion.allCases), [Fusion.allCases[seed % 3]]] {
      var options = Program.Options()
      options.fusions = fusions
      let program = try run(step.graph, outputs: step.outputs, step.contents, options: options)
      for value in step.outputs + step.states {
        let error = relativeError(try program.matrix(value), interpreter[value])
        #expect(error <= 2e-5, "\(step.graph.name(of: value)) with \(fusions.map(\.rawValue)): \(error)")
      }
    }
  }

  @Test func graphThatDoesNotFitIsRefusedWithFigures() throws {
    var g = Graph()
    let x = try g.input("x", [4096, 1024], .f32)
    let y = try g.matmul(x, x, .nt, name: "scores")
    var options = Program.Options()
    options.availableBytes = 32 << 20
    let error = #expect(throws: GraphError.self) {
      try Program.compile(g, outputs: [y], with: gpu.library, options: options)
    }
    guard case .outOfMemory(let needed, let available, let largest)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(needed == 80 << 20 && available == 32 << 20)
    #expect(largest.map(\.name) == ["scores", "x"] && largest.map(\.bytes) == [64 << 20, 16 << 20])
    #expect("\(try #require(error))".contains("needs 80 MiB, the device has 32 MiB free"))
    // More than any machine has, without asking for a byte of it.
    let huge = try g.parameter("huge", [1 << 24, 1 << 20], .f32)
    let rows = try g.embedding(huge, g.input("tokens", [1], .i32))
    #expect(throws: GraphError.self) { try Program.compile(g, outputs: [rows], with: gpu.library) }
  }

  @Test func firstNonFiniteNodeIsNamed() throws {
    var g = Graph()
    let x = try g.input("x", [4, 16], .f32)
    let sum = try g.state("sum", [4, 16], .f32)
    let doubled = try g.scale(x, by: 2, name: "doubled")
    let product = try g.scope("block") { g in try g.siluGate(doubled, doubled, name: "gated") }
    try g.accumulate(product, into: sum, name: "added")
    let program = try Program.compile(g, outputs: [product], with: gpu.library)
    var values = [Float](repeating: 1, count: 64)
    try program.write(values, to: x)
    try program.run()
    #expect(try program.firstNonFinite() == nil)
    let before = try program.read(sum)
    values[2 * 16 + 5] = 3e38 / 4
    try program.write(values, to: x)
    let found = try #require(try program.firstNonFinite())
    #expect(found.node == "block.gated" && found.operation == "siluGate" && found.output == 0)
    #expect(found.row == 2 && found.column == 5)
    #expect(try program.read(sum) == before, "states are as they were")
  }

  @Test func profileNamesNodesAndFamilies() throws {
    let fixture = try LLaMAFixture.load()
    let training = try fixture.model.training(rows: fixture.tokens.count)
    let program = try run(training.graph, outputs: [training.loss.sum], fixture.contents(training))
    guard gpu.device.properties.timestampPeriod > 0 else { return }
    let profile = try #require(try program.profile())
    #expect(profile.nodes.contains { $0.name == "model.layers.1.self_attn.q_proj" && $0.family == "matmul" })
    #expect(profile.nodes.count == program.plan.order.count)
    #expect(profile.families.contains { $0.name == "attention" && $0.dispatches >= 2 })
    #expect(profile.seconds > 0 && profile.nodes.allSatisfy { $0.seconds >= 0 })
    let matmul = try #require(profile.families.first { $0.name == "matmul" })
    // q, k, v, o, gate, up and down of two layers.
    let expected = 2 * 2 * 21 * 36 * (32 + 16 + 16 + 32 + 3 * 56)
    #expect(matmul.cost.operations == Double(expected))
    #expect(profile.table().contains("attention") && profile.table().contains("GFLOP/s"))
  }

  @Test func summationOrdersAreDeclared() throws {
    let fixture = try LLaMAFixture.load()
    let model = try LLaMATests.differentiated(fixture, checkpointed: false)
    let program = try Program.compile(
      model.graph, outputs: [model.training.loss.sum] + model.gradients, with: gpu.library)
    #expect(program.summationOrders.contains("matmul nt f32[21, 36] f32[32, 36]: k"))
    for operation in ["attention ", "attention backward ", "crossEntropy "] {
      #expect(program.summationOrders.contains { $0.hasPrefix(operation) }, "\(operation)declares no order")
    }
  }

  @Test func decodingThroughThePagedCacheIsAttentionOverTheSequence() throws {
    let (rows, heads, kvHeads, size) = (40, 4, 2, 16)
    var g = Graph()
    let q = try g.input("q", [rows, heads * size], .f32)
    let k = try g.input("k", [rows, kvHeads * size], .f32)
    let v = try g.input("v", [rows, kvHeads * size], .f32)
    let keys = try g.state("keys", [96, kvHeads * size], .f32)
    let values = try g.state("values", [96, kvHeads * size], .f32)
    let slots = try g.input("slots", [rows], .i32)
    let table = try g.input("table", [1, 2], .i32)
    let sequences = try g.input("sequences", [rows], .i32)
    let positions = try g.input("positions", [rows], .i32)
    let starts = try g.input("starts", [rows], .i32)
    let pools = try g.pagedWrite(k, v, keys: keys, values: values, slots: slots)
    let phases: [PagedAttentionOp.Phase] = [.prefill, .decode]
    let paged = try phases.map { phase in
      try g.pagedAttention(
        q, keys: pools.keys, values: pools.values, blockTable: table, sequences: sequences, positions: positions,
        heads: heads, kvHeads: kvHeads, phase: phase)
    }
    let whole = try g.attention(q, k, v, documentStart: starts, heads: heads, kvHeads: kvHeads)
    let contents: [Value: Matrix] = [
      q: .random(rows, heads * size, seed: 1), k: .random(rows, kvHeads * size, seed: 2),
      v: .random(rows, kvHeads * size, seed: 3), keys: .zero(96, kvHeads * size), values: .zero(96, kvHeads * size),
      // Blocks 2 and 0 of the pool, in this order.
      slots: Matrix(row: (0..<rows).map { Double($0 < 32 ? 64 + $0 : $0 - 32) }), table: Matrix(row: [2, 0]),
      sequences: .zero(1, rows), positions: Matrix(row: (0..<rows).map(Double.init)), starts: .zero(1, rows),
    ]
    let program = try run(g, outputs: paged + [whole], contents)
    var interpreter = GraphInterpreter(g, contents)
    interpreter.run()
    for value in paged + [whole] {
      #expect(relativeError(try program.matrix(value), interpreter[whole]) <= 1e-5, "\(g.name(of: value))")
    }
  }

  /// A frozen base in blocks of few bits under a trained head: what goes into the base gets a gradient through it.
  @Test(arguments: [DType.q8_0, .q4_0]) func quantisedWeightsAreFrozen(type: DType) throws {
    var g = Graph()
    let x = try g.parameter("x", [24, 64], .f32)
    let raw = try g.input("raw", [64, 64], .f32)
    let base = try g.quantize(raw, to: type)
    let head = try g.parameter("head", [48, 64], .f32)
    let few = try g.input("few", [3, 64], .f32)
    let y = try g.linear(g.linear(x, base), head)
    let little = try g.linear(few, base)
    let seed = try g.input("seed", [24, 48], .f32)
    let gradients = try g.gradients(of: y, scale: seed, withRespectTo: [x, head])
    var contents: [Value: Matrix] = [:]
    for (index, value) in [x, raw, head, few, seed].enumerated() {
      let type = g.type(of: value)
      contents[value] = Matrix.random(type.rows, type.columns, seed: UInt64(index)).rounded(to: .f32)
    }
    let program = try run(g, outputs: [y, little] + gradients, contents)
    var interpreter = GraphInterpreter(g, contents)
    interpreter.run()
    for value in [y, little] + gradients {
      #expect(relativeError(try program.matrix(value), interpreter[value]) <= 1e-5, "\(g.name(of: value))")
    }
  }

  /// Half precision end to end: 16-bit weights and activations, f32 gradients of the weights.
  @Test(arguments: [DType.f16, .bf16]) func halfPrecisionModel(type: DType) throws {
    let fixture = try LLaMAFixture.load()
    var model = fixture.model
    model.dtype = type
    let training = try model.training(rows: fixture.tokens.count)
    var g = training.graph
    let scale = try g.input("scale", [1], .f32)
    let names = training.parameters.keys.sorted()
    let gradients = try g.gradients(
      of: training.loss.sum, scale: scale, withRespectTo: names.map { training.parameters[$0]! })
    #expect(gradients.allSatisfy { g.type(of: $0).dtype == .f32 })
    var contents = fixture.contents(training)
    contents[scale] = Matrix(row: [1024 / Double(fixture.scored)])
    let program = try run(g, outputs: [training.loss.sum] + gradients, contents)
    let loss = Double(try program.read(training.loss.sum)[0]) / Double(fixture.scored)
    let tolerance = type == .f16 ? 0.01 : 0.08
    #expect(abs(loss - fixture.loss) <= tolerance / 2 * fixture.loss, "\(loss)")
    for (name, gradient) in zip(names, gradients) {
      let got = try program.matrix(gradient).map { $0 / 1024 }
      let error = relativeError(got, fixture.gradients[name]!.matrix)
      #expect(error <= tolerance, "\(name): \(error)")
    }
  }

  @Test func everyBucketIsCompiledOnce() throws {
    var compiled: [Int] = []
    let store = TensorStore(gpu.device)
    let cache = ProgramCache { (rows: Int) in
      compiled.append(rows)
      var g = Graph()
      let x = try g.input("x", [rows, 32], .f32)
      let w = try g.parameter("w", [24, 32], .f32)
      let y = rows > 32 ? try g.linear(x, w) : try g.matvec(x, w)
      return (x: x, y: y, program: try Program.compile(g, outputs: [y], with: gpu.library, store: store))
    }
    let weight = Matrix.random(24, 32, seed: 4)
    _ = try cache.program(for: 1)
    try store.write(weight.values.map { Float($0) }, to: "w")
    var first: [[Float]] = []
    for rows in [1, 16, 128, 16] {
      let model = try cache.program(for: rows)
      let x = Matrix.random(rows, 32, seed: 9)
      try model.program.write(x, to: model.x)
      try model.program.run()
      #expect(
        relativeError(try model.program.matrix(model.y), Reference.matmul(x, weight, mode: .nt)) <= 1e-5, "\(rows) rows"
      )
      first.append(Array(try model.program.read(model.y)[..<24]))
    }
    #expect(compiled == [1, 16, 128])
    #expect(first[0] == first[1], "a row's bits do not depend on the bucket")
  }
}

extension Program {
  /// Contents of any type.
  func write(_ matrix: Matrix, to value: Value) throws {
    if graph.type(of: value).dtype == .i32 {
      try write(matrix.values.map { Int32(truncatingIfNeeded: Int($0)) }, to: value)
    } else {
      try write(matrix.values.map { Float($0) }, to: value)
    }
  }

  func matrix(_ value: Value) throws -> Matrix {
    let type = graph.type(of: value)
    return Matrix(rows: type.rows, columns: type.columns, values: try read(value).map(Double.init))
  }
}
