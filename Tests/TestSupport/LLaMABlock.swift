public import Kernels
public import TensorGraph

/// A LLaMA as a graph (Touvron et al. 2023), for tests: small enough to be held to the interpreter.
public struct LLaMABlock: Sendable {
  public var hidden: Int
  public var layers: Int
  public var heads: Int
  public var kvHeads: Int
  public var headSize: Int
  public var feedForward: Int
  public var vocabulary: Int
  public var epsilon: Float = 1e-5
  public var theta: Double = 10_000
  public var dtype: DType = .f32
  /// Recompute each layer in the backward pass.
  public var checkpointed = false
  /// Probability of dropout after attention and feed-forward.
  public var dropout: Float = 0
  /// Which parameters are trained, by name.
  public var trains: @Sendable (String) -> Bool = { _ in true }

  public init(
    hidden: Int, layers: Int, heads: Int, kvHeads: Int, headSize: Int, feedForward: Int, vocabulary: Int
  ) {
    self.hidden = hidden
    self.layers = layers
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.feedForward = feedForward
    self.vocabulary = vocabulary
  }

  /// The live inputs of a training step, i32[T] but for the dropout state.
  public struct Inputs: Sendable {
    public var tokens: Value
    public var targets: Value
    public var positions: Value
    public var documentStart: Value
    public var dropout: Value?
  }

  /// The model with its loss, before differentiation.
  public struct Training: Sendable {
    public var graph: Graph
    public var inputs: Inputs
    public var loss: CrossEntropyLoss
    /// The output of each layer, and what goes into the vocabulary projection last.
    public var hidden: [Value]
    public var parameters: [String: Value]
  }

  /// Builds the model over `rows` rows of packed documents.
  public func training(rows: Int) throws -> Training {
    var g = Graph()
    var inputs = Inputs(
      tokens: try g.input("tokens", [rows], .i32), targets: try g.input("targets", [rows], .i32),
      positions: try g.input("positions", [rows], .i32), documentStart: try g.input("documentStart", [rows], .i32))
    if dropout > 0 { inputs.dropout = try g.input("dropout", [4], .i32) }
    let table = try weight(&g, "model.embed_tokens", [vocabulary, hidden])
    var h = try g.embedding(table, inputs.tokens)
    var outputs: [Value] = []
    for index in 0..<layers {
      let name = "model.layers.\(index)"
      h = try g.scope(name) { g in
        checkpointed
          ? try g.checkpoint("layer") { g in try layer(&g, h, inputs, rows) } : try layer(&g, h, inputs, rows)
      }
      outputs.append(h)
    }
    let last = try g.rmsNorm(h, weight(&g, "model.norm", [hidden]), epsilon: epsilon, name: "norm")
    let head = try weight(&g, "lm_head", [vocabulary, hidden])
    let loss = try g.crossEntropy(last, head, targets: inputs.targets, name: "loss")
    var parameters: [String: Value] = [:]
    for value in g.externalValues {
      if case .parameter? = g.nodes[value.node]?.external { parameters[g.name(of: value)] = value }
    }
    return Training(
      graph: g, inputs: inputs, loss: loss, hidden: outputs + [last], parameters: parameters)
  }

  private func layer(_ g: inout Graph, _ x: Value, _ inputs: Inputs, _ rows: Int) throws -> Value {
    let rotary = RotaryEmbedding(headSize: headSize, positions: max(rows, 32), theta: theta)
    var h = x
    let inputNorm = try weight(&g, "input_layernorm", [hidden])
    let middleNorm = try weight(&g, "post_attention_layernorm", [hidden])
    let attended = try g.scope("self_attn") { g in
      let normed = try g.rmsNorm(h, inputNorm, epsilon: epsilon, name: "norm")
      let q = try linear(&g, normed, "q_proj", heads * headSize)
      let k = try linear(&g, normed, "k_proj", kvHeads * headSize)
      let v = try linear(&g, normed, "v_proj", kvHeads * headSize)
      let o = try g.attention(
        g.rope(q, positions: inputs.positions, rotary), g.rope(k, positions: inputs.positions, rotary), v,
        documentStart: inputs.documentStart, heads: heads, kvHeads: kvHeads)
      return try dropped(&g, linear(&g, o, "o_proj", hidden), inputs)
    }
    h = try g.add(h, attended, name: "attention residual")
    let mapped = try g.scope("mlp") { g in
      let normed = try g.rmsNorm(h, middleNorm, epsilon: epsilon, name: "norm")
      let gate = try linear(&g, normed, "gate_proj", feedForward)
      let up = try linear(&g, normed, "up_proj", feedForward)
      return try dropped(&g, linear(&g, g.siluGate(gate, up), "down_proj", hidden), inputs)
    }
    return try g.add(h, mapped, name: "mlp residual")
  }

  private func dropped(_ g: inout Graph, _ x: Value, _ inputs: Inputs) throws -> Value {
    guard let state = inputs.dropout else { return x }
    return try g.dropout(x, probability: dropout, state: state)
  }

  private func linear(_ g: inout Graph, _ x: Value, _ name: String, _ columns: Int) throws -> Value {
    try g.linear(x, weight(&g, name, [columns, g.type(of: x).columns]), name: name)
  }

  private func weight(_ g: inout Graph, _ name: String, _ shape: [Int]) throws -> Value {
    try g.parameter("\(name).weight", shape, dtype, trainable: trains(g.qualified("\(name).weight")))
  }
}
