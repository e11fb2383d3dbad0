import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

@Suite struct MatvecTests {
  let gpu: TestDevice

  init() throws { gpu = try TestDevice.shared() }

  /// The device under test, and the same as if it were a GPU: the choice of kernel follows the kind of device.
  enum Kernel: CaseIterable {
    case own, ofGPUs
  }

  private func context(_ kernel: Kernel, limit: Int? = nil) -> KernelContext {
    var device = gpu.device.properties
    if kernel == .ofGPUs { device.type = .discrete }
    if let limit { device.maxStorageBufferRange = limit }
    return KernelContext(device)
  }

  private func product(
    _ x: Matrix, _ weight: TensorSlice, as type: DType, result: DType? = nil, in context: KernelContext
  ) throws -> TensorSlice {
    let y = try gpu.poisoned(rows: x.rows, columns: weight.rows, as: result ?? type)
    try gpu.run(Matvec.multiply(gpu.upload(x, as: type), weight, into: y, in: context))
    return y
  }

  @Test(arguments: [DType.f32, .f16, .bf16], Kernel.allCases)
  func matchesReference(type: DType, kernel: Kernel) throws {
    for (rows, n, k) in [(1, 1, 1), (1, 31, 33), (2, 33, 257), (3, 257, 31), (8, 130, 2500)] {
      let x = Matrix.random(rows, k, seed: 1).rounded(to: type)
      let weight = Matrix.random(n, k, seed: 2).rounded(to: type)
      let y = try product(x, gpu.upload(weight, as: type), as: type, in: context(kernel))
      expectClose(try gpu.download(y), Reference.matvec(x: x, weight: weight), as: type, "\(rows) × \(n) × \(k)")
    }
  }

  @Test(arguments: DType.quantized, Kernel.allCases)
  func matchesReferenceQuantized(type: DType, kernel: Kernel) throws {
    for (rows, n, blocks) in [(1, 33, 3), (3, 70, 1)] {
      let weight = QuantizedMatrix(type, rows: n, columns: blocks * type.blockColumns!, seed: 3)
      let x = Matrix.random(rows, weight.layout.columns, seed: 1).rounded(to: .f32)
      let y = try product(x, weight.upload(to: gpu), as: .f32, in: context(kernel))
      expectClose(try gpu.download(y), Reference.matvec(x: x, weight: weight.values), "\(rows) × \(n)")
    }
  }

  @Test(arguments: [DType.f16, .bf16])
  func widensTheResult(type: DType) throws {
    let weight = QuantizedMatrix(.q8_0, rows: 40, columns: 256, seed: 3)
    let x = Matrix.random(2, 256, seed: 1).rounded(to: type)
    let y = try product(x, weight.upload(to: gpu), as: type, result: .f32, in: gpu.context)
    expectClose(try gpu.download(y), Reference.matvec(x: x, weight: weight.values))
  }

  /// A row has the same bits in every number of rows.
  @Test(arguments: [DType.f32, .f16, .q8_0, .q4_0, .q4_K, .q6_K], Kernel.allCases)
  func aRowDoesNotDependOnItsNeighbours(type: DType, kernel: Kernel) throws {
    let (n, k) = (45, 512)
    let x = Matrix.random(19, k, seed: 1)
    let activation = type.isQuantized ? .f32 : type
    let weight =
      try type.isQuantized
      ? QuantizedMatrix(type, rows: n, columns: k, seed: 3).upload(to: gpu)
      : gpu.upload(Matrix.random(n, k, seed: 2), as: type)
    let all = try gpu.download(product(x, weight, as: activation, in: context(kernel)))
    for rows in [1, 2, 3, 5, 8] {
      let some = try gpu.download(product(x.rows(0..<rows), weight, as: activation, in: context(kernel)))
      #expect(some == all.rows(0..<rows), "\(rows) rows")
    }
  }

  /// On CPU devices the order is that of the matrix product, and so are the bits.
  @Test func agreesWithMatmulInOneOrder() throws {
    guard Matvec.summationOrder(in: gpu.context) == "k" else { return }
    let x = Matrix.random(5, 300, seed: 1)
    let weight = try gpu.upload(Matrix.random(77, 300, seed: 2))
    let product = try product(x, weight, as: .f32, in: gpu.context)
    let other = try gpu.poisoned(rows: 5, columns: 77)
    try gpu.run(Matmul.multiply(gpu.upload(x), weight, into: other, mode: .nt, in: gpu.context))
    #expect(try gpu.bytes(product) == gpu.bytes(other))
  }

  @Test(arguments: [DType.f32, .q6_K], Kernel.allCases)
  func cutAtTheBindingLimitGivesTheSameBits(type: DType, kernel: Kernel) throws {
    let (n, k) = (150, 256)
    let weight =
      try type.isQuantized
      ? QuantizedMatrix(type, rows: n, columns: k, seed: 3).upload(to: gpu)
      : gpu.upload(Matrix.random(n, k, seed: 2))
    let x = Matrix.random(2, k, seed: 1)
    let whole = try product(x, weight, as: .f32, in: context(kernel))
    let limit = type.isQuantized ? 8 * 1024 : 64 * 1024
    #expect(try gpu.bytes(product(x, weight, as: .f32, in: context(kernel, limit: limit))) == gpu.bytes(whole))
  }
}
