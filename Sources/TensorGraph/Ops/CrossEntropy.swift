public import Kernels

/// What a cross entropy gives.
public struct CrossEntropyLoss: Hashable, Sendable {
  /// f32[1]: Σ nll over the rows with a target, in nats.
  public var sum: Value
  /// f32[T]: log Σ exp(logits) of every row.
  public var lse: Value
  /// f32[T]: lse − logit[target]; 0 where there is no target.
  public var nll: Value
}

/// The cross entropy of logits = h · Wᵀ, chunk by chunk, so that the logits never exist as a whole.
///
/// Inputs h [T, D], W [V, D], targets i32[T] (negative: ignored); outputs Σ nll, lse and nll.
public struct CrossEntropyOp: Op, Hashable {
  public static let family = "cross_entropy"

  public init() {}

  public var label: String { "crossEntropy" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let (h, weight, targets) = (inputs[0], inputs[1], inputs[2])
    guard h.dtype.isFloat, weight.columns == h.columns, weight.dtype == h.dtype || weight.dtype.isQuantized else {
      throw ShapeMismatch("rows of the weight have \(h.columns) elements, of the type of h or quantised")
    }
    guard targets.dtype == .i32, targets.elementCount == h.rows else {
      throw ShapeMismatch("there is an i32 target for each of \(h.rows) rows")
    }
    return [.scalar(.f32), TensorType([h.rows], .f32), TensorType([h.rows], .f32)]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard step.gradient(ofOutput: 1) == nil, step.gradient(ofOutput: 2) == nil,
      let scale = step.gradient(ofOutput: 0)
    else { throw .noDerivative(node: step.node.name, operation: "the rows' losses of \(label)") }
    let backward = CrossEntropyBackwardOp(
      input: step.needsGradient(ofInput: 0), weight: step.needsGradient(ofInput: 1))
    let inputs = [try step.input(0), try step.input(1), try step.input(2), try step.output(1), scale]
    let results = try step.append(backward, inputs)
    if backward.input { step.add(results[0], toInput: 0) }
    if backward.weight { step.add(results[backward.input ? 1 : 0], toInput: 1) }
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    Self.workspaceBytes(inputs, backward: false, in: context)
  }

  static func workspaceBytes(_ inputs: [TensorType], backward: Bool, in context: KernelContext) -> Int {
    CrossEntropy.workspaceBytes(
      rows: inputs[0].rows, hidden: inputs[0].columns, vocabulary: inputs[1].rows, type: inputs[0].dtype,
      weight: inputs[1].dtype, backward: backward, in: context)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](
      CrossEntropy.forward(operands.projection, losses: operands.losses, workspace: operands.scratch, in: context))
  }
}

/// Adds Σ nll to the loss of a control block, in place. Inputs control block and nll f32[T]; output the control block.
public struct LossSumOp: Op, Hashable {
  public static let family = "cross_entropy"

  public init() {}

  public var label: String { "loss sum" }
  public var updates: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0] == .controlBlock else { throw ShapeMismatch("the first is a control block") }
    guard inputs[1].dtype == .f32, inputs[1].rows == 1 else { throw ShapeMismatch("nll is a vector of f32") }
    return [inputs[0]]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let loss = ControlBlock.cell(.loss, in: operands.outputs[0].buffer)
    return [.dispatch(CrossEntropy.sum(nll: operands.inputs[1], into: loss, accumulating: true))]
  }
}

/// The gradients of scale · Σ nll. The scale is an f32[1], or the control block for its loss scale over the number of
/// tokens in the step. Inputs h, W, targets, lse, the scale and, where it accumulates, dW; outputs those
/// of dh and dW (f32, as is the accumulated one) that are asked for, in this order.
public struct CrossEntropyBackwardOp: Op, Hashable {
  public static let family = "cross_entropy"
  /// Computes dh.
  public var input: Bool
  /// Computes dW.
  public var weight: Bool
  /// Adds dW to the last input in place.
  public var accumulates = false

  public init(input: Bool, weight: Bool, accumulates: Bool = false) {
    self.input = input
    self.weight = weight
    self.accumulates = accumulates
  }

