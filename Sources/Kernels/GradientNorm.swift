import Shaders
public import VulkanRuntime

/// The norm of all gradients of a step, and everything that a step decides from it on the device.
///
/// norm = √Σ g² / lossScale over every element of every slab; clip = min(1, maximumNorm / (norm + 1e-6)) (Pascanu et al.
/// 2013, algorithm 1; `torch.nn.utils.clip_grad_norm_`). A gradient that is Inf or NaN sets the control block's
/// non-finite flag, which stops AdamW for this step; a dynamic loss scale is then halved, and doubled after a run of good
/// steps (Micikevicius et al. 2018, section 3.2). On a good step the optimizer's step count and its bias corrections
/// advance.
///
/// Every finite gradient is within bounds: the squares are summed twice, once scaled by 2⁻¹⁶⁰, so that no sum overflows;
/// only a norm past the range of f32 counts as non-finite. Elements below 2⁻⁶³ add nothing, their squares being too small
/// for f32.
///
/// Summation order: each slab in runs of 2048 octets, one workgroup a run, then the runs of all slabs in order (the shaders
/// say how within each). It depends on the sizes of the slabs alone.
public enum GradientNorm {
  /// Octets (eight elements) of a slab that one workgroup sums; `RUN` of the shader.
  private static let run = 2048
  private static let partialBytes = 16

  private struct PartialPush {
    var octets: UInt32
    var firstPartial: UInt32
  }

  private struct FinishPush {
    var count: UInt32
  }

  /// Bytes of workspace for slabs of these sizes in quads.
  public static func workspaceBytes(slabQuads: [Int]) -> Int {
    slabQuads.reduce(0) { $0 + partials(quads: $1) } * partialBytes
  }

  /// Measures the gradients and writes the control block.
  /// - Parameters:
  ///   - gradients: f32 slabs, times the loss scale; their padding is zero.
  ///   - control: the control block, whose gradient norm, clip coefficient, gradient multiplier, flag, loss scale and
  ///     counters are written.
  ///   - workspace: at least `workspaceBytes`.
  /// - Returns: one dispatch a slab and one that finishes.
  public static func measure(
    gradients: [TensorSlice], control: BufferSlice, workspace: BufferSlice, in context: KernelContext
  ) -> [Dispatch] {
    control.checkControlBlock()
    let needed = workspaceBytes(slabQuads: gradients.map(\.quads))
    precondition(
      workspace.byteCount >= needed, "gradient norm: a workspace of \(workspace.byteCount) bytes, not \(needed)")
    let limit = context.device.maxWorkgroupCount
    var dispatches: [Dispatch] = []
    var count = 0
    for slab in gradients where slab.quads > 0 {
      precondition(slab.type == .f32, "gradient norm: a slab of \(slab.type), not f32")
      let groups = partials(quads: slab.quads)
      precondition(groups <= limit, "gradient norm: a slab of \(slab.octets) octets, over \(limit * run)")
      dispatches.append(
        Dispatch(
          partialVariant(context.device), [slab.buffer, workspace],
          push: PartialPush(octets: UInt32(slab.octets), firstPartial: UInt32(count)), groups: (groups, 1, 1),
          cost: Cost(operations: 20 * slab.quads, bytes: 16 * slab.quads + partialBytes * groups)))
      count += groups
    }
    dispatches.append(
      Dispatch(
        finishVariant, [workspace, control], push: FinishPush(count: UInt32(count)), groups: (1, 1, 1),
        cost: Cost(operations: 2 * count, bytes: partialBytes * count + ControlBlock.byteCount)))
    return dispatches
  }

  /// Every pipeline of the family.
  public static func variants(for device: DeviceProperties) -> [KernelVariant] {
    [partialVariant(device), finishVariant]
  }

  private static func partialVariant(_ device: DeviceProperties) -> KernelVariant {
    KernelVariant(Shader.gradientNorm[device.words])
  }
  private static var finishVariant: KernelVariant { KernelVariant(Shader.gradientNormFinish[]) }

  private static func partials(quads: Int) -> Int { (quads / 2 + run - 1) / run }
}
