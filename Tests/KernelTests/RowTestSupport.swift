import Kernels
import Reference
import TestSupport
import Testing
import VulkanRuntime

/// Types of activations.
let storageTypes: [DType] = [.f32, .f16, .bf16]

/// Rows and columns: one, around 32, around 256, no multiple of anything, several workgroups.
let oddShapes = [(1, 1), (3, 31), (2, 32), (5, 33), (4, 257), (70, 36), (3, 2056), (67, 1001)]

/// Every storage type with every odd shape.
let typesAndShapes = storageTypes.flatMap { type in oddShapes.map { (type, $0.0, $0.1) } }

extension TestDevice {
  /// The device, but with bindings of at most `bytes`, so that small tensors are cut.
  func context(bindingLimit bytes: Int) -> KernelContext {
    var device = context.device
    device.maxStorageBufferRange = bytes
    return KernelContext(device)
  }

  /// A matrix of the wanted type, and what the device really holds.
  func random(
    _ rows: Int, _ columns: Int, seed: UInt64, as type: DType, scale: Double = 1
  ) throws -> (tensor: TensorSlice, matrix: Matrix) {
    let matrix = Matrix.random(rows, columns, seed: seed, scale: scale).rounded(to: type)
    return (try upload(matrix, as: type), matrix)
  }

  /// Runs twice into poisoned tensors made by `outputs` and demands the same bytes.
  /// - Returns: what the second run left.
  func runTwice(
    _ outputs: () throws -> [TensorSlice], _ dispatches: ([TensorSlice]) -> [Dispatch]
  ) throws -> [TensorSlice] {
    let (first, second) = (try outputs(), try outputs())
    try run(dispatches(first))
    try run(dispatches(second))
    for (a, b) in zip(first, second) { #expect(try bytes(a) == bytes(b), "two runs differ") }
    return second
  }
}
