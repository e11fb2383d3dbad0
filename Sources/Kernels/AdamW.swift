import Shaders
public import VulkanRuntime

/// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2; the semantics of `torch.optim.AdamW`).
///
/// With g the stored gradient times the control block's gradient multiplier, and t its step count:
///
///     p ← p · (1 − learningRate · weightDecay)
///     m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²
///     p ← p − learningRate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// Parameters, gradients and moments are f32, element i of each belonging together; a 16-bit copy of the parameters for
/// the kernels of the model is written on the way. While the control block's non-finite flag is set, parameters, moments
/// and copy stay as they are.
public enum AdamW {
  /// Octets (eight elements) that one workgroup updates; `RUN` of the shader.
  private static let run = 512

  /// Trainable parameters with all that belongs to them, each a slab of the same size.
  public struct Slab: Sendable {
    /// f32 master parameters.
    public var parameters: TensorSlice
    /// f32 gradients, times the loss scale.
    public var gradients: TensorSlice
    /// f32 first moments m.
    public var firstMoments: TensorSlice
    /// f32 second moments v.
    public var secondMoments: TensorSlice
    /// The parameters rounded to f16 or bf16, where the model computes in 16 bits.
    public var copy: TensorSlice?

    public init(
      parameters: TensorSlice, gradients: TensorSlice, firstMoments: TensorSlice, secondMoments: TensorSlice,
      copy: TensorSlice? = nil
    ) {
      self.parameters = parameters
      self.gradients = gradients
      self.firstMoments = firstMoments
      self.secondMoments = secondMoments
      self.copy = copy
    }

    /// Size in groups of four elements.
    public var quads: Int { parameters.quads }
  }

  /// A part of a slab with one weight decay; each is a dispatch, so parameters that share one (the weights of norms,
  /// which commonly have none) should lie side by side.
  public struct Region: Sendable, Hashable {
    /// Groups of four elements of the slab; even bounds, as rows are padded to eight elements.
    public var quads: Range<Int>
    /// λ, the decoupled weight decay.
    public var weightDecay: Float

    public init(quads: Range<Int>, weightDecay: Float) {
      self.quads = quads
      self.weightDecay = weightDecay
    }
  }

  private struct Push {
    var firstOctet: UInt32
    var octets: UInt32
    var weightDecay: Float
    var clear: UInt32
  }

  /// Updates a whole slab with one weight decay; see `update(_:regions:control:clearingGradients:in:)`.
  public static func update(
    _ slab: Slab, weightDecay: Float, control: BufferSlice, clearingGradients: Bool, in context: KernelContext
  ) -> [Dispatch] {
    update(
      slab, regions: [Region(quads: 0..<slab.quads, weightDecay: weightDecay)], control: control,
      clearingGradients: clearingGradients, in: context)
  }

  /// Updates regions of a slab; what lies in none of them stays as it is.
  /// - Parameters:
  ///   - regions: disjoint.
  ///   - control: the control block, as `GradientNorm.measure` of the same step left it.
  ///   - clearingGradients: zero the gradients after use, also on a skipped step, ready for the next step's first
  ///     accumulation.
  /// - Returns: one dispatch a region.
  public static func update(
    _ slab: Slab, regions: [Region], control: BufferSlice, clearingGradients: Bool, in context: KernelContext
  ) -> [Dispatch] {
    check(slab, regions)
    control.checkControlBlock()
    let buffers = [
      control, slab.gradients.buffer, slab.parameters.buffer, slab.firstMoments.buffer, slab.secondMoments.buffer,
    ]
    let variant = variant(copy: slab.copy?.type, on: context.device)
    // Four arrays read and three written, and those that are optional: the copy and the zeroed gradients.
    let quadBytes = 7 * 16 + (slab.copy == nil ? 0 : 8) + (clearingGradients ? 16 : 0)
    return regions.filter { !$0.quads.isEmpty }.map { region in
      let octets = region.quads.count / 2
      let groups = (octets + run - 1) / run
      precondition(
        groups <= context.device.maxWorkgroupCount,
        "AdamW: a region of \(octets) octets, over \(context.device.maxWorkgroupCount * run)")
      return Dispatch(
        variant, buffers + (slab.copy.map { [$0.buffer] } ?? []),
        push: Push(
          firstOctet: UInt32(region.quads.lowerBound / 2), octets: UInt32(octets),
          weightDecay: region.weightDecay, clear: clearingGradients ? 1 : 0),
        groups: (groups, 1, 1),
        cost: Cost(operations: 64 * region.quads.count, bytes: quadBytes * region.quads.count))
    }
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    [nil, .f16, .bf16].map { variant(copy: $0, on: device) }
  }

  private static func variant(copy: DType?, on device: DeviceProperties) -> KernelVariant {
    KernelVariant(Shader.adamw[copy?.name ?? "none", device.words])
  }

  private static func check(_ slab: Slab, _ regions: [Region]) {
    for (name, part) in [
      ("parameters", slab.parameters), ("gradients", slab.gradients), ("first moments", slab.firstMoments),
      ("second moments", slab.secondMoments),
    ] {
      precondition(part.type == .f32, "AdamW: \(name) of \(part.type), not f32")
      precondition(part.quads == slab.quads, "AdamW: \(part.quads) quads of \(name), \(slab.quads) of parameters")
    }
    if let copy = slab.copy {
      precondition(copy.type == .f16 || copy.type == .bf16, "AdamW: a copy of \(copy.type), not f16 or bf16")
      precondition(copy.quads == slab.quads, "AdamW: \(copy.quads) quads of copy, \(slab.quads) of parameters")
    }
    var end = 0
    for region in regions.map(\.quads).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      precondition(
        region.lowerBound >= end && region.upperBound <= slab.quads,
        "AdamW: region \(region) of \(slab.quads) quads, after another that ends at \(end)")
      precondition(
        region.lowerBound % 2 == 0 && region.upperBound % 2 == 0, "AdamW: region \(region) cuts eight elements")
      end = region.upperBound
    }
  }
}
