import Shaders
public import VulkanRuntime

/// The gated activation of LLaMA's feed-forward network: `y = silu(gate) · up` (Shazeer 2020, SwiGLU).
/// Shaders: `Shaders/silu_gate`.
///
/// All operands are f32, all f16 or all bf16, and of one shape, (T, F); an output may be one of the inputs.
public enum SiluGate {
  /// `y = gate / (1 + exp(−gate)) · up`.
  public static func forward(
    gate: TensorSlice, up: TensorSlice, y: TensorSlice, in context: KernelContext
  ) -> [Dispatch] {
    requireOneType([gate, up, y])
    return Flat.dispatches(
      Shader.siluGate[gate.type.name, context.device.words], [gate, up, y], operations: 5, on: context.device
    ) { Push(octets: UInt32($0.count)) }
  }

  /// `dgate = dy · up · s·(1 + gate·(1 − s))` and `dup = dy · gate · s` with `s = 1 / (1 + exp(−gate))`.
  public static func backward(
    gate: TensorSlice, up: TensorSlice, dy: TensorSlice, dgate: TensorSlice, dup: TensorSlice,
    in context: KernelContext
  ) -> [Dispatch] {
    requireOneType([gate, up, dy, dgate, dup])
    return Flat.dispatches(
      Shader.siluGateBackward[gate.type.name, context.device.words], [gate, up, dy, dgate, dup], operations: 11,
      on: context.device
    ) { Push(octets: UInt32($0.count)) }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    Flat.variants([Shader.siluGate, Shader.siluGateBackward], for: device)
  }

  private static func requireOneType(_ tensors: [TensorSlice]) {
    precondition(
      tensors.allSatisfy { $0.type == tensors[0].type }, "silu_gate: \(tensors.map(\.summary)) differ in type")
  }

  private struct Push {
    var octets: UInt32
  }
}
