import Shaders
public import VulkanRuntime

/// Counter-based dropout: Philox4x32-10 (Salmon et al. 2011) keyed by seed, step, micro-step, node and element, so a mask
/// is a function of place and time, the same when it is recomputed and in the backward pass. Shader: `Shaders/dropout`.
public enum Dropout {
  /// What varies from replay to replay, as it lies in device memory.
  public struct State: BitwiseCopyable, Sendable, Hashable {
    public var seedLow: UInt32
    public var seedHigh: UInt32
    public var step: UInt32
    public var microStep: UInt32

    public init(seed: UInt64, step: UInt32, microStep: UInt32) {
      seedLow = UInt32(truncatingIfNeeded: seed)
      seedHigh = UInt32(seed >> 32)
      self.step = step
      self.microStep = microStep
    }

    public static let byteCount = MemoryLayout<State>.size
  }

  /// `y = x · mask`, mask = 0 with the given probability, else 1/(1 − probability) (Srivastava et al. 2014, inverted
  /// scaling). The backward pass is the same call: `dx = dy · mask`.
  ///
  /// Element e of x (counted over the padded rows) is kept where word e mod 4 of Philox at the counter
  /// (e/4, node, step, microStep) under the key (seed) is not below ⌊probability · 2³²⌋.
  /// - Parameters:
  ///   - x: f32, f16 or bf16, at most 2³⁴ elements.
  ///   - y: of the type and shape of x; may be x.
  ///   - probability: of an element's being dropped, 0..<1.
  ///   - node: tells masks of one micro-step apart.
  ///   - state: a `State` in device memory.
  public static func apply(
    x: TensorSlice, y: TensorSlice, probability: Double, node: UInt32, state: BufferSlice,
    in context: KernelContext
  ) -> [Dispatch] {
    precondition(probability >= 0 && probability < 1, "dropout: a probability of \(probability)")
    precondition(x.type == y.type, "dropout: \(x.summary) into \(y.summary)")
    precondition(x.quads <= 1 << 32, "dropout: \(x.summary) has more quads than the counter")
    precondition(
      state.byteCount >= State.byteCount, "dropout: a state of \(state.byteCount) bytes, not \(State.byteCount)")
    return Flat.dispatches(
      Shader.dropout[x.type.name, context.device.words], [x, y], operations: 21, on: context.device,
      push: { range in
        Push(
          octets: UInt32(range.count), firstQuad: UInt32(2 * range.lowerBound), node: node,
          threshold: UInt32(probability * 0x1p32), keptScale: Float(1 / (1 - probability)))
      },
      buffers: { [$0[0], state, $0[1]] })
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    Flat.variants([Shader.dropout], for: device)
  }

  private struct Push {
    var octets: UInt32
    var firstQuad: UInt32
    var node: UInt32
    var threshold: UInt32
    var keptScale: Float
  }
}
