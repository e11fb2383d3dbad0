import Kernels
import Reference
import Shaders
import TestSupport
import Testing
import VulkanRuntime

@Suite struct CastSmokeTests {
  @Test(arguments: [DType.f32, .f16, .bf16])
  func roundTrip(type: DType) throws {
    let gpu = try TestDevice.shared()
    let x = Matrix.random(3, 33, seed: 1)
    let a = try gpu.upload(x, as: .f32)
    let b = try gpu.poisoned(rows: 3, columns: 33, as: type)
    struct Push { var quads: UInt32 }
    let cast = Dispatch(
      KernelVariant(Shader.cast["f32", type.name]), [a.buffer, b.buffer], push: Push(quads: UInt32(a.quads)),
      groups: (1, 1, 1), cost: .zero)
    try gpu.run([cast])
    let got = try gpu.download(b)
    let want = x.rounded(to: type)
    #expect(got.values == want.values)
    #expect(gpu.device.validation.messages.isEmpty)
  }
}
