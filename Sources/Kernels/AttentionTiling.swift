import Shaders
import VulkanRuntime

/// How an attention kernel spreads its work: the specialization constants of `Shaders/attention/forms.glsl`.
///
/// `columns` and `slices` fix the order of summation, so they depend on the device's kind and the head size alone. The
/// rest changes no bit.
struct AttentionTiling: Hashable {
  /// What a kernel keeps for each of its rows, the measure of its registers and shared memory.
  enum Pass: CaseIterable {
    /// One operand, one sum.
    case forward
    /// Two operands, one sum.
    case queryGradient
    /// Two operands, two sums.
    case keyGradient

    var sums: Int { self == .keyGradient ? 2 : 1 }
  }

  var form: String
  var lanes: Int
  var quads: Int
  var rows: Int
  var columns: Int
  var slices: Int
  var subgroupSize: Int?

  /// Rows of a workgroup.
  var blockRows: Int { lanes / slices * rows }

  var constants: [UInt32] { [lanes, quads, rows, columns, slices].map(UInt32.init) }

  /// The tiling for heads of `headQuads` quads.
  static func choose(_ pass: Pass, headQuads: Int, device: DeviceProperties) -> AttentionTiling {
    switch (device.type, device.vendorID) {
    case (.cpu, _): cpu(pass, headQuads, device)
    case (_, intel):
      streamed(
        pass, headQuads, slices: min(8, device.minSubgroupSize), columns: 8,
        subgroupSize: device.subgroupSizeControl
          ? min(max(8, device.minSubgroupSize), device.maxSubgroupSize) : nil)
    default: resident(pass, headQuads, device)
    }
  }

  private static let intel: UInt32 = 0x8086

  /// A subgroup to a workgroup. lavapipe (Mesa 22.3.6, f32, T = 512, K = 64): 4 rows a lane do a third more than 2, and 6
  /// no more; forward, 32 columns do a third more than 16, and backward a tenth more in twice the time to compile.
  private static func cpu(_ pass: Pass, _ quads: Int, _ device: DeviceProperties) -> AttentionTiling {
    let lanes = min(device.subgroupSize, 8)
    let rowBytes = pass.sums * quads * lanes * 16
    let rows = [4, 2].first { $0 * rowBytes <= min(device.sharedMemoryBytes, 32768) } ?? 1
    return AttentionTiling(
      form: "streamed", lanes: lanes, quads: quads, rows: rows, columns: pass == .forward ? 32 : 16, slices: 1)
  }

  /// Two rows an invocation, the sums in shared memory: no more than 16 KiB of it, and as many invocations as that
  /// allows. Intel's GPUs have 128 registers of 32 bytes: with 8 invocations running together, 128 f32 for each, into
  /// which 8 columns fit at every head size (ANV, Mesa 22.3.6, SKL and DG2: no spills).
  private static func streamed(
    _ pass: Pass, _ quads: Int, slices: Int, columns: Int, subgroupSize: Int? = nil
  ) -> AttentionTiling {
    let rows = 2
    let laneBytes = pass.sums * rows * ((quads + slices - 1) / slices) * 16
    let lanes = [128, 64].first { $0 * laneBytes <= 16384 } ?? 32
    return AttentionTiling(
      form: "streamed", lanes: lanes, quads: quads, rows: rows, columns: columns, slices: slices,
      subgroupSize: subgroupSize)
  }

  /// As few quads of the head an invocation as keeps every operand and sum in registers, the operands of four columns in
  /// flight beside them (RADV, Mesa 22.3.6: at most 128 registers, which is all that it gives to GFX1100). Where the
  /// subgroup is too small for that, the operands are streamed.
  private static func resident(_ pass: Pass, _ quads: Int, _ device: DeviceProperties) -> AttentionTiling {
    let powers = [1, 2, 4, 8, 16].filter { $0 <= device.minSubgroupSize }
    func sliceQuads(_ slices: Int) -> Int { (quads + slices - 1) / slices }
    let most =
      switch pass {
      case .forward: 4
      case .queryGradient: 3
      case .keyGradient: 2
      }
    // The fewest quads beyond the head; of two equals, that with two quads a slice, which leave room for more rows.
    func waste(_ slices: Int) -> (Int, Int) { (slices * sliceQuads(slices), abs(sliceQuads(slices) - 2)) }
    let fitting = powers.filter { sliceQuads($0) <= most }
    guard let slices = fitting.min(by: { waste($0) < waste($1) }) else {
      return streamed(pass, quads, slices: powers.last!, columns: 4)
    }
    let rows =
      switch (pass, sliceQuads(slices)) {
      case (.forward, ...2): 3
      case (.forward, 3), (.queryGradient, ...2): 2
      default: 1
      }
    return AttentionTiling(
      form: "resident", lanes: 256, quads: quads, rows: rows, columns: 4, slices: slices)
  }
}
