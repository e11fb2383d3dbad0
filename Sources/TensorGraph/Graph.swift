public import Kernels

/// A value computed by a node, or given from outside.
public struct Value: Hashable, Sendable {
  /// Index of the node in `Graph.nodes`.
  public let node: Int
  /// Index in the node's outputs.
  public let output: Int

  public init(node: Int, output: Int) {
    self.node = node
    self.output = output
  }
}

/// A computation written once: nodes in the order in which they run.
///
/// Built by calling operations on it; then differentiated, fused, planned and compiled into a `Program`. A graph is a
/// value: a copy is another graph, and values of the one mean the same in the other as long as neither has grown.
///
///     var g = Graph()
///     let x = try g.input("x", [T, D], .f32)
///     let y = try g.scope("mlp") { g in try g.linear(x, w, name: "up") }   // the node is named mlp.up
public struct Graph: Sendable {
  /// One operation applied to values, or an external value.
  public struct Node: Sendable {
    public let name: String
    public var kind: Kind
    public var inputs: [Value]
    public var outputs: [TensorType]
    /// The checkpoint to which the node belongs; nil for none.
    public var checkpoint: Int?

    /// The operation; nil for an external value.
    public var op: (any Op)? { if case .operation(let op) = kind { op } else { nil } }
    public var external: External? { if case .external(let external) = kind { external } else { nil } }
  }

  public enum Kind: Sendable {
    case operation(any Op)
    case external(External)
  }

  /// What is known of a value that no node computes.
  public enum External: Sendable, Hashable {
    /// A weight; gradients are formed for trainable ones only.
    case parameter(trainable: Bool)
    /// Written by the host before a replay.
    case input
    /// Follows from the input with the given node by a rule; written with it.
    case derived(from: Value, Derivation)
    /// Lives on the device from replay to replay and is updated in place.
    case state
    /// Cosines or sines of the rotary angles.
    case rotary(RotaryEmbedding, sine: Bool)
  }

  /// How the host computes one input from another.
  public enum Derivation: Sendable, Hashable {
    /// The arrays that group the rows of an embedding by token, so that a gradient is summed in a fixed order.
    case tokenSegments(vocabulary: Int)
  }

  /// In the order in which they run. Removed nodes leave a gap, so that a value keeps its meaning.
  public internal(set) var nodes: [Node?] = []
  /// Fused values: what took their place.
  var replacements: [Value: Value] = [:]
  private var scopes: [String] = []
  private var names: [String: Int] = [:]
  private var externals: [String: Value] = [:]
  private var checkpoint: Int?
  /// Names of the checkpoints, by index.
  private(set) var checkpoints: [String] = []

  public init() {}

  // MARK: External values

  /// A weight. Trainable ones are what the optimizer updates; for frozen ones no gradient is ever computed.
  public mutating func parameter(
    _ name: String, _ shape: [Int], _ dtype: DType, trainable: Bool = true
  ) throws(GraphError) -> Value {
    try external(name, TensorType(shape, dtype), .parameter(trainable: trainable && dtype.isFloat))
  }

  /// A value that the host writes before a replay: tokens, positions, targets, a scale.
  public mutating func input(_ name: String, _ shape: [Int], _ dtype: DType) throws(GraphError) -> Value {
    try external(name, TensorType(shape, dtype), .input)
  }

  /// A value that stays on the device from replay to replay and that nodes update in place: gradients, moments, caches.
  public mutating func state(_ name: String, _ shape: [Int], _ dtype: DType) throws(GraphError) -> Value {
    try external(name, TensorType(shape, dtype), .state)
  }

  /// The external value with the name, added if there is none yet.
  mutating func shared(_ name: String, _ type: TensorType, _ kind: External) throws(GraphError) -> Value {
    if let known = externals[name], nodes[known.node]?.external == kind { return known }
    return try external(name, type, kind, scoped: false)
  }

