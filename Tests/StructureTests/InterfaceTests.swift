import Kernels
import Shaders
import Testing

/// What EmbedShader reads from the SPIR-V.
@Suite struct InterfaceTests {
  @Test func readsAccessAndSizes() {
    let cast = Shader.cast["f32", "f16", "w32"]
    #expect(cast.bindings == [.read, .write])
    #expect(cast.name == "cast_f32_f16_w32")
    #expect(cast.spirv.first == 0x0723_0203, "the magic word of SPIR-V")
  }

  @Test func expandsVariants() {
    #expect(Shader.cast.axes == ["FROM", "TO", "WORDS"])
    #expect(Shader.cast.has("bf16", "f32", "w64"))
    #expect(!Shader.cast.has("f64", "f32", "w32"))
    #expect(Set(Shader.cast.all.map(\.name)).count == Shader.cast.all.count)
  }
}
