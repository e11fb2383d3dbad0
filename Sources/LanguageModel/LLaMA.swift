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
  public var rotaryScaling: RotaryScaling = .none
  /// Positions that a row sees, its own among them, layer by layer; 0 or absent: all.
  public var windows: [Int] = []
  /// Which projections have a bias.
  public var biases: Biases = []
  /// RMSNorm of each query and key head before it is rotated (Qwen3).
  public var normalizesHeads = false
  /// The projection onto the vocabulary is the embedding table.
  public var tiesEmbeddings = false
  /// Type of what flows between the layers, and of the parameters that `weightTypes` does not name.
  public var dtype: DType = .f32
  /// Types of parameters, by name, where they differ: quantised matrices, norms in f32.
  public var weightTypes: [String: DType] = [:]
  /// Low-rank updates of projections; nil for none.
  public var lora: LoRA?
  /// Recompute each layer in the backward pass.
  public var checkpointed = false
  /// Probability of dropout after attention and feed-forward.
  public var dropout: Float = 0
  /// Which parameters are trained, by name.
  public var trains: @Sendable (String) -> Bool = { _ in true }

  /// Projections that have a bias.
  public struct Biases: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let queryKeyValue = Biases(rawValue: 1)
    public static let output = Biases(rawValue: 2)
    public static let feedForward = Biases(rawValue: 4)

    /// Whether the projection of the name, such as `q_proj`, has one.
    func include(_ projection: String) -> Bool {
      switch projection {
      case "q_proj", "k_proj", "v_proj": contains(.queryKeyValue)
      case "o_proj": contains(.output)
      default: contains(.feedForward)
      }
    }
  }

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
    if dropout > 0 || (lora?.dropout ?? 0) > 0 { inputs.dropout = try g.input("dropout", [4], .i32) }
    let rotary = RotaryEmbedding(
      headSize: headSize, positions: max(rows, 32), theta: theta, scaling: rotaryScaling)
    let block = LLaMABlock(model: self, rotary: rotary, positions: inputs.positions, dropoutState: inputs.dropout)
    let documentStart = inputs.documentStart
    let (outputs, head) = try layers(&g, block, tokens: inputs.tokens) { (g, projections) throws(GraphError) in
      try g.attention(
        projections.q, projections.k, projections.v, documentStart: documentStart, heads: heads, kvHeads: kvHeads,
        window: window(projections.layer))
    }
    return Trunk(graph: g, inputs: inputs, hidden: outputs, head: head)
  }

  /// Appends the embedding, every layer and the final norm.
  /// - Parameter attend: the attention of a layer's rotated heads.
  /// - Returns: the output of each layer and of the final norm, and the projection onto the vocabulary.
  func layers(
    _ g: inout Graph, _ block: LLaMABlock, tokens: Value, attend: LLaMABlock.Attend
  ) throws(GraphError) -> (outputs: [Value], head: Value) {
    let table = try parameter(&g, "model.embed_tokens.weight", [vocabulary, hidden])
    let head = tiesEmbeddings ? table : nil
    var h = try g.embedding(table, tokens, result: dtype)
    var outputs: [Value] = []
    for index in 0..<layers {
      h = try g.scope("model.layers.\(index)") { (g) throws(GraphError) in
        guard checkpointed else { return try block.layer(&g, h, index, attend) }
        return try g.checkpoint("layer") { (g) throws(GraphError) in try block.layer(&g, h, index, attend) }
      }
      outputs.append(h)
    }
    outputs.append(
      try g.rmsNorm(h, parameter(&g, "model.norm.weight", [hidden]), epsilon: epsilon, name: "norm"))
    if let head { return (outputs, head) }
    return (outputs, try parameter(&g, "lm_head.weight", [vocabulary, hidden]))
  }

  /// Positions that a row of a layer sees; 0: all.
  func window(_ layer: Int) -> Int { layer < windows.count ? windows[layer] : 0 }

  /// The parameter of the name in the current scope, in its type.
  func parameter(_ g: inout Graph, _ name: String, _ shape: [Int]) throws(GraphError) -> Value {
    let full = g.qualified(name)
    return try g.parameter(name, shape, weightTypes[full] ?? dtype, trainable: trains(full))
  }
}
