public import Kernels

/// The norm of all gradients of a step and what follows from it, written into the control block in place.
///
/// Inputs the control block and f32 slabs of gradients; output the control block.
public struct GradientNormOp: Op, Hashable {
  public static let family = "gradient_norm"

  public init() {}

  public var label: String { "gradientNorm" }
  public var updates: [InPlace] { [InPlace(input: 0, output: 0)] }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0] == .controlBlock else { throw ShapeMismatch("the first is a control block") }
    guard inputs.dropFirst().allSatisfy({ $0.dtype == .f32 }) else { throw ShapeMismatch("gradients are f32") }
    return [inputs[0]]
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int {
    GradientNorm.workspaceBytes(slabQuads: inputs.dropFirst().map { $0.rows * TensorSlice.pitch($0.columns) / 4 })
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](
      GradientNorm.measure(
        gradients: Array(operands.inputs.dropFirst()), control: operands.inputs[0].buffer,
        workspace: operands.workspace!, in: context))
  }
}

extension TensorType {
  /// The control block of a training run (`ControlBlock`), 32 words.
  public static let controlBlock = TensorType([ControlBlock.wordCount], .f32)
}

extension Graph {
  /// The state in which a training run keeps its control block.
  public mutating func controlBlock(_ name: String = "control") throws(GraphError) -> Value {
    try state(name, TensorType.controlBlock.shape, TensorType.controlBlock.dtype)
  }

  /// Measures the gradients of a step.
  /// - Parameters:
  ///   - slabs: f32.
  ///   - control: the control block, which takes norm, clip coefficient, non-finite flag and step count.
  /// - Returns: the control block after it, which is what later nodes must use.
  public mutating func gradientNorm(
    _ slabs: [Value], control: Value, name: String? = nil
  ) throws(GraphError) -> Value {
    try add(GradientNormOp(), [control] + slabs, name: name)[0]
  }
}
