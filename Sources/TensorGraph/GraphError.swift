public import VulkanRuntime

/// What is wrong with a graph, or what the device refused it.
public enum GraphError: Error, Equatable, Sendable {
  /// The inputs of a node do not fit its operation.
  case shape(node: String, operation: String, inputs: [TensorType], reason: String)
  /// A node reads or updates a value after another has updated it in place.
  case overwritten(value: String, reader: String, writer: String)
  /// Two external values have one name.
  case duplicateName(String)
  /// No tensor of the name has been stored.
  case unknownName(String)
  /// The gradient of `loss` was asked for with respect to a value that it does not depend on.
  case noDependence(of: String, on: String)
  /// No gradient can be formed of a value with integer or quantised elements.
  case notDifferentiable(value: String, type: TensorType)
  /// The operation of a node through which a gradient was asked for has none.
  case noDerivative(node: String, operation: String)
  /// `needed` bytes are more than the `available` ones; `largest` names what takes most at the peak.
  case outOfMemory(needed: Int, available: Int, largest: [MemoryPlan.Resident])
  /// The contents given for a value do not fit it.
  case contents(value: String, type: TensorType, count: Int)
  /// A value was shared between programs under one name with two types.
  case conflictingTypes(name: String, TensorType, TensorType)
  case device(VulkanError)
}

extension GraphError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .shape(let node, let operation, let inputs, let reason):
      "\(node): \(operation) of \(inputs.map(\.description).joined(separator: " and ")): \(reason)"
    case .overwritten(let value, let reader, let writer):
      "\(reader) uses \(value), which \(writer) has updated in place before; use what \(writer) returned."
    case .duplicateName(let name): "two external values are named \(name)."
    case .unknownName(let name): "there is no tensor named \(name)."
    case .noDependence(let loss, let value): "\(loss) does not depend on \(value)."
    case .notDifferentiable(let value, let type): "\(value) is \(type) and has no gradient."
    case .noDerivative(let node, let operation): "\(node): \(operation) has no derivative."
    case .outOfMemory(let needed, let available, let largest):
      """
      the graph needs \(formatted(bytes: needed)), the device has \(formatted(bytes: available)) free. At the peak:
      \(largest.prefix(8).map { "  \(formatted(bytes: $0.bytes))  \($0.name)" }.joined(separator: "\n"))
      """
    case .contents(let value, let type, let count): "\(count) elements given for \(value), which is \(type)."
    case .conflictingTypes(let name, let first, let second):
      "\(name) is \(first) in one program and \(second) in another."
    case .device(let error): error.description
    }
  }
}

/// Why inputs do not fit an operation; the graph adds which node and which shapes.
public struct ShapeMismatch: Error {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }
}
