import Kernels
import TensorGraph

/// One layer of a LLaMA as nodes of a graph: what training and inference have in common. They differ in their attention
/// and in the kernel of their products.
struct LLaMABlock {
  /// How rows are multiplied with a weight.
  enum Product {
    /// By whatever is fastest for the number of rows.
    case any
    /// So that a row's bits do not depend on how many rows there are: prompts.
    case independentRows
    /// The same for few rows: decoding.
    case matvec
  }

  /// The heads of one layer, rotated.
  struct Projections {
    var layer: Int
    /// [T, H · K].
    var q: Value
    /// [T, G · K]; so is `v`.
    var k: Value
    var v: Value
  }

  typealias Attend = (inout Graph, Projections) throws(GraphError) -> Value

  var model: LLaMA
  var rotary: RotaryEmbedding
  /// i32[T].
  var positions: Value
  var product = Product.any
  var dropoutState: Value?

  func layer(_ g: inout Graph, _ x: Value, _ index: Int, _ attend: Attend) throws(GraphError) -> Value {
    let inputNorm = try model.parameter(&g, "input_layernorm.weight", [model.hidden])
    let middleNorm = try model.parameter(&g, "post_attention_layernorm.weight", [model.hidden])
    let attended = try g.scope("self_attn") { (g) throws(GraphError) in
      let normed = try g.rmsNorm(x, inputNorm, epsilon: model.epsilon, name: "norm")
      let o = try attend(&g, projections(&g, normed, index))
      return try dropped(&g, linear(&g, o, "o_proj", model.hidden), model.dropout)
    }
    let h = try g.add(x, attended, name: "attention residual")
    let mapped = try g.scope("mlp") { (g) throws(GraphError) in
      let normed = try g.rmsNorm(h, middleNorm, epsilon: model.epsilon, name: "norm")
      let gate = try linear(&g, normed, "gate_proj", model.feedForward)
      let up = try linear(&g, normed, "up_proj", model.feedForward)
      return try dropped(&g, linear(&g, g.siluGate(gate, up), "down_proj", model.hidden), model.dropout)
    }
    return try g.add(h, mapped, name: "mlp residual")
  }

  private func projections(_ g: inout Graph, _ x: Value, _ index: Int) throws(GraphError) -> Projections {
    var q = try linear(&g, x, "q_proj", model.heads * model.headSize)
    var k = try linear(&g, x, "k_proj", model.kvHeads * model.headSize)
    let v = try linear(&g, x, "v_proj", model.kvHeads * model.headSize)
    if model.normalizesHeads {
      let (qNorm, kNorm) = (
        try model.parameter(&g, "q_norm.weight", [model.headSize]),
        try model.parameter(&g, "k_norm.weight", [model.headSize])
      )
      q = try g.rmsNorm(q, qNorm, epsilon: model.epsilon, name: "q_norm")
      k = try g.rmsNorm(k, kNorm, epsilon: model.epsilon, name: "k_norm")
    }
    return Projections(
      layer: index, q: try g.rope(q, positions: positions, rotary), k: try g.rope(k, positions: positions, rotary),
      v: v)
  }

  /// x · Wᵀ with the projection's bias and its low-rank update, where it has them.
  func linear(_ g: inout Graph, _ x: Value, _ name: String, _ columns: Int) throws(GraphError) -> Value {
    let inner = g.type(of: x).columns
    let weight = try model.parameter(&g, "\(name).weight", [columns, inner])
    var y = try multiplied(&g, x, weight, name)
    if model.biases.include(name) {
      y = try g.addRow(y, model.parameter(&g, "\(name).bias", [columns]), name: "\(name).bias sum")
    }
    guard let lora = model.lora, lora.updates(g.qualified(name)) else { return y }
    let down = try model.parameter(&g, "\(name).lora_A.weight", [lora.rank, inner])
    let up = try model.parameter(&g, "\(name).lora_B.weight", [columns, lora.rank])
    let low = try multiplied(&g, dropped(&g, x, lora.dropout), down, "\(name).lora_A")
    let update = try g.scale(multiplied(&g, low, up, "\(name).lora_B"), by: lora.scale, name: "\(name).lora scale")
    return try g.add(y, update, name: "\(name).lora sum")
  }

  private func multiplied(_ g: inout Graph, _ x: Value, _ weight: Value, _ name: String) throws(GraphError) -> Value {
    switch product {
    case .any: try g.linear(x, weight, name: name)
    case .independentRows: try g.add(MatmulOp(.nt, rowsAreIndependent: true), [x, weight], name: name)[0]
    case .matvec: try g.matvec(x, weight, name: name)
    }
  }

  private func dropped(_ g: inout Graph, _ x: Value, _ probability: Float) throws(GraphError) -> Value {
    guard probability > 0, let state = dropoutState else { return x }
    return try g.dropout(x, probability: probability, state: state)
  }
}
