import Foundation
import Reference
import Testing

/// The families composed: a two-layer LLaMA, forward and backward by hand, against PyTorch.
@Suite struct LlamaBlockTests {
  struct Model: Decodable {
    struct Config: Decodable {
      let layers, heads, kvHeads, headSize: Int
      let epsilon, theta: Double
    }

    let config: Config
    let tokens, targets, positions, documentStart: [Int]
    let loss: Double
    let logits: Tensor
    let weights, gradients: [String: Tensor]
  }

  /// What the backward pass of a layer needs of its forward pass.
  struct Activations {
    let input, normed, q, k, v, attended, middle, middleNormed, gate, up, gated: Matrix
  }

  /// The model with the gradients gathered so far.
  struct Run {
    let model: Model
    var gradients: [String: Matrix] = [:]

    var frequencies: [Double] {
      Reference.ropeFrequencies(headSize: model.config.headSize, theta: model.config.theta)
    }

    var shape: Reference.AttentionShape {
      Reference.AttentionShape(
        heads: model.config.heads, kvHeads: model.config.kvHeads, scale: 1 / Double(model.config.headSize).squareRoot())
    }

    func weight(_ name: String) throws -> Matrix { try #require(model.weights[name + ".weight"], "\(name)").matrix }

    func norm(_ x: Matrix, _ name: String) throws -> Matrix {
      Reference.rmsNorm(x: x, weight: try weight(name).values, epsilon: model.config.epsilon)
    }

    func linear(_ x: Matrix, _ name: String) throws -> Matrix { Reference.matmul(x, try weight(name), mode: .nt) }

    func rotated(_ x: Matrix) -> Matrix {
      Reference.rope(x: x, positions: model.positions, frequencies: frequencies)
    }

    mutating func normBackward(_ dy: Matrix, at x: Matrix, _ name: String) throws -> Matrix {
      let (dx, dw) = Reference.rmsNormBackward(
        x: x, weight: try weight(name).values, dy: dy, epsilon: model.config.epsilon)
      gradients[name + ".weight"] = Matrix(row: dw)
      return dx
    }

    mutating func linearBackward(_ dy: Matrix, at x: Matrix, _ name: String) throws -> Matrix {
      let (dx, dw) = Reference.matmulBackward(x, try weight(name), dc: dy, mode: .nt)
      gradients[name + ".weight"] = dw
      return dx
    }

    func layer(_ index: Int, _ h: Matrix) throws -> (output: Matrix, activations: Activations) {
      let name = "model.layers.\(index)."
      let normed = try norm(h, name + "input_layernorm")
      let q = rotated(try linear(normed, name + "self_attn.q_proj"))
      let k = rotated(try linear(normed, name + "self_attn.k_proj"))
      let v = try linear(normed, name + "self_attn.v_proj")
      let attended = Reference.attention(q: q, k: k, v: v, documentStart: model.documentStart, shape: shape).o
      let middle = h + (try linear(attended, name + "self_attn.o_proj"))
      let middleNormed = try norm(middle, name + "post_attention_layernorm")
      let gate = try linear(middleNormed, name + "mlp.gate_proj")
      let up = try linear(middleNormed, name + "mlp.up_proj")
      let gated = Reference.siluGate(gate: gate, up: up)
      let activations = Activations(
        input: h, normed: normed, q: q, k: k, v: v, attended: attended, middle: middle, middleNormed: middleNormed,
        gate: gate, up: up, gated: gated)
      return (middle + (try linear(gated, name + "mlp.down_proj")), activations)
    }

    mutating func layerBackward(_ index: Int, _ dh: Matrix, _ a: Activations) throws -> Matrix {
      let name = "model.layers.\(index)."
      let dgated = try linearBackward(dh, at: a.gated, name + "mlp.down_proj")
      let (dgate, dup) = Reference.siluGateBackward(gate: a.gate, up: a.up, dy: dgated)
      let dMiddleNormed =
        try linearBackward(dgate, at: a.middleNormed, name + "mlp.gate_proj")
        + linearBackward(dup, at: a.middleNormed, name + "mlp.up_proj")
      let dMiddle = dh + (try normBackward(dMiddleNormed, at: a.middle, name + "post_attention_layernorm"))
      let dAttended = try linearBackward(dMiddle, at: a.attended, name + "self_attn.o_proj")
      let (dq, dk, dv) = Reference.attentionBackward(
        q: a.q, k: a.k, v: a.v, dO: dAttended, documentStart: model.documentStart, shape: shape)
      func unrotated(_ dy: Matrix) -> Matrix {
        Reference.ropeBackward(dy: dy, positions: model.positions, frequencies: frequencies)
      }
      let dNormed =
        try linearBackward(unrotated(dq), at: a.normed, name + "self_attn.q_proj")
        + linearBackward(unrotated(dk), at: a.normed, name + "self_attn.k_proj")
        + linearBackward(dv, at: a.normed, name + "self_attn.v_proj")
      return dMiddle + (try normBackward(dNormed, at: a.input, name + "input_layernorm"))
    }
  }

  @Test func matchesPyTorch() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "TensorGraphTests/Fixtures/llama_block.json")
    let model = try Fixture<Tensor>.decoder.decode(Model.self, from: Data(contentsOf: file))
    var run = Run(model: model)

    var h = Reference.embedding(table: try run.weight("model.embed_tokens"), tokens: model.tokens)
    var layers: [Activations] = []
    for index in 0..<model.config.layers {
      let (output, activations) = try run.layer(index, h)
      layers.append(activations)
      h = output
    }
    let (last, head) = (try run.norm(h, "model.norm"), try run.weight("lm_head"))
    let scored = Double(model.targets.count { $0 >= 0 })
    let loss = Reference.crossEntropy(h: last, weight: head, targets: model.targets)
    expectClose([loss.lossSum / scored], [model.loss], "loss")
    expectClose(try run.linear(last, "lm_head"), model.logits, "logits")

    let (dLast, dHead) = Reference.crossEntropyBackward(
      h: last, weight: head, targets: model.targets, lossScale: 1 / scored)
    run.gradients["lm_head.weight"] = dHead
    var dh = try run.normBackward(dLast, at: h, "model.norm")
    for index in layers.indices.reversed() { dh = try run.layerBackward(index, dh, layers[index]) }
    var dTable = try run.weight("model.embed_tokens").map { _ in 0 }
    Reference.embeddingScatterAdd(dy: dh, tokens: model.tokens, into: &dTable)
    run.gradients["model.embed_tokens.weight"] = dTable

    #expect(run.gradients.keys.sorted() == model.gradients.keys.sorted())
    for (name, want) in model.gradients {
      expectClose(try #require(run.gradients[name]), want, tolerance: 1e-11, name)
    }
  }
}
