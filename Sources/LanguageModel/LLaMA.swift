public import Kernels
public import TensorGraph

/// A LLaMA as a graph (Touvron et al. 2023): embedding, layers of attention and gated feed-forward around a residual
/// stream, final norm, projection onto the vocabulary. Parameters bear the names that `transformers` gives them.
public struct LLaMA: Sendable {
  /// D.
  public var hidden: Int
  /// L.
  public var layers: Int
  /// H.
  public var heads: Int
  /// G.
  public var kvHeads: Int
  /// K.
  public var headSize: Int
  /// F.
  public var feedForward: Int
  /// V.
  public var vocabulary: Int
  /// ε of the norms.
  public var epsilon: Float = 1e-5
  /// Base of the rotary frequencies.
  public var theta: Double = 10_000
  /// Type of the parameters and of what flows between the layers.
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

  /// What the host writes before a replay, i32[T] but for the dropout state.
  public struct Inputs: Sendable {
    public var tokens: Value
    /// Position of each row in its document.
    public var positions: Value
    /// Row at which each row's document starts.
    public var documentStart: Value
    /// `Dropout.State`; nil for a model without dropout.
    public var dropout: Value?
  }

  /// The model up to its final norm.
  public struct Trunk: Sendable {
    public var graph: Graph
    public var inputs: Inputs
    /// The output of each layer, then of the final norm: [T, D].
    public var hidden: [Value]
    /// The projection onto the vocabulary: [V, D].
    public var head: Value
  }

  /// The model with its loss, before differentiation.
  public struct Training: Sendable {
    public var graph: Graph
    public var inputs: Inputs
    /// i32[T]; a negative one counts for nothing.
    public var targets: Value
    public var loss: CrossEntropyLoss
    /// As in `Trunk`.
    public var hidden: [Value]
    public var parameters: [String: Value]
  }

  /// The model with the likeliest next token of each row.
  public struct Prediction: Sendable {
    public var graph: Graph
    public var inputs: Inputs
    /// i32[T].
    public var next: Value
  }

  /// Builds the loss over `rows` rows of packed documents.
  public func training(rows: Int) throws(GraphError) -> Training {
    var trunk = try trunk(rows: rows)
    let targets = try trunk.graph.input("targets", [rows], .i32)
    let loss = try trunk.graph.crossEntropy(trunk.hidden.last!, trunk.head, targets: targets, name: "loss")
    let g = trunk.graph
    var parameters: [String: Value] = [:]
    for value in g.externalValues {
      if case .parameter? = g.nodes[value.node]?.external { parameters[g.name(of: value)] = value }
    }
    return Training(
      graph: g, inputs: trunk.inputs, targets: targets, loss: loss, hidden: trunk.hidden, parameters: parameters)
  }

  /// Builds the greedy choice for each of `rows` rows of packed documents.
  public func prediction(rows: Int) throws(GraphError) -> Prediction {
    var trunk = try trunk(rows: rows)
    let logits = try trunk.graph.linear(trunk.hidden.last!, trunk.head, name: "lm_head")
    let next = try trunk.graph.argmax(trunk.graph.cast(logits, to: .f32), name: "next")
    return Prediction(graph: trunk.graph, inputs: trunk.inputs, next: next)
  }

  /// Builds everything below the projection onto the vocabulary.
  public func trunk(rows: Int) throws(GraphError) -> Trunk {
    var g = Graph()
    var inputs = Inputs(
      tokens: try g.input("tokens", [rows], .i32), positions: try g.input("positions", [rows], .i32),
      documentStart: try g.input("documentStart", [rows], .i32))
    if dropout > 0 { inputs.dropout = try g.input("dropout", [4], .i32) }
    var h = try g.embedding(weight(&g, "model.embed_tokens", [vocabulary, hidden]), inputs.tokens)
    var outputs: [Value] = []
    for index in 0..<layers {
      h = try g.scope("model.layers.\(index)") { (g) throws(GraphError) in
        guard checkpointed else { return try layer(&g, h, inputs, rows) }
        return try g.checkpoint("layer") { (g) throws(GraphError) in try layer(&g, h, inputs, rows) }
      }
      outputs.append(h)
    }
    outputs.append(try g.rmsNorm(h, weight(&g, "model.norm", [hidden]), epsilon: epsilon, name: "norm"))
    let head = try weight(&g, "lm_head", [vocabulary, hidden])
    return Trunk(graph: g, inputs: inputs, hidden: outputs, head: head)
  }

  private func layer(_ g: inout Graph, _ x: Value, _ inputs: Inputs, _ rows: Int) throws(GraphError) -> Value {
    let inputNorm = try weight(&g, "input_layernorm", [hidden])
    let middleNorm = try weight(&g, "post_attention_layernorm", [hidden])
    let attended = try g.scope("self_attn") { (g) throws(GraphError) in
      let rotary = RotaryEmbedding(headSize: headSize, positions: max(rows, 32), theta: theta)
      let normed = try g.rmsNorm(x, inputNorm, epsilon: epsilon, name: "norm")
      let q = try linear(&g, normed, "q_proj", heads * headSize)
      let k = try linear(&g, normed, "k_proj", kvHeads * headSize)
      let v = try linear(&g, normed, "v_proj", kvHeads * headSize)
      let o = try g.attention(
        g.rope(q, positions: inputs.positions, rotary), g.rope(k, positions: inputs.positions, rotary), v,
        documentStart: inputs.documentStart, heads: heads, kvHeads: kvHeads)
      return try dropped(&g, linear(&g, o, "o_proj", hidden), inputs)
    }
    let h = try g.add(x, attended, name: "attention residual")
    let mapped = try g.scope("mlp") { (g) throws(GraphError) in
      let normed = try g.rmsNorm(h, middleNorm, epsilon: epsilon, name: "norm")
      let gate = try linear(&g, normed, "gate_proj", feedForward)
      let up = try linear(&g, normed, "up_proj", feedForward)
      return try dropped(&g, linear(&g, g.siluGate(gate, up), "down_proj", hidden), inputs)
    }
    return try g.add(h, mapped, name: "mlp residual")
  }

  private func dropped(_ g: inout Graph, _ x: Value, _ inputs: Inputs) throws(GraphError) -> Value {
    guard let state = inputs.dropout else { return x }
    return try g.dropout(x, probability: dropout, state: state)
  }

  private func linear(_ g: inout Graph, _ x: Value, _ name: String, _ columns: Int) throws(GraphError) -> Value {
    try g.linear(x, weight(&g, name, [columns, g.type(of: x).columns]), name: name)
  }

  private func weight(_ g: inout Graph, _ name: String, _ shape: [Int]) throws(GraphError) -> Value {
    try g.parameter("\(name).weight", shape, dtype, trainable: trains(g.qualified("\(name).weight")))
  }
}
