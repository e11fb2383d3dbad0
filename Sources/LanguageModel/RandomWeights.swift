import Formats
import Kernels
import VulkanRuntime

/// Weights for measuring a shape of which there is no model: every matrix uniform with the variance of its width, every
/// vector ones. One stretch of numbers is repeated with shifting starts, so that gigabytes take seconds.
struct RandomWeights {
  private let numbers: [Float]
  private var start = 0

  init(seed: UInt64) {
    var state = seed &+ 0x9E37_79B9_7F4A_7C15
    // Xorshift (Marsaglia 2003) is random enough for weights that nobody trains.
    numbers = (0..<1 << 20).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Float(state >> 40) * 0x1p-23 - 1
    }
  }

  mutating func fill(_ slice: TensorSlice, on device: Device) throws {
    let columns = slice.columns
    var converter = RowConverter(from: .f32, columns: columns)
    guard slice.rows > 1 else {
      return try [Float](repeating: 1, count: columns).withUnsafeBytes {
        try converter.write($0, rows: 0..<1, to: slice, on: device)
      }
    }
    let bound = (3 / Float(columns)).squareRoot()
    let step = max((1 << 20) / columns / 32, 1) * 32
    for first in stride(from: 0, to: slice.rows, by: step) {
      let rows = first..<min(first + step, slice.rows)
      start = (start + 7919) % numbers.count
      let shift = start
      let values = [Float](unsafeUninitializedCapacity: rows.count * columns) { buffer, count in
        numbers.withUnsafeBufferPointer { numbers in
          for index in 0..<rows.count * columns { buffer[index] = numbers[(shift &+ index) & (1 << 20 - 1)] * bound }
        }
        count = rows.count * columns
      }
      try values.withUnsafeBytes { try converter.write($0, rows: rows, to: slice, on: device) }
    }
  }
}
