import Kernels
import Reference
import TestSupport
import Testing

@Suite struct RMSNormTests {
  let gpu: TestDevice
  let epsilon = 1e-5

  init() throws { gpu = try TestDevice.shared() }

  /// Types of x and of the weight.
  static let types: [(DType, DType)] = [
    (.f32, .f32), (.f16, .f16), (.f16, .f32), (.bf16, .bf16), (.bf16, .f32),
  ]

  /// Beside the odd ones: rows of which an invocation keeps some octets or all, and more rows than a workgroup takes.
  static let shapes = oddShapes + [(35, 64), (17, 130), (18, 1024), (2, 8192)]

  @Test(arguments: types, shapes)
  func forward(types: (DType, DType), shape: (Int, Int)) throws {
    let x = try gpu.random(shape.0, shape.1, seed: 1, as: types.0)
    let weight = try gpu.random(1, shape.1, seed: 2, as: types.1)
    let y = try gpu.runTwice({ [try gpu.poisoned(rows: shape.0, columns: shape.1, as: types.0)] }) {
      RMSNorm.forward(
        x: x.tensor, weight: weight.tensor, y: $0[0], epsilon: Float(epsilon), in: gpu.context)
    }
    let want = Reference.rmsNorm(x: x.matrix, weight: weight.matrix.values, epsilon: epsilon)
    expectClose(try gpu.download(y[0]), want, as: types.0)
    try gpu.run(
      RMSNorm.forward(
        x: x.tensor, weight: weight.tensor, y: x.tensor, epsilon: Float(epsilon), in: gpu.context))
    #expect(try gpu.bytes(x.tensor) == gpu.bytes(y[0]), "in place")
  }

  @Test(arguments: types, oddShapes + [(257, 40)])
  func backward(types: (DType, DType), shape: (Int, Int)) throws {
    let (rows, columns) = shape
    let x = try gpu.random(rows, columns, seed: 3, as: types.0)
    let weight = try gpu.random(1, columns, seed: 4, as: types.1)
    let dy = try gpu.random(rows, columns, seed: 5, as: types.0)
    let outputs = try gpu.runTwice({
      [
        try gpu.poisoned(rows: rows, columns: columns, as: types.0), try gpu.poisoned(rows: 1, columns: columns),
        try gpu.workspaceTensor(RMSNorm.workspaceBytes(rows: rows, columns: columns)),
      ]
    }) {
      RMSNorm.backward(
        x: x.tensor, weight: weight.tensor, dy: dy.tensor, dx: $0[0], dw: $0[1], epsilon: Float(epsilon),
        workspace: $0[2].buffer, in: gpu.context)
    }
    let want = Reference.rmsNormBackward(
      x: x.matrix, weight: weight.matrix.values, dy: dy.matrix, epsilon: epsilon)
    // In a row of one element the two terms of dx, w·dy/x each, cancel but for r·w·dy·epsilon·r²: their rounding is left.
    let terms = (0..<rows).map { abs(weight.matrix[0, 0] * dy.matrix[$0, 0] / x.matrix[$0, 0]) }
    let cancelled = columns == 1 ? terms.max()! / want.dx.values.map(abs).max()! : 1
    expectClose(
      try gpu.download(outputs[0]), want.dx, as: types.0, nmse: types.0.tolerance * cancelled * cancelled,
      perElement: types.0.elementTolerance * cancelled, "dx")
    expectClose(try gpu.download(outputs[1]), Matrix(row: want.dw), "dw")

    try gpu.run(
      RMSNorm.backward(
        x: x.tensor, weight: weight.tensor, dy: dy.tensor, dx: outputs[0], dw: outputs[1], accumulate: true,
        epsilon: Float(epsilon), workspace: outputs[2].buffer, in: gpu.context))
    expectClose(try gpu.download(outputs[1]), Matrix(row: want.dw.map { 2 * $0 }), "dw, accumulated")
  }

  @Test func withoutTheWeightsGradient() throws {
    let x = try gpu.random(5, 100, seed: 6, as: .f32)
    let weight = try gpu.random(1, 100, seed: 7, as: .f32)
    let dy = try gpu.random(5, 100, seed: 8, as: .f32)
    let workspace = try gpu.workspace(RMSNorm.workspaceBytes(rows: 5, columns: 100))
    let dispatches = RMSNorm.backward(
      x: x.tensor, weight: weight.tensor, dy: dy.tensor, dx: dy.tensor, dw: nil, epsilon: Float(epsilon),
      workspace: workspace, in: gpu.context)
    #expect(dispatches.count == 1)
    try gpu.run(dispatches)
    let want = Reference.rmsNormBackward(
      x: x.matrix, weight: weight.matrix.values, dy: dy.matrix, epsilon: epsilon)
    expectClose(try gpu.download(dy.tensor), want.dx)
  }

  @Test func beyondTheBindingLimit() throws {
    let (rows, columns) = (1500, 20)
    let context = gpu.context(bindingLimit: 1 << 16)
    let x = try gpu.random(rows, columns, seed: 9, as: .f32)
    let weight = try gpu.random(1, columns, seed: 10, as: .f32)
    let dy = try gpu.random(rows, columns, seed: 11, as: .f32)
    let (y, dx) = (
      try gpu.poisoned(rows: rows, columns: columns), try gpu.poisoned(rows: rows, columns: columns)
    )
    let forward = RMSNorm.forward(
      x: x.tensor, weight: weight.tensor, y: y, epsilon: Float(epsilon), in: context)
    #expect(forward.count > 1)
    try gpu.run(forward)
    expectClose(
      try gpu.download(y), Reference.rmsNorm(x: x.matrix, weight: weight.matrix.values, epsilon: epsilon))

    // The cut changes no bit of dw: the chunks are the same.
    let dw = try [context, gpu.context].map { context in
      let dw = try gpu.poisoned(rows: 1, columns: columns)
      let workspace = try gpu.workspace(RMSNorm.workspaceBytes(rows: rows, columns: columns))
      try gpu.run(
        RMSNorm.backward(
          x: x.tensor, weight: weight.tensor, dy: dy.tensor, dx: dx, dw: dw, epsilon: Float(epsilon),
          workspace: workspace, in: context))
      return dw
    }
    #expect(try gpu.bytes(dw[0]) == gpu.bytes(dw[1]))
    let want = Reference.rmsNormBackward(
      x: x.matrix, weight: weight.matrix.values, dy: dy.matrix, epsilon: epsilon)
    expectClose(try gpu.download(dx), want.dx, "dx")
    expectClose(try gpu.download(dw[0]), Matrix(row: want.dw), "dw")
  }
}

extension TestDevice {
  /// Workspace full of NaN, in the clothes of a tensor.
  func workspaceTensor(_ byteCount: Int) throws -> TensorSlice {
    try poisoned(rows: 1, columns: (byteCount + 3) / 4)
  }
}
