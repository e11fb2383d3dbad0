public import Kernels

/// a + b, of one type.
public struct AddOp: Op, Hashable {
  public static let family = "elementwise"

  public init() {}

  public var label: String { "add" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0), InPlace(input: 1, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0] == inputs[1], inputs[0].dtype.isFloat else { throw ShapeMismatch("both are of one type") }
    return [inputs[0]]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    for input in 0..<2 { step.add(dy, toInput: input) }
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let inputs = operands.inputs
    return [Command](Elementwise.add(a: inputs[0], b: inputs[1], y: operands.outputs[0], in: context))
  }
}

/// y[t] = x[t] + b: a bias. Inputs x [.., D] and b [D], of one type; output y.
public struct AddRowOp: Op, Hashable {
  public static let family = "elementwise"

  public init() {}

  public var label: String { "add row" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat, inputs[1] == TensorType([inputs[0].columns], inputs[0].dtype) else {
      throw ShapeMismatch("the row has one element for each of \(inputs[0].columns) columns, of the type of x")
    }
    return [inputs[0]]
  }

  /// The gradient of the row is the sum of dy's rows: a product with a column of ones.
  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    step.add(dy, toInput: 0)
    guard step.needsGradient(ofInput: 1) else { return }
    let x = step.type(ofInput: 0)
    let ones = try step.append(FillOp(TensorType([x.rows, 1], x.dtype), isOne: true), [], "ones")[0]
    let sum = MatmulOp(.tn, result: step.gradientType(ofInput: 1), shape: [x.columns])
    step.add(try step.append(sum, [ones, dy], "row gradient")[0], toInput: 1)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let inputs = operands.inputs
    return [Command](Elementwise.addRow(x: inputs[0], row: inputs[1], y: operands.outputs[0], in: context))
  }
}

/// y += x, in place. Inputs y, f32 or of the type of x, and x; output y.
public struct AccumulateOp: Op, Hashable {
  public static let family = "elementwise"

  public init() {}

  public var label: String { "accumulate" }
  public var updates: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].shape == inputs[1].shape, inputs[1].dtype.isFloat,
      inputs[0].dtype == .f32 || inputs[0].dtype == inputs[1].dtype
    else { throw ShapeMismatch("both have one shape, and the sum is f32 or of the type of what is added") }
    return [inputs[0]]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](Elementwise.accumulate(x: operands.inputs[1], y: operands.outputs[0], in: context))
  }
}

/// x times a constant and, where there is a second input, times that f32 number.
public struct ScaleOp: Op, Hashable {
  public static let family = "elementwise"
  public var factor: Float

  public init(_ factor: Float) { self.factor = factor }

  public var label: String { "scale" }
  public var reuses: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat else { throw ShapeMismatch("x has numbers of floating point") }
    guard inputs.count == 1 || inputs[1] == .scalar(.f32) else { throw ShapeMismatch("the factor is f32[1]") }
    return [inputs[0]]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard !(step.node.inputs.count == 2 && step.needsGradient(ofInput: 1)) else {
      throw .noDerivative(node: step.node.name, operation: "the factor of \(label)")
    }
    guard let dy = step.gradient(ofOutput: 0) else { return }
    var inputs = [dy]
    if step.node.inputs.count == 2 { inputs.append(try step.input(1)) }
    step.add(try step.append(self, inputs)[0], toInput: 0)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    let scalar = operands.inputs.count == 2 ? operands.inputs[1].buffer : nil
    return [Command](
      Elementwise.scale(x: operands.inputs[0], by: factor, scalar: scalar, y: operands.outputs[0], in: context))
  }
}

/// x in another storage type.
public struct CastOp: Op, Hashable {
  public static let family = "elementwise"
  public var type: DType

  public init(to type: DType) { self.type = type }

  public var label: String { "cast to \(type.name)" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat, type.isFloat else { throw ShapeMismatch("both types are of floating point") }
    return [inputs[0].with(type)]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    step.add(try step.append(CastOp(to: step.type(ofInput: 0).dtype), [dy])[0], toInput: 0)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](Elementwise.cast(x: operands.inputs[0], y: operands.outputs[0], in: context))
  }
}

/// A copy of x.
public struct CopyOp: Op, Hashable {
  public static let family = "elementwise"

  public init() {}

  public var label: String { "copy" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype.isFloat else { throw ShapeMismatch("x has numbers of floating point") }
    return [inputs[0]]
  }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard let dy = step.gradient(ofOutput: 0) else { return }
    step.add(dy, toInput: 0)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](Elementwise.copy(x: operands.inputs[0], y: operands.outputs[0], in: context))
  }
}

/// Zeros, or ones, which the padding then holds as well: for a column whose other elements no kernel reads.
public struct FillOp: Op, Hashable {
  public static let family = "elementwise"
  public var type: TensorType
  public var isOne: Bool

  public init(_ type: TensorType, isOne: Bool = false) {
    self.type = type
    self.isOne = isOne
  }

  public var label: String { isOne ? "ones" : "zeros" }

  /// The number in every element of a word.
  private var word: UInt32 {
    guard isOne else { return 0 }
    return switch type.dtype {
    case .f16: 0x3c00_3c00
    case .bf16: 0x3f80_3f80
    case .i32: 1
    default: Float(1).bitPattern
    }
  }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] { [type] }
  public func differentiate(_ step: inout Backward) throws(GraphError) {}

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [.fill(operands.outputs[0].buffer, word)]
  }
}

extension Graph {
  /// a + b.
  public mutating func add(_ a: Value, _ b: Value, name: String? = nil) throws(GraphError) -> Value {
    try add(AddOp(), [a, b], name: name)[0]
  }

  /// x with a row added to each of its rows: a bias.
  /// - Parameters:
  ///   - x: [.., D].
  ///   - row: [D], of the type of x.
  public mutating func addRow(_ x: Value, _ row: Value, name: String? = nil) throws(GraphError) -> Value {
    try add(AddRowOp(), [x, row], name: name)[0]
  }

  /// Adds x to a state in place.
  /// - Returns: the state after it, which is what later nodes must use.
  @discardableResult
  public mutating func accumulate(
    _ x: Value, into state: Value, name: String? = nil
  ) throws(GraphError) -> Value {
    try add(AccumulateOp(), [state, x], name: name)[0]
  }

  /// x · factor, and times `scalar`, an f32[1], where there is one.
  public mutating func scale(
    _ x: Value, by factor: Float = 1, times scalar: Value? = nil, name: String? = nil
  ) throws(GraphError) -> Value {
    try add(ScaleOp(factor), [x] + (scalar.map { [$0] } ?? []), name: name)[0]
  }

  /// x in another storage type.
  public mutating func cast(_ x: Value, to type: DType, name: String? = nil) throws(GraphError) -> Value {
    try add(CastOp(to: type), [x], name: name)[0]
  }

  /// A copy of x.
  public mutating func copy(_ x: Value, name: String? = nil) throws(GraphError) -> Value {
    try add(CopyOp(), [x], name: name)[0]
  }

  /// Zeros.
  public mutating func zeros(_ shape: [Int], _ dtype: DType, name: String? = nil) throws(GraphError) -> Value {
    try add(FillOp(TensorType(shape, dtype)), [], name: name)[0]
  }
}
