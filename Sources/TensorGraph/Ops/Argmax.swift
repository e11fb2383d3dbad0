public import Kernels

/// The column of the largest element of every row, the lowest of several; −1 for a row with a NaN.
/// Input f32[.., V]; output i32[T].
public struct ArgmaxOp: Op, Hashable {
  public static let family = "argmax"

  public init() {}

  public var label: String { "argmax" }

  public func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType] {
    guard inputs[0].dtype == .f32 else { throw ShapeMismatch("x is f32") }
    return [TensorType([inputs[0].rows], .i32)]
  }

  public func lower(_ operands: Operands, in context: KernelContext) -> [Command] {
    [Command](Argmax.forward(x: operands.inputs[0], y: operands.outputs[0], in: context))
  }
}

extension Graph {
  /// The column of the largest element of every row.
  /// - Parameter x: f32[.., V].
  public mutating func argmax(_ x: Value, name: String? = nil) throws(GraphError) -> Value {
    try add(ArgmaxOp(), [x], name: name)[0]
  }
}
