import Reference
import Testing

@Suite struct SiluGateTests {
  struct Case: Decodable {
    let gate, up, y, dy, dgate, dup: Tensor
  }

  @Test func matchesPyTorch() throws {
    for test in try Fixture<Case>.cases("silu_gate") {
      let (gate, up) = (test.gate.matrix, test.up.matrix)
      expectClose(Reference.siluGate(gate: gate, up: up), test.y, "y")
      let (dgate, dup) = Reference.siluGateBackward(gate: gate, up: up, dy: test.dy.matrix)
      expectClose(dgate, test.dgate, "dgate")
      expectClose(dup, test.dup, "dup")
    }
  }

  @Test func derivative() {
    var random = Uniform(seed: 5)
    let (gate, up, dy) = (random.matrix(2, 9), random.matrix(2, 9), random.matrix(2, 9))
    let (dgate, dup) = Reference.siluGateBackward(gate: gate, up: up, dy: dy)
    expectDerivative(dgate, at: gate, "dgate") { inner(dy, Reference.siluGate(gate: $0, up: up)) }
    expectDerivative(dup, at: up, "dup") { inner(dy, Reference.siluGate(gate: gate, up: $0)) }
  }

  @Test func farFromZero() {
    let y = Reference.siluGate(gate: Matrix(row: [-1000, 1000]), up: Matrix(row: [3, 3]))
    #expect(y.values == [0, 3000])
  }
}
