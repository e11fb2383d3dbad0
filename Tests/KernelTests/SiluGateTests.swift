import Kernels
import Reference
import TestSupport
import Testing

@Suite struct SiluGateTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  @Test(arguments: typesAndShapes)
  func forward(type: DType, rows: Int, columns: Int) throws {
    let gate = try gpu.random(rows, columns, seed: 1, as: type, scale: 6)
    let up = try gpu.random(rows, columns, seed: 2, as: type, scale: 2)
    let y = try gpu.runTwice({ [try gpu.poisoned(rows: rows, columns: columns, as: type)] }) {
      SiluGate.forward(gate: gate.tensor, up: up.tensor, y: $0[0], in: gpu.context)
    }
    expectClose(try gpu.download(y[0]), Reference.siluGate(gate: gate.matrix, up: up.matrix), as: type)
    try gpu.run(SiluGate.forward(gate: gate.tensor, up: up.tensor, y: up.tensor, in: gpu.context))
    #expect(try gpu.bytes(up.tensor) == gpu.bytes(y[0]), "in place")
  }

  @Test(arguments: typesAndShapes)
  func backward(type: DType, rows: Int, columns: Int) throws {
    let gate = try gpu.random(rows, columns, seed: 3, as: type, scale: 6)
    let up = try gpu.random(rows, columns, seed: 4, as: type, scale: 2)
    let dy = try gpu.random(rows, columns, seed: 5, as: type)
    let outputs = try gpu.runTwice({
      try (0..<2).map { _ in try gpu.poisoned(rows: rows, columns: columns, as: type) }
    }) {
      SiluGate.backward(
        gate: gate.tensor, up: up.tensor, dy: dy.tensor, dgate: $0[0], dup: $0[1], in: gpu.context)
    }
    let want = Reference.siluGateBackward(gate: gate.matrix, up: up.matrix, dy: dy.matrix)
    expectClose(try gpu.download(outputs[0]), want.dgate, as: type, "dgate")
    expectClose(try gpu.download(outputs[1]), want.dup, as: type, "dup")
  }

  @Test func farFromZero() throws {
    let gate = try gpu.upload(Matrix(row: [-1e4, -200, -100, -88, 88, 100, 1e4, 0]))
    let up = try gpu.upload(Matrix(row: [1, 1, 1, 1, 1, 1, 1, 1]))
    let y = try gpu.poisoned(rows: 1, columns: 8)
    try gpu.run(SiluGate.forward(gate: gate, up: up, y: y, in: gpu.context))
    let got = try gpu.download(y).values
    #expect(got[0...3].allSatisfy { abs($0) <= 1e-30 } && got[4...] == [88, 100, 1e4, 0])
  }

  @Test func beyondTheBindingLimit() throws {
    let gate = try gpu.random(9, 2001, seed: 6, as: .f32)
    let up = try gpu.random(9, 2001, seed: 7, as: .f32)
    let y = try gpu.poisoned(rows: 9, columns: 2001)
    let dispatches = SiluGate.forward(
      gate: gate.tensor, up: up.tensor, y: y, in: gpu.context(bindingLimit: 1 << 14))
    #expect(dispatches.count > 3)
    try gpu.run(dispatches)
    expectClose(try gpu.download(y), Reference.siluGate(gate: gate.matrix, up: up.matrix))
  }
}
