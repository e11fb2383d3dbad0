public import Kernels
public import VulkanRuntime

/// One operation: what its results look like, what its derivative is, and which kernels compute it.
///
/// A plain value; everything that is fixed of a node beside its inputs. An operation belongs to a kernel family, whose
/// file in `Ops/` holds it, its backward operation and its builders.
public protocol Op: Sendable {
  /// The kernel family: the stem of its folder in `Shaders/`.
  static var family: String { get }

  /// Such as `matmul nt`, in errors and profiles.
  var label: String { get }

  /// The shape rule.
  /// - Throws: `ShapeMismatch`.
  func outputTypes(_ inputs: [TensorType]) throws(ShapeMismatch) -> [TensorType]

  /// The derivative: adds to the gradients of the inputs that need one, by appending nodes.
  func differentiate(_ step: inout Backward) throws(GraphError)

  /// Inputs that the operation updates in place; the output is the input after the update.
  var updates: [InPlace] { get }

  /// Outputs that may take the storage of an input that nobody needs any more.
  var reuses: [InPlace] { get }

  /// Bytes of scratch memory that the dispatches need.
  func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int

  /// The dispatches that compute the outputs.
  func lower(_ operands: Operands, in context: KernelContext) -> [Command]

  /// The declared order of summation, where the family has a choice of several: part of what a checkpoint stores.
  func summationOrder(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> String?
}

/// An output that lies where an input lay.
public struct InPlace: Hashable, Sendable {
  public var input: Int
  public var output: Int

  public init(input: Int, output: Int) {
    self.input = input
    self.output = output
  }
}

/// Where the operands of a node lie on the device.
public struct Operands {
  public let inputs: [TensorSlice]
  public let outputs: [TensorSlice]
  /// At least `workspaceBytes` bytes; nil where none are needed.
  public let workspace: BufferSlice?

  public init(inputs: [TensorSlice], outputs: [TensorSlice], workspace: BufferSlice?) {
    self.inputs = inputs
    self.outputs = outputs
    self.workspace = workspace
  }

  /// The scratch memory of an operation that asked for some.
  var scratch: BufferSlice {
    guard let workspace else { preconditionFailure("no scratch memory was planned") }
    return workspace
  }
}

/// What a node is lowered to.
public enum Command {
  case dispatch(Dispatch)
  /// Every 32-bit word becomes the value.
  case fill(BufferSlice, UInt32)
}

extension [Command] {
  init(_ dispatches: [Dispatch]) { self = dispatches.map { .dispatch($0) } }
}

extension Op {
  public var updates: [InPlace] { [] }
  public var reuses: [InPlace] { [] }

  public func differentiate(_ step: inout Backward) throws(GraphError) {
    throw .noDerivative(node: step.node.name, operation: label)
  }

  public func workspaceBytes(_ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext) -> Int { 0 }

  public func summationOrder(
    _ inputs: [TensorType], _ outputs: [TensorType], in context: KernelContext
  ) -> String? { nil }
}
