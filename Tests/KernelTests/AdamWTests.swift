import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct AdamWTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  /// A slab of `count` random parameters with moments of zero.
  private func slab(_ parameters: Matrix, copy: DType? = nil) throws -> AdamW.Slab {
    let zeros = Matrix(rows: 1, columns: parameters.columns, repeating: 0)
    return try AdamW.Slab(
      parameters: gpu.upload(parameters), gradients: gpu.upload(zeros), firstMoments: gpu.upload(zeros),
      secondMoments: gpu.upload(zeros),
      copy: copy.map { try gpu.poisoned(rows: 1, columns: parameters.columns, as: $0) })
  }

  /// Writes the host's words of a step and the gradients, then takes the step.
  private func step(
    _ slab: AdamW.Slab, gradient: Matrix, control: BufferSlice, learningRate: Double, regions: [AdamW.Region],
    clearing: Bool = false
  ) throws {
    try gpu.device.write(
      ControlBlock.stepWords(learningRate: learningRate, tokenCount: 1), to: control.slice(offset: 0, byteCount: 12))
    try gpu.device.write(gpu.bytes(gpu.upload(gradient)), to: slab.gradients.buffer)
    let workspace = try gpu.workspace(GradientNorm.workspaceBytes(slabQuads: [slab.quads]))
    try gpu.run(
      GradientNorm.measure(gradients: [slab.gradients], control: control, workspace: workspace, in: gpu.context)
        + AdamW.update(
          slab, regions: regions, control: control, clearingGradients: clearing, in: gpu.context))
  }

  private func whole(_ slab: AdamW.Slab, _ weightDecay: Float) -> [AdamW.Region] {
    [AdamW.Region(quads: 0..<slab.quads, weightDecay: weightDecay)]
  }

  /// Bytes of everything that a step changes, the gradients apart.
  private func state(_ slab: AdamW.Slab) throws -> [[UInt8]] {
    try ([slab.parameters, slab.firstMoments, slab.secondMoments] + (slab.copy.map { [$0] } ?? [])).map(gpu.bytes)
  }

  /// Ten steps with clipping (the gradients grow past the norm) and a loss scale, to 1e-6.
  @Test(arguments: [1, 31, 32, 33, 257, 9001], [nil, DType.f16, .bf16])
  func tenSteps(count: Int, copy: DType?) throws {
    let initial = Matrix.random(1, count, seed: 1).rounded(to: .f32)
    let slab = try slab(initial, copy: copy)
    let (lossScale, maximumNorm, weightDecay) = (256.0, 1.5, 0.125)
    let control = try gpu.upload(ControlBlock(maximumNorm: maximumNorm, lossScale: lossScale))
    var want = Reference.AdamWState(weight: initial.values)
    for index in 0..<10 {
      let gradient = Matrix.random(1, count, seed: UInt64(100 + index), scale: 50 * Double(index + 1)).rounded(to: .f32)
      let learningRate = 0.01 * Double(index + 1)
      try step(
        slab, gradient: gradient, control: control, learningRate: learningRate, regions: whole(slab, Float(weightDecay))
      )
      let norm = Reference.gradientNorm(slabs: [gradient.values], maxNorm: maximumNorm, lossScale: lossScale)
      Reference.adamW(
        &want, gradient: gradient.values, options: .init(learningRate: learningRate, weightDecay: weightDecay),
        gradientScale: norm.clip / lossScale)
    }
    let got = try gpu.download(slab.parameters)
    expectClose(got, Matrix(row: want.weight), nmse: 1e-12, perElement: 1e-6)
    expectClose(try gpu.download(slab.firstMoments), Matrix(row: want.firstMoment), nmse: 1e-12, perElement: 1e-6)
    expectClose(try gpu.download(slab.secondMoments), Matrix(row: want.secondMoment), nmse: 1e-12, perElement: 1e-6)
    #expect(try gpu.controlBlock(control).step == 10)
    if let copy = slab.copy {
      #expect(try gpu.download(copy) == got.rounded(to: copy.type))
    }
  }

  @Test(arguments: [false, true])
  func nonFiniteGradientChangesNothing(clearing: Bool) throws {
    let slab = try slab(.random(1, 5003, seed: 2), copy: .f16)
    let control = try gpu.upload(ControlBlock(maximumNorm: 1))
    let good = Matrix.random(1, 5003, seed: 3).rounded(to: .f32)
    func take(_ gradient: Matrix) throws {
      try step(
        slab, gradient: gradient, control: control, learningRate: 0.1, regions: whole(slab, 0.5), clearing: clearing)
    }
    try take(good)
    let before = try state(slab)
    for value in [Double.nan, .infinity, -.infinity] {
      var bad = good
      bad.values[4999] = value
      try take(bad)
      #expect(try state(slab) == before)
      #expect(try gpu.controlBlock(control).step == 1)
      let gradients = try gpu.download(slab.gradients)
      #expect(clearing ? gradients.values.allSatisfy { $0 == 0 } : gradients[0, 0] == good[0, 0])
    }
    try take(good)
    #expect(try state(slab) != before)
    let block = try gpu.controlBlock(control)
    #expect(block.step == 2 && block.skippedSteps == 3 && !block.foundNonFinite)
  }

  @Test func regionsHaveTheirOwnDecay() throws {
    let initial = Matrix.random(1, 80, seed: 4).rounded(to: .f32)
    let slab = try slab(initial)
    let control = try gpu.upload(ControlBlock())
    let gradient = Matrix.random(1, 80, seed: 5).rounded(to: .f32)
    try step(
      slab, gradient: gradient, control: control, learningRate: 0.1,
      regions: [.init(quads: 10..<14, weightDecay: 0), .init(quads: 0..<10, weightDecay: 0.25)])
    var want = initial
    for (range, weightDecay) in [(0..<40, 0.25), (40..<56, 0.0)] {
      var state = Reference.AdamWState(weight: Array(initial.values[range]))
      Reference.adamW(
        &state, gradient: Array(gradient.values[range]),
        options: .init(learningRate: 0.1, weightDecay: weightDecay))
      want.values.replaceSubrange(range, with: state.weight)
    }
    // The elements from 56 on are in no region.
    let got = try gpu.download(slab.parameters)
    expectClose(got, want, nmse: 1e-12, perElement: 1e-6)
    #expect(Array(got.values[56...]) == Array(initial.values[56...]))
  }

  @Test func betasOfZero() throws {
    let initial = Matrix.random(1, 33, seed: 6).rounded(to: .f32)
    let slab = try slab(initial)
    let control = try gpu.upload(ControlBlock(beta1: 0, beta2: 0, epsilon: 1e-6))
    var want = Reference.AdamWState(weight: initial.values)
    for index in 0..<3 {
      let gradient = Matrix.random(1, 33, seed: UInt64(7 + index)).rounded(to: .f32)
      try step(slab, gradient: gradient, control: control, learningRate: 0.1, regions: whole(slab, 0))
      Reference.adamW(
        &want, gradient: gradient.values, options: .init(learningRate: 0.1, beta1: 0, beta2: 0, epsilon: 1e-6))
    }
    expectClose(try gpu.download(slab.parameters), Matrix(row: want.weight), nmse: 1e-12, perElement: 1e-6)
  }

  @Test func sameBitsTwice() throws {
    let initial = Matrix.random(1, 10_001, seed: 8)
    let results = try (0..<2).map { _ in
      let slab = try slab(initial, copy: .bf16)
      let control = try gpu.upload(ControlBlock(maximumNorm: 1))
      for index in 0..<3 {
        try step(
          slab, gradient: .random(1, 10_001, seed: UInt64(20 + index)), control: control, learningRate: 0.01,
          regions: whole(slab, 0.1))
      }
      return try state(slab)
    }
    #expect(results[0] == results[1])
  }
}
