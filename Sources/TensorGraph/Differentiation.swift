import Kernels

/// The backward step of one node: what its derivative may use, and where it leaves its results.
public struct Backward {
  public var graph: Graph
  /// The node that is differentiated.
  public let node: Graph.Node
  fileprivate let index: Int
  fileprivate let outputGradients: [Value?]
  fileprivate let needed: [Bool]
  fileprivate var inputGradients: [(input: Int, gradient: Value)] = []
  fileprivate var recomputation: Recomputation

  /// The gradient of an output; nil where the loss does not depend on it.
  public func gradient(ofOutput output: Int) -> Value? { outputGradients[output] }

  /// Whether the gradient of an input is asked for. What nobody needs must not be computed.
  public func needsGradient(ofInput input: Int) -> Bool { needed[input] }

  /// An input's value, computed again where the node lies in a checkpointed segment.
  public mutating func input(_ input: Int) throws(GraphError) -> Value {
    try recomputation.value(node.inputs[input], in: &graph)
  }

  /// An output's value, computed again where the node lies in a checkpointed segment.
  public mutating func output(_ output: Int) throws(GraphError) -> Value {
    try recomputation.value(Value(node: index, output: output), in: &graph)
  }

  public func type(ofInput input: Int) -> TensorType { graph.type(of: node.inputs[input]) }

  /// Adds `gradient` to the gradient of an input.
  public mutating func add(_ gradient: Value, toInput input: Int) { inputGradients.append((input, gradient)) }

  /// Appends a node named after the one that is differentiated.
  public mutating func append(
    _ op: any Op, _ inputs: [Value], _ suffix: String = "backward"
  ) throws(GraphError) -> [Value] {
    try graph.append(op, inputs, name: "\(node.name).\(suffix)", checkpoint: nil)
  }
}

extension Graph {
  /// Appends the nodes that compute the gradients of `loss` by reverse accumulation.
  ///
  /// Contributions of several uses of a value are summed in a fixed order, that of the uses from the last to the first.
  /// Nothing is computed for values that nobody asked about, frozen parameters among them. The gradient of a 16-bit
  /// weight is f32.
  /// - Parameters:
  ///   - loss: any value.
  ///   - scale: the gradient of `loss`, of its shape: for a scalar loss a factor that every gradient carries, for
  ///     anything else the cotangent. For the loss of a cross entropy also a control block, which stands for its loss
  ///     scale over the number of tokens in the step.
  ///   - values: float values on which `loss` depends.
  /// - Returns: a gradient for each of `values`.
  /// - Throws: `notDifferentiable`, `noDependence`, `noDerivative`, `shape`; the graph is then as it was.
  public mutating func gradients(
    of loss: Value, scale: Value, withRespectTo values: [Value]
  ) throws(GraphError) -> [Value] {
    let before = self
    do throws(GraphError) {
      return try appendGradients(of: loss, scale: scale, withRespectTo: values)
    } catch {
      self = before
      throw error
    }
  }

  private mutating func appendGradients(
    of loss: Value, scale: Value, withRespectTo values: [Value]
  ) throws(GraphError) -> [Value] {
    let (loss, scale, values) = (resolve(loss), resolve(scale), values.map(resolve))
    let scales = type(of: scale) == .controlBlock && type(of: loss) == .scalar(.f32)
    guard scales || type(of: loss).shape == type(of: scale).shape else {
      throw .shape(
        node: name(of: loss), operation: "gradients", inputs: [type(of: loss), type(of: scale)],
        reason: "the scale of the gradients has the shape of the loss")
    }
    for value in values where !type(of: value).dtype.isFloat {
      throw .notDifferentiable(value: name(of: value), type: type(of: value))
    }
    let dependent = dependents(of: values)
    var recomputation = Recomputation(self, before: nodes.count)
    var gradients: [Value: Value] = [loss: scale]
    for index in stride(from: loss.node, through: 0, by: -1) {
      guard let node = nodes[index], let op = node.op else { continue }
      let outputs = node.outputs.indices.map { Value(node: index, output: $0) }
      let needed = node.inputs.map { dependent.contains($0) }
      guard needed.contains(true), outputs.contains(where: { gradients[$0] != nil }) else { continue }
      var step = Backward(
        graph: self, node: node, index: index, outputGradients: outputs.map { gradients[$0] }, needed: needed,
        recomputation: recomputation)
      // So that what the step holds is not copied when it grows.
      self = Graph()
      recomputation.forget()
      try op.differentiate(&step)
      self = step.graph
      recomputation = step.recomputation
      for (input, gradient) in step.inputGradients where needed[input] {
        try accumulate(gradient, into: &gradients, for: node.inputs[input])
      }
    }
    return try values.map { (value) throws(GraphError) in
      guard let gradient = gradients[value] else {
        throw .noDependence(of: name(of: loss), on: name(of: value))
      }
      return gradient
    }
  }

  private mutating func accumulate(
    _ gradient: Value, into gradients: inout [Value: Value], for value: Value
  ) throws(GraphError) {
    guard let sum = gradients[value] else {
      gradients[value] = gradient
      return
    }
    let name = "\(name(of: value)).gradient"
    gradients[value] = try append(AddOp(), [sum, gradient], name: name, checkpoint: nil)[0]
  }

  /// The values that depend on one of `values`, these included.
  private func dependents(of values: [Value]) -> Set<Value> {
    var dependent = Set(values)
    for (index, node) in nodes.enumerated() {
      guard let node, node.op != nil, node.inputs.contains(where: dependent.contains) else { continue }
      for (output, type) in node.outputs.enumerated() where type.dtype.isFloat {
        dependent.insert(Value(node: index, output: output))
      }
    }
    return dependent
  }
}

/// The values of checkpointed segments as the backward pass sees them: computed again, each when it is first needed.
struct Recomputation: Sendable {
  /// Nodes from here on belong to the backward pass.
  private let end: Int
  /// Values of a segment that something outside it uses, and which are kept therefore.
  private let kept: Set<Value>
  private var again: [Value: Value] = [:]

  init(_ graph: Graph, before end: Int) {
    self.end = end
    var kept: Set<Value> = []
    for node in graph.nodes.prefix(end).compactMap({ $0 }) {
      for input in node.inputs where graph.nodes[input.node]?.checkpoint != node.checkpoint { kept.insert(input) }
    }
    self.kept = kept
  }

  /// Lets go of what another copy goes on with.
  mutating func forget() { again = [:] }

  /// The value that the backward pass uses for `value`.
  mutating func value(_ value: Value, in graph: inout Graph) throws(GraphError) -> Value {
    let value = graph.resolve(value)
    guard value.node < end, let node = graph.nodes[value.node], let op = node.op, node.checkpoint != nil,
      !kept.contains(value)
    else { return value }
    if let known = again[value] { return known }
    precondition(op.updates.isEmpty, "\(node.name) updates a value in place and can not be computed again")
    var inputs: [Value] = []
    for input in node.inputs { inputs.append(try self.value(input, in: &graph)) }
    let outputs = try graph.append(op, inputs, name: "\(node.name).again", checkpoint: nil)
    for (index, output) in outputs.enumerated() { again[Value(node: value.node, output: index)] = output }
    return outputs[value.output]
  }
}
