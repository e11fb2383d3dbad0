import Formats

/// One low-rank update of a matrix in an adapter's file: W' = W + scale · B · A.
struct LowRankUpdate: Sendable {
  /// A: [r, K].
  private let down: StoredTensor
  /// B: [N, r].
  private let up: StoredTensor
  private let scale: Float

  /// The updates of an adapter by the names of the matrices.
  /// - Parameter shape: the model's, with the adapter's `lora`.
  static func all(_ adapter: Adapter, _ shape: LLaMA) throws(FormatError) -> [String: LowRankUpdate] {
    var factors: [String: StoredTensor] = [:]
    for stored in try adapter.stored(for: shape) {
      guard !stored.type.isQuantized else {
        throw stored.tensor.error(
          .unsupported, "is quantised (\(stored.type.name)); the factors of an update are plain")
      }
      factors[stored.parameter.name] = stored.tensor
    }
    var updates: [String: LowRankUpdate] = [:]
    for parameter in shape.parameters where parameter.isMatrix {
      let name = parameter.name.dropLast(".weight".count)
      guard let down = factors["\(name).lora_A.weight"], let up = factors["\(name).lora_B.weight"] else { continue }
      updates[parameter.name] = LowRankUpdate(down: down, up: up, scale: adapter.lora.scale)
    }
    return updates
  }

  /// The update with its factors in memory, those of one matrix at a time.
  func loaded() throws(FormatError) -> Loaded {
    Loaded(rank: down.rows, columns: down.columns, scale: scale, down: try down.floats(), up: try up.floats())
  }

  /// An update in memory, to be added to rows of its matrix.
  struct Loaded {
    let rank: Int
    let columns: Int
    let scale: Float
    /// [r, K].
    let down: [Float]
    /// [N, r].
    let up: [Float]

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
}
