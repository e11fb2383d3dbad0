import Kernels
import Reference
import TestSupport
import Testing

@Suite struct ArgmaxTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  private func expectReference(_ x: Matrix, _ context: KernelContext) throws {
    let tensor = try gpu.upload(x)
    let y = try gpu.runTwice({ [try gpu.poisoned(rows: 1, columns: x.rows, as: .i32)] }) {
      Argmax.forward(x: tensor, y: $0[0], in: context)
    }
    #expect(try gpu.downloadIndices(y[0]) == Reference.argmax(x))
    _ = try gpu.download(y[0])  // the padding is zero
  }

  @Test(arguments: oddShapes + [(3, 32_003), (300, 5)])
  func randomRows(rows: Int, columns: Int) throws {
    try expectReference(.random(rows, columns, seed: 1).rounded(to: .f32), gpu.context)
    // Few values, many ties; and all below zero, where padding would win.
    try expectReference(
      Matrix.random(rows, columns, seed: 2).map { ($0 * 3).rounded() - 5 }, gpu.context)
  }

  @Test func infinitiesTiesAndNaN() throws {
    var x = Matrix.random(8, 100, seed: 3).rounded(to: .f32)
    for c in 0..<100 { x[0, c] = -.infinity }
    x[1, 37] = .infinity
    x[1, 99] = .infinity
    x[2, 99] = .nan
    x[3, 0] = .nan
    x[3, 50] = .infinity
    for c in 0..<100 { x[4, c] = 2 }
    for c in 0..<100 { x[5, c] = .nan }
    x[6, 99] = 9
    x[7, 0] = 9
    try expectReference(x, gpu.context)
  }

  @Test func beyondTheBindingLimit() throws {
    try expectReference(Matrix.random(700, 30, seed: 4).rounded(to: .f32), gpu.context(bindingLimit: 1 << 14))
  }
}
