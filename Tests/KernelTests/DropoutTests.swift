import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct DropoutTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  private func upload(_ key: Reference.DropoutKey) throws -> BufferSlice {
    let buffer = try Buffer(gpu.device, byteCount: Dropout.State.byteCount, purpose: "a test's dropout state")
    try gpu.device.write(
      [Dropout.State(seed: key.seed, step: key.step, microStep: key.microStep)], to: buffer.all)
    return buffer.all
  }

  @Test(arguments: typesAndShapes)
  func maskIsTheReferences(type: DType, rows: Int, columns: Int) throws {
    let key = Reference.DropoutKey(seed: 0x0123_4567_89ab_cdef, node: 17, step: 3_000_000_000, microStep: 2)
    let x = try gpu.random(rows, columns, seed: 1, as: type)
    let state = try upload(key)
    for probability in [0.1, 0.5] {
      let y = try gpu.runTwice({ [try gpu.poisoned(rows: rows, columns: columns, as: type)] }) {
        Dropout.apply(
          x: x.tensor, y: $0[0], probability: probability, node: key.node, state: state, in: gpu.context)
      }
      let want = Reference.dropout(x.matrix, probability: probability, key: key)
      let got = try gpu.download(y[0])
      expectClose(got, want, as: type)
      #expect(zip(got.values, want.values).allSatisfy { ($0 == 0) == ($1 == 0) }, "another mask")
    }
  }

  @Test func everyPartOfTheKeyChangesTheMask() throws {
    let base = Reference.DropoutKey(seed: 5, node: 1, step: 1, microStep: 1)
    var keys = [base]
    keys.append(.init(seed: 5 + 1 << 40, node: 1, step: 1, microStep: 1))
    keys.append(.init(seed: 6, node: 1, step: 1, microStep: 1))
    keys.append(.init(seed: 5, node: 2, step: 1, microStep: 1))
    keys.append(.init(seed: 5, node: 1, step: 2, microStep: 1))
    keys.append(.init(seed: 5, node: 1, step: 1, microStep: 2))
    let x = try gpu.upload(Matrix(rows: 1, columns: 400, repeating: 1))
    let masks = try keys.map { key in
      let y = try gpu.poisoned(rows: 1, columns: 400)
      try gpu.run(
        Dropout.apply(x: x, y: y, probability: 0.5, node: key.node, state: upload(key), in: gpu.context))
      return try gpu.bytes(y)
    }
    #expect(Set(masks).count == keys.count)
  }

  @Test func inPlaceAndCut() throws {
    let key = Reference.DropoutKey(seed: 9, node: 0, step: 0, microStep: 0)
    let x = try gpu.random(9, 2001, seed: 2, as: .f32)
    let dispatches = Dropout.apply(
      x: x.tensor, y: x.tensor, probability: 0.25, node: 0, state: try upload(key),
      in: gpu.context(bindingLimit: 1 << 14))
    #expect(dispatches.count > 3)
    try gpu.run(dispatches)
    expectClose(try gpu.download(x.tensor), Reference.dropout(x.matrix, probability: 0.25, key: key))
  }

  @Test func nothingIsDroppedAtProbabilityZero() throws {
    let key = Reference.DropoutKey(seed: 9, node: 0, step: 0, microStep: 0)
    let x = try gpu.random(3, 100, seed: 3, as: .f32)
    let y = try gpu.poisoned(rows: 3, columns: 100)
    try gpu.run(Dropout.apply(x: x.tensor, y: y, probability: 0, node: 0, state: upload(key), in: gpu.context))
    #expect(try gpu.bytes(y) == gpu.bytes(x.tensor))
  }
}
