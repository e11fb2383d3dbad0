public import Kernels
public import TensorGraph

/// The paged cache of keys and values that the programs of one model share.
public struct CacheShape: Sendable, Hashable {
  /// Blocks of 32 positions in each layer's pools.
  public var blocks: Int
  /// Sequences that the block table has rows for.
  public var sequences: Int
  /// Blocks that one sequence may have.
  public var blocksPerSequence: Int
  /// Type of the pools: f32 or f16.
  public var dtype: DType

  public init(blocks: Int, sequences: Int, blocksPerSequence: Int, dtype: DType) {
    self.blocks = blocks
    self.sequences = sequences
    self.blocksPerSequence = blocksPerSequence
    self.dtype = dtype
  }

  /// Positions that one sequence may have.
  public var context: Int { blocksPerSequence * PagedAttention.blockSize }
}

extension LLaMA {
  /// The model over a paged cache.
  public struct Inference: Sendable {
    public var graph: Graph
    /// i32[T]; so are the next three. A row with a negative position is dead.
    public var tokens: Value
    /// Position of each row in its sequence.
    public var positions: Value
    /// Row of the block table that each row's sequence has.
    public var sequences: Value
    /// Row of the pools to which each row's key and value go; negative for a dead row.
    public var slots: Value
    /// i32[sequences, blocks of each].
    public var blockTable: Value
    /// i32[R]: the rows of which logits are wanted; nil where these are all rows.
    public var outputRows: Value?
    /// f32[R, V].
    public var logits: Value
    /// i32[R]: the likeliest token.
    public var next: Value
  }

  /// The pools of every layer, as `inference` names them.
  public func cacheTensors(_ cache: CacheShape) -> [(name: String, type: TensorType)] {
    let type = TensorType([cache.blocks * PagedAttention.blockSize, kvHeads * headSize], cache.dtype)
    return (0..<layers).flatMap { layer in
      ["keys", "values"].map { (name: "model.layers.\(layer).self_attn.\($0)", type: type) }
    }
  }

  /// Builds the logits of rows whose sequences lie in a paged cache.
  /// - Parameters:
  ///   - rows: T.
  ///   - outputs: R, of how many rows logits are wanted; as many as `rows` when decoding.
  ///   - phase: whether the rows are chunks of prompts or the newest tokens of so many sequences. A row's bits depend on
  ///     its own sequence and on this, not on T or the other rows.
  public func inference(
    rows: Int, outputs: Int, phase: PagedAttentionOp.Phase, cache: CacheShape
  ) throws(GraphError) -> Inference {
    var g = Graph()
    let tokens = try g.input("tokens", [rows], .i32)
    let positions = try g.input("positions", [rows], .i32)
    let sequences = try g.input("sequences", [rows], .i32)
    let slots = try g.input("slots", [rows], .i32)
    let table = try g.input("blockTable", [cache.sequences, cache.blocksPerSequence], .i32)
    let outputRows = phase == .prefill ? try g.input("outputRows", [outputs], .i32) : nil
    let rotary = RotaryEmbedding(
      headSize: headSize, positions: cache.context, theta: theta, scaling: rotaryScaling)
    let block = LLaMABlock(
      model: self, rotary: rotary, positions: positions, product: phase == .prefill ? .independentRows : .matvec)
    let pool = [cache.blocks * PagedAttention.blockSize, kvHeads * headSize]
    let (hidden, head) = try layers(&g, block, tokens: tokens) { (g, projections) throws(GraphError) in
      let keys = try g.state("keys", pool, cache.dtype)
      let values = try g.state("values", pool, cache.dtype)
      let pools = try g.pagedWrite(projections.k, projections.v, keys: keys, values: values, slots: slots)
      return try g.pagedAttention(
        projections.q, keys: pools.keys, values: pools.values, blockTable: table, sequences: sequences,
        positions: positions, heads: heads, kvHeads: kvHeads, phase: phase, window: window(projections.layer))
    }
    var last = hidden[hidden.count - 1]
    if let outputRows { last = try g.embedding(last, outputRows, name: "output rows") }
    let logits = try g.matvec(last, head, result: .f32, name: "lm_head")
    let next = try g.argmax(logits, name: "next")
    return Inference(
      graph: g, tokens: tokens, positions: positions, sequences: sequences, slots: slots, blockTable: table,
      outputRows: outputRows, logits: logits, next: next)
  }

  /// Builds the loss of each row of packed documents without a cache: for perplexity.
  /// - Returns: the inputs, i32[T] targets (negative: none), and f32[T] nats of each row with a target.
  public func scoring(
    rows: Int
  ) throws(GraphError) -> (graph: Graph, inputs: Inputs, targets: Value, nll: Value) {
    var trunk = try trunk(rows: rows)
    let targets = try trunk.graph.input("targets", [rows], .i32)
    let loss = try trunk.graph.crossEntropy(trunk.hidden.last!, trunk.head, targets: targets, name: "loss")
    return (trunk.graph, trunk.inputs, targets, loss.nll)
  }
}
