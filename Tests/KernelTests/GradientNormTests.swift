import Foundation
import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

extension TestDevice {
  /// A control block on the device.
  func upload(_ block: ControlBlock) throws -> BufferSlice {
    let buffer = try Buffer(device, byteCount: ControlBlock.byteCount, purpose: "test control block")
    try device.write(block.bytes, to: buffer.all)
    return buffer.all
  }

  func controlBlock(_ slice: BufferSlice) throws -> ControlBlock {
    try #require(ControlBlock(bytes: device.read(slice, as: UInt8.self)))
  }
}

@Suite struct GradientNormTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  /// Gradient norms of `slabs`, one after another under one control block; the block after each.
  private func measure(_ steps: [[TensorSlice]], _ block: ControlBlock) throws -> [ControlBlock] {
    let control = try gpu.upload(block)
    return try steps.map { slabs in
      let workspace = try gpu.workspace(GradientNorm.workspaceBytes(slabQuads: slabs.map(\.quads)))
      try gpu.run(
        GradientNorm.measure(gradients: slabs, control: control, workspace: workspace, in: gpu.context))
      return try gpu.controlBlock(control)
    }
  }

  private func relative(_ got: Float, _ want: Double) -> Double { abs(Double(got) - want) / abs(want) }

  @Test(arguments: [[1], [31], [32], [33], [257], [4], [16384, 16385], [50_003, 1, 7, 33_000]])
  func normAndClip(sizes: [Int]) throws {
    let slabs = sizes.enumerated().map { Matrix.random(1, $1, seed: UInt64($0) + 5).rounded(to: .f32) }
    let uploaded = try slabs.map { try gpu.upload($0) }
    for (maximumNorm, lossScale) in [(0.25, 1.0), (1e6, 1024.0)] {
      let block = ControlBlock(maximumNorm: maximumNorm, lossScale: lossScale)
      let got = try measure([uploaded], block)[0]
      let want = Reference.gradientNorm(slabs: slabs.map(\.values), maxNorm: maximumNorm, lossScale: lossScale)
      #expect(relative(got.gradientNorm, want.norm) <= 1e-6)
      #expect(relative(got.clipCoefficient, want.clip) <= 1e-6)
      #expect(relative(got.gradientMultiplier, want.clip / lossScale) <= 1e-6)
      #expect(!got.foundNonFinite && got.step == 1 && got.skippedSteps == 0)
      #expect(Double(got.lossScale) == lossScale)
    }
  }

  @Test func noClippingAndNoGradients() throws {
    let slab = try gpu.upload(.random(1, 100, seed: 1, scale: 1e6))
    let got = try measure([[slab], []], ControlBlock())
    #expect(got[0].clipCoefficient == 1 && got[0].gradientMultiplier == 1)
    #expect(got[1].gradientNorm == 0 && got[1].step == 2)
  }

  @Test func sameBitsTwice() throws {
    let slabs = try [70_001, 33].map { try gpu.upload(.random(1, $0, seed: UInt64($0))) }
    #expect(try measure([slabs], ControlBlock()) == measure([slabs], ControlBlock()))
  }

  @Test(arguments: [
    Float.nan, -.nan, .infinity, -.infinity, Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0xffff_ffff),
  ])
  func nonFiniteGradientsSetTheFlag(value: Float) throws {
    let count = 20_001
    let good = try gpu.upload(.random(1, count, seed: 3))
    for position in [0, 1, 2, 3, 4 * 4096, count - 1] {
      let bad = try gpu.upload(.random(1, count, seed: 3))
      var words = try gpu.device.read(bad.buffer, as: UInt32.self)
      words[position] = value.bitPattern
      try gpu.device.write(words, to: bad.buffer)
      let got = try measure([[good], [good, bad], [good]], ControlBlock(maximumNorm: 1))
      #expect(got[1].foundNonFinite && got[1].gradientNorm == .infinity)
      #expect(got[1].clipCoefficient == 0 && got[1].gradientMultiplier == 0)
      #expect(got[1].step == 1 && got[1].skippedSteps == 1)
      #expect(got[1].biasCorrection1 == got[0].biasCorrection1)
      // The flag is of the last step alone.
      #expect(!got[2].foundNonFinite && got[2].step == 2 && got[2].skippedSteps == 1)
      #expect(got[2].gradientNorm == got[0].gradientNorm)
    }
  }

  /// Squares of these overflow f32; the norms do not.
  @Test(arguments: [1e18, 1e20, 1e30, Double(Float.greatestFiniteMagnitude) / 512])
  func largeGradients(magnitude: Double) throws {
    let slab = Matrix(rows: 1, columns: 100_000, repeating: magnitude).rounded(to: .f32)
    // Large enough that the coefficient is no subnormal number, which devices may flush to zero.
    let maximumNorm = 8.0
    let got = try measure([[gpu.upload(slab)]], ControlBlock(maximumNorm: maximumNorm))[0]
    let norm = slab[0, 0] * Double(slab.columns).squareRoot()
    #expect(relative(got.gradientNorm, norm) <= 1e-6)
    #expect(relative(got.clipCoefficient, maximumNorm / norm) <= 1e-6)
    #expect(!got.foundNonFinite)
  }

  @Test func normPastTheRangeIsNonFinite() throws {
    let slab = Matrix(rows: 1, columns: 8, repeating: Double(Float.greatestFiniteMagnitude))
    #expect(try measure([[gpu.upload(slab)]], ControlBlock())[0].foundNonFinite)
  }

  @Test(arguments: [1e-18, 1e-15])
  func smallGradients(magnitude: Double) throws {
    let slab = Matrix(rows: 1, columns: 1000, repeating: magnitude).rounded(to: .f32)
    let got = try measure([[gpu.upload(slab)]], ControlBlock())[0]
    #expect(relative(got.gradientNorm, slab[0, 0] * 1000.0.squareRoot()) <= 1e-6)
  }

  @Test func dynamicLossScale() throws {
    let good = try [gpu.upload(.random(1, 33, seed: 1))]
    let bad = try [gpu.upload(Matrix(rows: 1, columns: 33, repeating: .infinity))]
    let finite = [true, true, false, true, true, true, true, false, false, true, true, true]
    let got = try measure(finite.map { $0 ? good : bad }, ControlBlock(lossScale: 1024, growthInterval: 3))
    var want = Reference.LossScale(scale: 1024, growthInterval: 3)
    for (step, block) in zip(finite, got) {
      want.update(foundNonFinite: !step)
      #expect(Double(block.lossScale) == want.scale && block.goodSteps == want.goodSteps)
    }
    #expect(got.last?.step == 9 && got.last?.skippedSteps == 3)
  }

  @Test func lossScaleStaysInItsBounds() throws {
    let good = try [gpu.upload(.random(1, 33, seed: 1))]
    let bad = try [gpu.upload(Matrix(rows: 1, columns: 33, repeating: .nan))]
    let largest = try measure([good, good], ControlBlock(lossScale: 0x1p23, growthInterval: 1))
    #expect(largest.map(\.lossScale) == [0x1p24, 0x1p24])
    let smallest = try measure([bad, bad], ControlBlock(lossScale: 0x1p-13, growthInterval: 1))
    #expect(smallest.map(\.lossScale) == [0x1p-14, 0x1p-14])
    let constant = try measure([bad, good], ControlBlock(lossScale: 8))
    #expect(constant.map(\.lossScale) == [8, 8])
  }

  /// The powers of β are exact enough that 1 − βᵗ is right to f32's last bit at every step.
  @Test(arguments: [(0.9, 0.999), (0.0, 0.5), (0.95, 0.99999)])
  func biasCorrections(beta1: Double, beta2: Double) throws {
    let control = try gpu.upload(ControlBlock(beta1: beta1, beta2: beta2))
    let step = GradientNorm.measure(
      gradients: [], control: control, workspace: try gpu.workspace(16), in: gpu.context)
    var steps = 0
    for batch in [1, 1, 1, 7, 90, 900, 2000] {
      try gpu.run(Array(repeating: step, count: batch).flatMap { $0 })
      steps += batch
      let got = try gpu.controlBlock(control)
      #expect(got.step == steps)
      #expect(relative(got.biasCorrection1, 1 - pow(beta1, Double(steps))) <= 1.2e-7)
      #expect(relative(got.biasCorrection2, 1 - pow(beta2, Double(steps))) <= 1.2e-7)
    }
  }

  @Test func blockSurvivesItsBytes() throws {
    var block = ControlBlock(beta1: 0.8, maximumNorm: 2, lossScale: 64, growthInterval: 10)
    block.beginStep(learningRate: 1e-3, tokenCount: 7)
    #expect(ControlBlock(bytes: block.bytes) == block)
    #expect(try gpu.controlBlock(gpu.upload(block)) == block)
    #expect(ControlBlock(bytes: Array(block.bytes.dropLast())) == nil)
    #expect(block.learningRate == 1e-3 && block.inverseTokenCount == Float(1.0 / 7) && block.loss == 0)
  }

  @Test func shadersSeeTheSameWords() throws {
    let root = URL(filePath: #filePath).appending(path: "../../../").standardizedFileURL
    let text = try String(contentsOf: root.appending(path: "Shaders/include/control.glsl"), encoding: .utf8)
    var words: [String: Int] = [:]
    for match in text.matches(of: /const uint ([A-Z0-9_]+) = (\d+)u;/) {
      words[match.1.replacing("_", with: "").lowercased()] = Int(match.2)
    }
    #expect(
      words == Dictionary(uniqueKeysWithValues: ControlBlock.Word.allCases.map { ("\($0)".lowercased(), $0.rawValue) }))
  }
}
