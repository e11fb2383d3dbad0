import Formats

/// One low-rank update in memory, to be added to rows of its matrix: W' = W + scale · B · A.
struct LowRankUpdate: Sendable {
  private let rank: Int
  private let scale: Float
  /// [r, K].
  private let down: [Float]
  /// [N, r].
  private let up: [Float]
  private let columns: Int

  /// The updates of an adapter by the names of the matrices.
  /// - Parameter shape: the model's, with the adapter's `lora`.
  static func all(_ adapter: Adapter, _ shape: LLaMA) throws(FormatError) -> [String: LowRankUpdate] {
    var factors: [String: [Float]] = [:]
    for stored in try adapter.stored(for: shape) { factors[stored.parameter.name] = try stored.tensor.floats() }
    var updates: [String: LowRankUpdate] = [:]
    for parameter in shape.parameters where parameter.isMatrix {
      let name = parameter.name.dropLast(".weight".count)
      guard let down = factors["\(name).lora_A.weight"], let up = factors["\(name).lora_B.weight"] else { continue }
      updates[parameter.name] = LowRankUpdate(
        rank: adapter.lora.rank, scale: adapter.lora.scale, down: down, up: up, columns: parameter.shape[1])
    }
    return updates
  }

  private init(rank: Int, scale: Float, down: [Float], up: [Float], columns: Int) {
    self.rank = rank
    self.scale = scale
    self.down = down
    self.up = up
    self.columns = columns
  }

  /// Adds the update to some rows of the matrix.
  /// - Parameter values: those rows, one after the other.
  func add(to values: inout [Float], rows: Range<Int>) {
    var sums = [Float](repeating: 0, count: columns)
    for (index, row) in rows.enumerated() {
      for column in 0..<columns { sums[column] = 0 }
      down.withUnsafeBufferPointer { down in
        for term in 0..<rank {
          let factor = up[row * rank + term]
          for column in 0..<columns { sums[column] += factor * down[term * columns + column] }
        }
      }
      for column in 0..<columns { values[index * columns + column] += scale * sums[column] }
    }
  }
}
