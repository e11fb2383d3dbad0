import Foundation
import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct CrossEntropyTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  /// Targets of T rows over a vocabulary, about a third of them ignored.
  private func targets(_ rows: Int, _ vocabulary: Int) -> [Int] {
    (0..<rows).map { $0 % 3 == 2 ? -1 - $0 : ($0 * 7919 + 5) % vocabulary }
  }

  /// The identity as hidden states makes the transposed weight the logits, exactly.
  private func reference(_ logits: Matrix, _ targets: [Int]) -> Reference.CrossEntropy {
    Reference.crossEntropy(h: .identity(logits.rows), weight: logits.transposed, targets: targets)
  }

  private func dlogits(_ logits: Matrix, _ lse: [Double], _ targets: [Int], scale: Double) -> Matrix {
    Matrix(rows: logits.rows, columns: logits.columns) { t, v in
      targets[t] < 0 ? 0 : (exp(logits[t, v] - lse[t]) - (v == targets[t] ? 1 : 0)) * scale
    }
  }

  // MARK: Rows of given logits

  private struct Rows {
    var lse: Matrix, nll: Matrix, dlogits: Matrix
    var loss: Double
    var bytes: [[UInt8]]
  }

  private func rows(_ logits: Matrix, _ targets: [Int], scale: Double, as type: DType = .f32) throws -> Rows {
    let lse = try gpu.poisoned(rows: 1, columns: logits.rows)
    let nll = try gpu.poisoned(rows: 1, columns: logits.rows)
    let loss = try gpu.upload(Matrix(row: [0, 3]))
    let scales = try gpu.upload(Matrix(row: [0, 0, scale]))
    let input = try gpu.upload(logits)
    // In place, or where the type differs beside.
    let output = type == .f32 ? input : try gpu.poisoned(rows: logits.rows, columns: logits.columns, as: type)
    let targets = try gpu.indices(targets)
    try gpu.run([
      CrossEntropy.forward(logits: input, targets: targets, lse: lse, nll: nll, in: gpu.context),
      CrossEntropy.sum(nll: nll, into: ScalarCell(loss.buffer, word: 1), accumulating: true),
      CrossEntropy.backward(
        logits: input, targets: targets, lse: lse, scale: .init(ScalarCell(scales.buffer, word: 2)), dlogits: output,
        in: gpu.context),
    ])
    return try Rows(
      lse: gpu.download(lse), nll: gpu.download(nll), dlogits: gpu.download(output),
      loss: gpu.download(loss)[0, 1] - 3, bytes: [lse, nll, output, loss].map(gpu.bytes))
  }

  @Test(arguments: [1, 2, 31, 32, 33, 257, 1024, 4099], [1, 5, 33])
  func rowsAgree(vocabulary: Int, rows count: Int) throws {
    let logits = Matrix.random(count, vocabulary, seed: UInt64(vocabulary), scale: 12).rounded(to: .f32)
    let targets = targets(count, vocabulary)
    let want = reference(logits, targets)
    for type in [DType.f32, .f16, .bf16] {
      let got = try rows(logits, targets, scale: 0.25, as: type)
      expectClose(got.lse, Matrix(row: want.lse), nmse: 1e-12)
      expectClose(got.nll, Matrix(row: want.nll), nmse: 1e-12)
      #expect(abs(got.loss - want.lossSum) <= 1e-6 * max(1, want.lossSum))
      expectClose(got.dlogits, dlogits(logits, want.lse, targets, scale: 0.25), as: type)
    }
  }

  /// Vocabularies of real models, more than one workgroup's run of a row.
  @Test(arguments: [32_000, 128_256, 151_667])
  func largeVocabularies(vocabulary: Int) throws {
    let logits = Matrix.random(2, vocabulary, seed: 9, scale: 8).rounded(to: .f32)
    let targets = [vocabulary - 1, 0]
    let want = reference(logits, targets)
    let got = try rows(logits, targets, scale: 1)
    expectClose(got.lse, Matrix(row: want.lse), nmse: 1e-13)
    expectClose(got.nll, Matrix(row: want.nll), nmse: 1e-13)
    expectClose(got.dlogits, dlogits(logits, want.lse, targets, scale: 1))
  }

  /// exp of these overflows or vanishes; the differences to the maximum are what counts.
  @Test func hugeLogits() throws {
    var logits = Matrix(rows: 4, columns: 37, repeating: -1e4)
    logits[0, 5] = 1e4  // certain, and right
    logits[1, 5] = 1e4  // certain, and wrong
    logits.values.replaceSubrange(2 * 37..<3 * 37, with: repeatElement(1e4, count: 37))  // undecided
    for column in 0..<37 { logits[3, column] = Double(column) * 540 - 9720 }
    let targets = [5, 6, 0, 36]
    let want = reference(logits, targets)
    let got = try rows(logits, targets, scale: 1)
    expectClose(got.nll, Matrix(row: want.nll), nmse: 1e-12)
    #expect(abs(got.nll[0, 2] - log(37)) <= 1e-6)
    // A stored lse of 1e4 is right to 5e-4, and so is then the softmax.
    expectClose(got.dlogits, dlogits(logits, want.lse, targets, scale: 1), nmse: 1e-6, perElement: 1e-3)
  }

  @Test func allRowsIgnored() throws {
    var logits = Matrix.random(5, 33, seed: 1)
    logits[2, 7] = .nan
    logits[3, 1] = .infinity
    let got = try rows(logits, [-1, -100, -1, -1, Int(Int32.min)], scale: .infinity)
    #expect(got.loss == 0)
    #expect(got.nll.values.allSatisfy { $0 == 0 } && got.dlogits.values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func nonFiniteLogitsAreSeen(value: Double) throws {
    for column in [0, 5, 32] {
      var logits = Matrix.random(3, 33, seed: 1)
      logits[1, column] = value
      for type in [DType.f32, .f16, .bf16] {
        let got = try rows(logits, [1, 2, 3], scale: 1, as: type)
        #expect(got.loss.isNaN && got.nll[0, 1].isNaN && got.lse[0, 1].isNaN)
        #expect(got.dlogits.row(1).allSatisfy { $0.isNaN })
        #expect(got.nll[0, 0].isFinite && got.dlogits.row(2).allSatisfy { $0.isFinite })
      }
    }
  }

  @Test func targetsPastTheVocabularyAreSeen() throws {
    let got = try rows(.random(2, 31, seed: 1), [31, 30], scale: 1)
    #expect(got.nll[0, 0].isNaN && got.loss.isNaN && got.dlogits.row(0).allSatisfy { $0.isNaN })
    #expect(got.nll[0, 1].isFinite && got.dlogits.row(1).allSatisfy { $0.isFinite })
  }

  @Test func sameBitsTwice() throws {
    let logits = Matrix.random(7, 5003, seed: 2, scale: 9)
    let first = try rows(logits, targets(7, 5003), scale: 0.5)
    #expect(try rows(logits, targets(7, 5003), scale: 0.5).bytes == first.bytes)
  }

  @Test(arguments: [1, 1025, 5001])
  func sumOverRows(count: Int) throws {
    let nll = Matrix.random(1, count, seed: 3).map { $0 + 5 }.rounded(to: .f32)
    let uploaded = try gpu.upload(nll)
    let want = nll.values.reduce(0, +)
    // A tensor has its padding cleared, a word among others leaves these as they are.
    let tensor = try gpu.poisoned(rows: 1, columns: 1)
    let words = try gpu.poisoned(rows: 1, columns: 8)
    try gpu.run([
      CrossEntropy.sum(nll: uploaded, into: ScalarCell(tensor), accumulating: false),
      CrossEntropy.sum(nll: uploaded, into: ScalarCell(words.buffer, word: 3), accumulating: false),
    ])
    let got = try gpu.download(tensor)[0, 0]
    #expect(abs(got - want) <= 1e-6 * want)
    let values = try gpu.device.read(words.buffer, as: Float.self)
    #expect(values.indices.allSatisfy { $0 == 3 ? Double(values[$0]) == got : values[$0].isNaN })
  }

  // MARK: With the projection

  /// A projection with everything that its passes write, poisoned.
  private struct Pass {
    let projection: CrossEntropy.Projection
    let losses: CrossEntropy.Losses
    let sum: TensorSlice
    let gradients: CrossEntropy.Gradients
    let workspace: BufferSlice

    /// Every result.
    var results: [TensorSlice] { [sum, losses.lse, losses.nll] + [gradients.dh, gradients.dWeight].compactMap { $0 } }
  }

  private func pass(
    _ h: Matrix, _ weight: Matrix, _ targets: [Int], scale: Double, as type: DType,
    chunkBytes: Int = CrossEntropy.chunkBytes, accumulatedInto dWeight: Matrix? = nil
  ) throws -> Pass {
    let sum = try gpu.poisoned(rows: 1, columns: 1)
    let byteCount = CrossEntropy.workspaceBytes(
      rows: h.rows, hidden: h.columns, vocabulary: weight.rows, type: type, weight: type, backward: true,
      chunkBytes: chunkBytes, in: gpu.context)
    return try Pass(
      projection: .init(
        h: gpu.upload(h, as: type), weight: gpu.upload(weight, as: type), targets: gpu.indices(targets),
        chunkBytes: chunkBytes),
      losses: .init(
        lse: gpu.poisoned(rows: 1, columns: h.rows), nll: gpu.poisoned(rows: 1, columns: h.rows),
        sum: ScalarCell(sum)),
      sum: sum,
      gradients: .init(
        scale: .init(ScalarCell(gpu.upload(Matrix(row: [scale])))),
        dh: gpu.poisoned(rows: h.rows, columns: h.columns, as: type),
        dWeight: dWeight.map { try gpu.upload($0) } ?? gpu.poisoned(rows: weight.rows, columns: weight.columns),
        accumulating: dWeight != nil),
      workspace: gpu.workspace(byteCount))
  }

  private func forwardBackward(_ pass: Pass) -> [Dispatch] {
    CrossEntropy.forwardBackward(
      pass.projection, losses: pass.losses, gradients: pass.gradients, workspace: pass.workspace, in: gpu.context)
  }

  @Test(
    arguments: [(1, 1, 1), (5, 31, 17), (33, 257, 32), (70, 100, 40), (3, 4001, 8)], [DType.f32, .f16, .bf16])
  func projectionAgrees(shape: (Int, Int, Int), type: DType) throws {
    let (count, vocabulary, hidden) = shape
    let h = Matrix.random(count, hidden, seed: 1, scale: 2).rounded(to: type)
    let weight = Matrix.random(vocabulary, hidden, seed: 2).rounded(to: type)
    let before = Matrix.random(vocabulary, hidden, seed: 3).rounded(to: .f32)
    let targets = targets(count, vocabulary)
    let want = Reference.crossEntropy(h: h, weight: weight, targets: targets)
    let (dh, dw) = Reference.crossEntropyBackward(h: h, weight: weight, targets: targets, lossScale: 0.5)
    // Chunks of 32 rows, so that several shapes have more than one.
    let chunkBytes = 32 * TensorSlice.pitch(vocabulary) * 4
    for accumulated in [nil, before] {
      let pass = try pass(
        h, weight, targets, scale: 0.5, as: type, chunkBytes: chunkBytes, accumulatedInto: accumulated)
      try gpu.run(forwardBackward(pass))
      #expect(abs(try gpu.download(pass.sum)[0, 0] - want.lossSum) <= 1e-6 * max(1, want.lossSum))
      expectClose(try gpu.download(pass.losses.lse), Matrix(row: want.lse))
      expectClose(try gpu.download(pass.losses.nll), Matrix(row: want.nll))
      expectClose(try gpu.download(pass.gradients.dh!), dh, as: type)
      // dlogits in 16 bits are rounded before they are summed.
      expectClose(try gpu.download(pass.gradients.dWeight!), accumulated.map { $0 + dw } ?? dw, as: type)
    }
  }

  @Test(arguments: [DType.f32, .f16])
  func fusedIsForwardThenBackward(type: DType) throws {
    let h = Matrix.random(50, 24, seed: 4, scale: 2)
    let weight = Matrix.random(301, 24, seed: 5)
    let results = try [true, false, true].map { fused in
      let pass = try pass(h, weight, targets(50, 301), scale: 0.1, as: type, chunkBytes: 32 * 304 * 4)
      if fused {
        try gpu.run(forwardBackward(pass))
      } else {
        try gpu.run(
          CrossEntropy.forward(pass.projection, losses: pass.losses, workspace: pass.workspace, in: gpu.context)
            + CrossEntropy.backward(
              pass.projection, lse: pass.losses.lse, gradients: pass.gradients, workspace: pass.workspace,
              in: gpu.context))
      }
      return try pass.results.map(gpu.bytes)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// A weight, its gradient and all logits together larger than a binding may be.
  @Test(arguments: [DType.f32, .f16])
  func cutToSmallBindings(type: DType) throws {
    var device = gpu.device.properties
    device.maxStorageBufferRange = 140_000
    let context = KernelContext(device)
    let (count, vocabulary, hidden) = (37, 2040, 40)
    let h = Matrix.random(count, hidden, seed: 10, scale: 2).rounded(to: type)
    let weight = Matrix.random(vocabulary, hidden, seed: 11).rounded(to: type)
    let targets = targets(count, vocabulary)
    let pass = try pass(h, weight, targets, scale: 1, as: type)
    let byteCount = CrossEntropy.workspaceBytes(
      rows: count, hidden: hidden, vocabulary: vocabulary, type: type, weight: type, backward: true, in: context)
    let dispatches = CrossEntropy.forwardBackward(
      pass.projection, losses: pass.losses, gradients: pass.gradients, workspace: try gpu.workspace(byteCount),
      in: context)
    let largest = dispatches.flatMap(\.buffers).map(\.byteCount).max() ?? 0
    #expect(largest <= device.maxStorageBufferRange)
    try gpu.run(dispatches)
    let (dh, dw) = Reference.crossEntropyBackward(h: h, weight: weight, targets: targets, lossScale: 1)
    expectClose(try gpu.download(pass.gradients.dh!), dh, as: type)
    expectClose(try gpu.download(pass.gradients.dWeight!), dw, as: type)
  }

  /// A weight past the smallest binding limit, few rows: dh sums over the whole vocabulary. Planned, not run.
  @Test func bindingsOfALargeWeight() throws {
    var device = gpu.device.properties
    device.maxStorageBufferRange = 1 << 27
    let context = KernelContext(device)
    let (count, vocabulary, hidden) = (5, 128_256, 320)
    func tensor(_ rows: Int, _ columns: Int, _ type: DType = .f32) throws -> TensorSlice {
      let byteCount = try #require(TensorSlice.byteCount(type, rows: rows, columns: columns))
      let buffer = try Buffer(gpu.device, byteCount: byteCount, purpose: "a tensor that is never touched")
      return TensorSlice(buffer.all, type, rows: rows, columns: columns)
    }
    let byteCount = CrossEntropy.workspaceBytes(
      rows: count, hidden: hidden, vocabulary: vocabulary, type: .f32, weight: .f32, backward: true, in: context)
    let dispatches = try CrossEntropy.backward(
      .init(h: tensor(count, hidden), weight: tensor(vocabulary, hidden), targets: tensor(1, count, .i32)),
      lse: tensor(1, count),
      gradients: .init(
        scale: .init(ScalarCell(tensor(1, 1))), dh: tensor(count, hidden), dWeight: tensor(vocabulary, hidden)),
      workspace: gpu.workspace(byteCount), in: context)
    #expect(dispatches.flatMap(\.buffers).allSatisfy { $0.byteCount <= device.maxStorageBufferRange })
  }

  /// A frozen, quantised weight: loss and dh, no dW.
  @Test(arguments: DType.quantized, [DType.f32, .f16])
  func quantizedWeight(format: DType, type: DType) throws {
    let hidden = try #require(format.blockColumns)
    let weight = QuantizedMatrix(format, rows: 45, columns: hidden, seed: 12)
    let h = Matrix.random(21, hidden, seed: 13).rounded(to: type)
    let targets = targets(21, 45)
    let pass = try pass(h, weight.values, targets, scale: 0.5, as: type)
    let byteCount = CrossEntropy.workspaceBytes(
      rows: 21, hidden: hidden, vocabulary: 45, type: type, weight: format, backward: true, in: gpu.context)
    try gpu.run(
      CrossEntropy.forwardBackward(
        .init(h: pass.projection.h, weight: weight.upload(to: gpu), targets: pass.projection.targets),
        losses: pass.losses,
        gradients: .init(scale: pass.gradients.scale, dh: pass.gradients.dh, dWeight: nil),
        workspace: gpu.workspace(byteCount), in: gpu.context))
    let want = Reference.crossEntropy(h: h, weight: weight.values, targets: targets)
    let (dh, _) = Reference.crossEntropyBackward(h: h, weight: weight.values, targets: targets, lossScale: 0.5)
    expectClose(try gpu.download(pass.losses.nll), Matrix(row: want.nll))
    #expect(abs(try gpu.download(pass.sum)[0, 0] - want.lossSum) <= 1e-6 * want.lossSum)
    expectClose(try gpu.download(pass.gradients.dh!), dh, as: type)
  }

  @Test func noTargetsAtAll() throws {
    let pass = try pass(
      .random(20, 8, seed: 1), .random(33, 8, seed: 2), Array(repeating: -1, count: 20), scale: 1, as: .f32)
    try gpu.run(forwardBackward(pass))
    #expect(try gpu.download(pass.sum)[0, 0] == 0)
    for gradient in [pass.gradients.dh!, pass.gradients.dWeight!] {
      #expect(try gpu.download(gradient).values.allSatisfy { $0 == 0 })
    }
  }

  /// A micro-step under a control block: scale and loss are its words.
  @Test func underAControlBlock() throws {
    var block = ControlBlock(lossScale: 64)
    block.beginStep(learningRate: 0, tokenCount: 10)
    let control = try gpu.upload(block)
    let h = Matrix.random(12, 16, seed: 8).rounded(to: .f32)
    let weight = Matrix.random(50, 16, seed: 9).rounded(to: .f32)
    let targets = targets(12, 50)
    let pass = try pass(h, weight, targets, scale: .nan, as: .f32)
    let losses = CrossEntropy.Losses(
      lse: pass.losses.lse, nll: pass.losses.nll, sum: ControlBlock.cell(.loss, in: control), accumulating: true)
    let gradients = CrossEntropy.Gradients(scale: .init(control: control), dh: pass.gradients.dh, dWeight: nil)
    let step = CrossEntropy.forwardBackward(
      pass.projection, losses: losses, gradients: gradients, workspace: pass.workspace, in: gpu.context)
    try gpu.run(step + step)
    let want = Reference.crossEntropy(h: h, weight: weight, targets: targets).lossSum
    #expect(abs(Double(try gpu.controlBlock(control).loss) - 2 * want) <= 1e-6 * want)
    let scale = Double(block.lossScale) * Double(block.inverseTokenCount)
    let (dh, _) = Reference.crossEntropyBackward(h: h, weight: weight, targets: targets, lossScale: scale)
    expectClose(try gpu.download(pass.gradients.dh!), dh)
  }
}

extension Matrix {
  fileprivate static func identity(_ count: Int) -> Matrix {
    Matrix(rows: count, columns: count) { $0 == $1 ? 1 : 0 }
  }
}