  public var label: String { "crossEntropy backward" }
  public var updates: [InPlace] { accumulates ? [InPlace(input: 5, output: input ? 1 : 0)] : [] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let forward = try CrossEntropyOp().outputTypes(Array(inputs[0..<3]))
    guard inputs[3] == forward[1], inputs[4] == .scalar(.f32) || inputs[4] == .controlBlock else {
      throw ShapeMismatch("lse is \(forward[1]) and the scale f32[1] or a control block")
    }
    let dw = inputs[1].with(.f32)
    guard !accumulates || inputs[5] == dw else { throw ShapeMismatch("dW, \(dw), can not be added to \(inputs[5])") }
    return (input ? [inputs[0]] : []) + (weight ? [dw] : [])
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    CrossEntropyOp.workspaceBytes(inputs, backward: true, in: context)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let (inputs, outputs) = (operands.inputs, operands.outputs)
    let gradients = CrossEntropy.Gradients(
      scale: CrossEntropy.Scale(inputs[4]), dh: input ? outputs[0] : nil, dWeight: weight ? outputs.last : nil,
      accumulating: accumulates)
    return [Command](
      CrossEntropy.backward(
        operands.projection, lse: inputs[3], gradients: gradients, workspace: operands.scratch, in: context))
  }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? {
    CrossEntropy.summationOrder(rows: inputs[0].rows, vocabulary: inputs[1].rows, in: context)
  }
}

/// Loss and gradients in one projection. Inputs h, W, targets, the scale and, where it accumulates, dW; outputs Σ nll,
/// lse, nll and those of dh and dW that are asked for.
public struct CrossEntropyBothOp: Op, Hashable {
  public static let family = "cross_entropy"
  public var input: Bool
  public var weight: Bool
  public var accumulates = false

  public init(input: Bool, weight: Bool, accumulates: Bool = false) {
    self.input = input
    self.weight = weight
    self.accumulates = accumulates
  }

  public var label: String { "crossEntropy with gradients" }
  public var updates: [InPlace] { accumulates ? [InPlace(input: 4, output: input ? 4 : 3)] : [] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let forward = try CrossEntropyOp().outputTypes(Array(inputs[0..<3]))
    let backward = CrossEntropyBackwardOp(input: input, weight: weight, accumulates: accumulates)
    return forward
      + (try backward.outputTypes(Array(inputs[0..<3]) + [forward[1]] + Array(inputs[3...])))
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    CrossEntropyOp.workspaceBytes(inputs, backward: true, in: context)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let outputs = operands.outputs
    let gradients = CrossEntropy.Gradients(
      scale: CrossEntropy.Scale(operands.inputs[3]), dh: input ? outputs[3] : nil,
      dWeight: weight ? outputs.last : nil, accumulating: accumulates)
    return [Command](
      CrossEntropy.forwardBackward(
        operands.projection, losses: operands.losses, gradients: gradients, workspace: operands.scratch, in: context))
  }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? {
    CrossEntropy.summationOrder(rows: inputs[0].rows, vocabulary: inputs[1].rows, in: context)
  }
}

extension Operands {
  /// The first three inputs of every operation of the family.
  fileprivate var projection: CrossEntropy.Projection {
    CrossEntropy.Projection(h: inputs[0], weight: inputs[1], targets: inputs[2])
  }

  /// The first three outputs of those that compute losses.
  fileprivate var losses: CrossEntropy.Losses {
    CrossEntropy.Losses(lse: outputs[1], nll: outputs[2], sum: ScalarCell(outputs[0]))
  }
}

extension CrossEntropy.Scale {
  /// A number, or what a control block holds.
  fileprivate init(_ slice: TensorSlice) {
    self = slice.columns == 1 ? Self(ScalarCell(slice)) : Self(control: slice.buffer)
  }
}

extension Graph {
  /// The cross entropy of the projection logits = h · Wᵀ against the targets.
  /// - Parameters:
  ///   - h: [T, D].
  ///   - weight: [V, D].
  ///   - targets: i32[T]; a negative one is ignored.
  public mutating func crossEntropy(
    _ h: Value, _ weight: Value, targets: Value, name: String? = nil
  ) throws(GraphError) -> CrossEntropyLoss {
    let outputs = try add(CrossEntropyOp(), [h, weight, targets], name: name)
    return CrossEntropyLoss(sum: outputs[0], lse: outputs[1], nll: outputs[2])
  }
  /// Adds the rows' losses to the loss of a control block.
  /// - Returns: the control block after it, which is what later nodes must use.
  public mutating func addLoss(_ nll: Value, to control: Value, name: String? = nil) throws(GraphError) -> Value {
    try add(LossSumOp(), [control, nll], name: name)[0]
  }
}
