import Kernels
import TensorGraph
import Testing

@Suite struct ShapeTests {
  @Test func errorNamesNodeOperationAndBothShapes() throws {
    var g = Graph()
    let x = try g.input("x", [21, 36], .f32)
    let w = try g.parameter("w", [32, 40], .f32)
    let error = #expect(throws: GraphError.self) {
      try g.scope("layers.3") { g in try g.scope("attention") { g in try g.linear(x, w, name: "q") } }
    }
    #expect(
      error
        == .shape(
          node: "layers.3.attention.q", operation: "matmul nt",
          inputs: [TensorType([21, 36], .f32), TensorType([32, 40], .f32)], reason: "sums over 36 and 40 terms"))
    #expect(
      "\(try #require(error))"
        == "layers.3.attention.q: matmul nt of f32[21, 36] and f32[32, 40]: sums over 36 and 40 terms")
  }

  @Test func everyOperationRefusesWhatDoesNotFit() throws {
    var g = Graph()
    let x = try g.input("x", [12, 32], .f32)
    let half = try g.input("half", [12, 32], .f16)
    let narrow = try g.input("narrow", [12, 24], .f32)
    let tokens = try g.input("tokens", [12], .i32)
    let few = try g.input("few", [11], .i32)
    let weight = try g.parameter("weight", [24], .f32)
    let state = try g.state("state", [12, 24], .f32)
    let scale = try g.input("scale", [2], .f32)
    let rotary = RotaryEmbedding(headSize: 24, positions: 64, theta: 10_000)
    let builders: [(inout Graph) throws -> Void] = [
      { g in _ = try g.matmul(x, half) },
      { g in _ = try g.matmul(x, narrow, .nn) },
      { g in _ = try g.matmul(x, x, .nt, batches: 5) },
      { g in _ = try g.matvec(x, narrow) },
      { g in _ = try g.rmsNorm(x, weight, epsilon: 1e-5) },
      { g in _ = try g.rope(x, positions: tokens, rotary) },
      { g in _ = try g.rope(narrow, positions: few, rotary) },
      { g in _ = try g.attention(x, x, x, documentStart: few, heads: 2, kvHeads: 2) },
      { g in _ = try g.attention(x, x, x, documentStart: tokens, heads: 2, kvHeads: 1) },
      { g in _ = try g.attention(x, x, x, documentStart: tokens, heads: 16, kvHeads: 16) },
      { g in _ = try g.pagedWrite(x, x, keys: state, values: state, slots: tokens) },
      { g in
        _ = try g.pagedAttention(
          narrow, keys: state, values: state, blockTable: tokens, sequences: tokens, positions: tokens, heads: 1,
          kvHeads: 1, phase: .decode)
      },
      { g in _ = try g.siluGate(x, narrow) },
      { g in _ = try g.embedding(x, x) },
      { g in _ = try g.add(x, half) },
      { g in _ = try g.accumulate(x, into: state) },
      { g in _ = try g.scale(x, times: scale) },
      { g in _ = try g.cast(x, to: .i32) },
      { g in _ = try g.crossEntropy(x, narrow, targets: tokens) },
      { g in _ = try g.crossEntropy(x, x, targets: few) },
      { g in _ = try g.gradientNorm([x], control: scale) },
      { g in _ = try g.dropout(x, probability: 0.5, state: scale) },
      { g in _ = try g.quantize(narrow, to: .q8_0) },
      { g in _ = try g.quantize(x, to: .q4_K) },
      { g in _ = try g.parameter("blocks", [4, 40], .q4_0) },
      { g in _ = try g.parameter("nothing", [4, 0], .f32) },
      { g in _ = try g.argmax(half) },
    ]
    for (index, build) in builders.enumerated() {
      let error = #expect(throws: GraphError.self, "builder \(index)") { try build(&g) }
      guard case .shape(_, _, let inputs, _)? = error else {
        Issue.record("builder \(index): \(String(describing: error))")
        continue
      }
      #expect(inputs.count >= 1)
    }
  }

  @Test func namesAreScopedAndUnique() throws {
    var g = Graph()
    let x = try g.input("x", [2, 8], .f32)
    let (first, second) = try g.scope("block") { g in (try g.copy(x), try g.copy(x)) }
    #expect(g.name(of: first) == "block.copy")
    #expect(g.name(of: second) == "block.copy#2")
    #expect(throws: GraphError.duplicateName("x")) { try g.input("x", [2, 8], .f32) }
  }

  @Test func aValueUpdatedInPlaceIsNotReadAgain() throws {
    var g = Graph()
    let x = try g.input("x", [2, 8], .f32)
    let sum = try g.state("sum", [2, 8], .f32)
    let after = try g.accumulate(x, into: sum, name: "update")
    let stale = try g.copy(sum, name: "stale")
    let context = try KernelContext.plain()
    #expect(throws: GraphError.overwritten(value: "sum", reader: "stale", writer: "update")) {
      try MemoryPlan(g, outputs: [stale, after], in: context)
    }
    #expect(throws: GraphError.overwritten(value: "sum", reader: "the program's output", writer: "update")) {
      try MemoryPlan(g, outputs: [sum], in: context)
    }
    #expect(throws: GraphError.self, "an input is the host's") {
      var g = Graph()
      let x = try g.input("x", [2, 8], .f32)
      let after = try g.accumulate(x, into: x)
      _ = try MemoryPlan(g, outputs: [after], in: context)
    }
  }
}
