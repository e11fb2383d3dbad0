public import Shaders
public import VulkanRuntime

/// One pipeline: a shader, its specialization constants and the subgroup size that it requires.
public struct KernelVariant: Hashable, Sendable {
  public let shader: Shader
  /// Values of the constants with the ids 0, 1, …, as bit patterns.
  public let constants: [UInt32]
  /// Required invocations of a subgroup; nil for the driver's choice.
  public let subgroupSize: Int?

  /// - Precondition: every specialization constant of the shader is given.
  public init(_ shader: Shader, constants: [UInt32] = [], subgroupSize: Int? = nil) {
    precondition(
      constants.count == shader.constants,
      "\(shader.name) has \(shader.constants) specialization constants, \(constants.count) were given")
    self.shader = shader
    self.constants = constants
    self.subgroupSize = subgroupSize
  }

  /// Such as `matmul_nt_f32_f32[8,8,4]`.
  public var name: String {
    constants.isEmpty ? shader.name : "\(shader.name)[\(constants.map(String.init).joined(separator: ","))]"
  }
}

/// One dispatch, ready to be recorded: a plain value, made by a kernel family's binding.
public struct Dispatch: Sendable {
  public let variant: KernelVariant
  /// One a binding of the shader.
  public let buffers: [BufferSlice]
  /// The push-constant block.
  public let push: [UInt8]
  public let groups: (x: Int, y: Int, z: Int)
  /// The least that has to be done.
  public let cost: Cost

  /// - Parameter push: mirrors the shader's push-constant block, field for field; 4-byte scalars only.
  /// - Precondition: sizes and counts match the shader.
  public init<Push: BitwiseCopyable>(
    _ variant: KernelVariant, _ buffers: [BufferSlice], push: Push, groups: (Int, Int, Int), cost: Cost
  ) {
    let shader = variant.shader
    precondition(
      MemoryLayout<Push>.size == shader.pushBytes,
      "\(shader.name): \(Push.self) has \(MemoryLayout<Push>.size) bytes, the shader's block \(shader.pushBytes)")
    precondition(
      buffers.count == shader.bindings.count,
      "\(shader.name) has \(shader.bindings.count) bindings, \(buffers.count) buffers were given")
    self.variant = variant
    self.buffers = buffers
    self.push = withUnsafeBytes(of: push) { Array($0) }
    self.groups = groups
    self.cost = cost
  }

  /// For a shader without push constants.
  public init(_ variant: KernelVariant, _ buffers: [BufferSlice], groups: (Int, Int, Int), cost: Cost) {
    self.init(variant, buffers, push: (), groups: groups, cost: cost)
  }
}

/// What the choices of a kernel binding may depend on. Never on a measurement that is not written down.
public struct KernelContext: Sendable {
  public let device: DeviceProperties

  public init(_ device: DeviceProperties) { self.device = device }
}

extension Device {
  public var kernelContext: KernelContext { KernelContext(properties) }
}
