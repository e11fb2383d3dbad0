public import Kernels

/// The batched matrix product alpha · op(A) · op(B), or with `accumulates` that added to C in place.
///
/// Inputs A, B and, where it accumulates, C; output C.
public struct MatmulOp: Op, Hashable {
  public static let family = "matmul"
  public var mode: Matmul.Mode
  /// Batch b uses the b-th of equal row ranges of each operand.
  public var batches = 1
  public var alpha: Float = 1
  /// Type of C; nil for that of A.
  public var result: DType?
  /// Shape of C where it is another view of its rows, as a gradient has the shape of its value; nil for the usual one.
  public var shape: [Int]?
  public var accumulates = false
  /// The bits of a row of C do not depend on how many rows there are (`Matmul.Shape`).
  public var rowsAreIndependent = false

  public init(
    _ mode: Matmul.Mode, batches: Int = 1, alpha: Float = 1, result: DType? = nil, shape: [Int]? = nil,
    accumulates: Bool = false, rowsAreIndependent: Bool = false
  ) {
    self.mode = mode
    self.batches = batches
    self.alpha = alpha
    self.result = result
    self.shape = shape
    self.accumulates = accumulates
    self.rowsAreIndependent = rowsAreIndependent
  }

  public var label: String { "matmul \(mode.rawValue)" }
  public var updates: [InPlace] { accumulates ? [InPlace(input: 2, output: 0)] : [] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    let (a, b) = (inputs[0], inputs[1])
    guard a.dtype.isFloat else { throw ShapeMismatch("A has numbers of floating point") }
    guard b.dtype == a.dtype || b.dtype.isQuantized && mode != .tn else {
      throw ShapeMismatch("B has the type of A" + (mode == .tn ? "" : " or is quantised"))
    }
    guard a.rows % batches == 0, b.rows % batches == 0 else {
      throw ShapeMismatch("rows of both are cut into \(batches) batches")
    }
    let (aRows, bRows) = (a.rows / batches, b.rows / batches)
    let inner = mode == .tn ? (aRows, bRows) : mode == .nn ? (a.columns, bRows) : (a.columns, b.columns)
    guard inner.0 == inner.1 else { throw ShapeMismatch("sums over \(inner.0) and \(inner.1) terms") }
    let columns = mode == .nt ? bRows : b.columns
    let usual = mode == .tn ? (batches == 1 ? [] : [batches]) + [a.columns, columns] : a.shape.dropLast() + [columns]
    let product = TensorType(shape ?? usual, result ?? a.dtype)
    guard product.columns == columns, product.elementCount == usual.reduce(1, *) else {
      throw ShapeMismatch("the product is \(usual) and can not be seen as \(product.shape)")
    }
    guard accumulates else { return [product] }
    guard inputs[2].rows == product.rows, inputs[2].columns == product.columns else {
      throw ShapeMismatch("the product is \(product) and can not be added to \(inputs[2])")
    }
    guard inputs[2].dtype == a.dtype || inputs[2].dtype == .f32 else {
      throw ShapeMismatch("C is f32 or has the type of A")
    }
    return [inputs[2]]
  }

  /// The gradients of A and B are products themselves, in the operands' own layouts.
  public func differentiate(_ step: inout Backward) throws(GraphError) {
    guard !accumulates else { throw .noDerivative(node: step.node.name, operation: label) }
    guard let gradient = step.gradient(ofOutput: 0) else { return }
    let dc = try step.cast(gradient, to: step.type(ofInput: 0).dtype)
    let (a, b) = (step.type(ofInput: 0), step.type(ofInput: 1))
    func product(_ mode: Matmul.Mode, like operand: TensorType, _ result: DType? = nil) -> MatmulOp {
      MatmulOp(mode, batches: batches, alpha: alpha, result: result, shape: operand.shape)
    }
    if step.needsGradient(ofInput: 0) {
      let other = try step.input(1)
      let da =
        switch mode {
        case .nn: try step.append(product(.nt, like: a), [dc, other], "backward")
        case .nt: try step.append(product(.nn, like: a), [dc, other], "backward")
        case .tn: try step.append(product(.nt, like: a), [other, dc], "backward")
        }
      step.add(da[0], toInput: 0)
    }
    if step.needsGradient(ofInput: 1) {
      let other = try step.input(0)
      let result = step.gradientType(ofInput: 1)
      let db =
        switch mode {
        case .nn: try step.append(product(.tn, like: b, result), [other, dc], "weight gradient")
        case .nt: try step.append(product(.tn, like: b, result), [dc, other], "weight gradient")
        case .tn: try step.append(product(.nn, like: b, result), [other, dc], "weight gradient")
        }
      step.add(db[0], toInput: 1)
    }
  }

  private func extents(_ a: TensorType, _ b: TensorType) -> Matmul.Shape {
    let (aRows, bRows) = (a.rows / batches, b.rows / batches)
    return Matmul.Shape(
      m: mode == .tn ? a.columns : aRows, n: mode == .nt ? bRows : b.columns, k: mode == .tn ? aRows : a.columns,
      batches: batches, rowsAreIndependent: rowsAreIndependent)
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    Matmul.workspaceBytes(
      extents(inputs[0], inputs[1]), mode: mode, a: inputs[0].dtype, b: inputs[1].dtype, c: outputs[0].dtype,
      accumulate: accumulates, in: context)
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](
      Matmul.multiply(
        operands.inputs[0], operands.inputs[1], into: operands.outputs[0], mode: mode, batches: batches, alpha: alpha,
        accumulate: accumulates, rowsAreIndependent: rowsAreIndependent, workspace: operands.workspace, in: context))
  }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? {
    Matmul.summationOrder(extents(inputs[0], inputs[1]))
  }
}

extension Backward {
  /// `value` in the storage type `type`; a node only where it has another.
  mutating func cast(_ value: Value, to type: DType) throws(GraphError) -> Value {
    graph.type(of: value).dtype == type ? value : try append(CastOp(to: type), [value], "gradient cast")[0]
  }

  /// Gradients of parameters are f32, whatever the parameter's type; those of other values have the value's type.
  func gradientType(ofInput input: Int) -> DType {
    if case .parameter? = graph.node(of: node.inputs[input]).external { return .f32 }
    return type(ofInput: input).dtype
  }
}

extension Graph {
  /// The product with a weight: y = x · Wᵀ.
  ///
  /// One to eight rows are a matrix–vector product, which reads the weight once.
  /// - Parameters:
  ///   - x: [.., K].
  ///   - weight: [N, K], of the type of x or quantised.
  /// - Returns: [.., N].
  public mutating func linear(_ x: Value, _ weight: Value, name: String? = nil) throws(GraphError) -> Value {
    if type(of: x).rows <= Matvec.maximumRows { return try add(MatvecOp(), [x, weight], name: name)[0] }
    return try add(MatmulOp(.nt), [x, weight], name: name)[0]
  }

  /// The batched matrix product alpha · op(A) · op(B).
  /// - Parameters:
  ///   - a: [.., K]; for `tn` [K, M].
  ///   - b: [K, N]; for `nt` [N, K].
  ///   - result: storage type of the product; nil for that of `a`.
  public mutating func matmul(
    _ a: Value, _ b: Value, _ mode: Matmul.Mode = .nn, batches: Int = 1, alpha: Float = 1, result: DType? = nil,
    name: String? = nil
  ) throws(GraphError) -> Value {
    try add(MatmulOp(mode, batches: batches, alpha: alpha, result: result), [a, b], name: name)[0]
  }
}