  private mutating func external(
    _ name: String, _ type: TensorType, _ kind: External, scoped: Bool = true
  ) throws(GraphError) -> Value {
    let full = scoped ? qualified(name) : name
    guard externals[full] == nil else { throw .duplicateName(full) }
    guard type.shape.allSatisfy({ $0 > 0 }) else {
      throw .shape(node: full, operation: "an external value", inputs: [type], reason: "every dimension is at least 1")
    }
    guard !type.dtype.isQuantized || QuantizedLayout(type.dtype, rows: type.rows, columns: type.columns) != nil else {
      let block = type.dtype.blockColumns ?? 0
      throw .shape(
        node: full, operation: "an external value", inputs: [type], reason: "rows are whole blocks of \(block) elements"
      )
    }
    let value = Value(node: nodes.count, output: 0)
    nodes.append(Node(name: full, kind: .external(kind), inputs: [], outputs: [type]))
    externals[full] = value
    return value
  }

  /// All external values, in the order in which they were added.
  public var externalValues: [Value] {
    nodes.indices.filter { nodes[$0]?.external != nil }.map { Value(node: $0, output: 0) }
  }

  /// Every trainable parameter, in the order in which they were added.
  public var trainableParameters: [Value] {
    externalValues.filter { nodes[$0.node]?.external == .parameter(trainable: true) }
  }

  // MARK: Names and segments

  /// Prefixes the names of everything that `body` adds with `name.`.
  public mutating func scope<Result, Failure: Error>(
    _ name: String, _ body: (inout Graph) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    scopes.append(name)
    defer { scopes.removeLast() }
    return try body(&self)
  }

  /// Marks what `body` adds as a segment whose values are not kept for the backward pass but computed again in it, from
  /// what goes into the segment (Chen et al. 2016). A segment inside a segment is part of the outer one.
  public mutating func checkpoint<Result, Failure: Error>(
    _ name: String, _ body: (inout Graph) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard checkpoint == nil else { return try body(&self) }
    checkpoint = checkpoints.count
    checkpoints.append(qualified(name))
    defer { checkpoint = nil }
    return try body(&self)
  }

  /// `name` with the names of the current scopes before it.
  public func qualified(_ name: String) -> String { (scopes + [name]).joined(separator: ".") }

  /// `name`, with a number where it is taken.
  private mutating func unique(_ name: String) -> String {
    let count = names[name, default: 0]
    names[name] = count + 1
    return count == 0 ? name : "\(name)#\(count + 1)"
  }

  // MARK: Nodes

  /// Appends a node.
  /// - Parameter name: nil for the label of the operation.
  /// - Returns: its outputs.
  public mutating func add(_ op: any Op, _ inputs: [Value], name: String? = nil) throws(GraphError) -> [Value] {
    try append(op, inputs, name: qualified(name ?? op.label), checkpoint: checkpoint)
  }

  /// Appends a node under a full name.
  mutating func append(
    _ op: any Op, _ inputs: [Value], name: String, checkpoint: Int?
  ) throws(GraphError) -> [Value] {
    let inputs = inputs.map(resolve)
    let name = unique(name)
    let outputs = try outputTypes(of: op, inputs, name: name)
    let node = nodes.count
    nodes.append(Node(name: name, kind: .operation(op), inputs: inputs, outputs: outputs, checkpoint: checkpoint))
    return outputs.indices.map { Value(node: node, output: $0) }
  }

  func outputTypes(of op: any Op, _ inputs: [Value], name: String) throws(GraphError) -> [TensorType] {
    let types = inputs.map { type(of: $0) }
    do throws(ShapeMismatch) {
      return try op.outputTypes(types)
    } catch {
      throw .shape(node: name, operation: op.label, inputs: types, reason: error.reason)
    }
  }

  /// Where the value is now: fusions move values to other nodes.
  public func resolve(_ value: Value) -> Value {
    var value = value
    while let next = replacements[value] { value = next }
    return value
  }

  /// - Precondition: the value is of this graph and has not been removed.
  public func type(of value: Value) -> TensorType { node(of: value).outputs[resolve(value).output] }

  /// The name of the value's node; outputs after the first have their index added.
  public func name(of value: Value) -> String {
    let value = resolve(value)
    let name = node(of: value).name
    return value.output == 0 ? name : "\(name)/\(value.output)"
  }

  func node(of value: Value) -> Node {
    let value = resolve(value)
    guard let node = nodes[value.node] else {
      preconditionFailure("value \(value) belongs to a node that was removed as unused")
    }
    return node
  }
}
