import Formats

/// The two factors of a projection's low-rank update, as they lie in an adapter's file.
struct LowRankFactors: Sendable {
  static let downSuffix = ".lora_A.weight"
  static let upSuffix = ".lora_B.weight"

  /// A: [r, K].
  let down: StoredParameter
  /// B: [N, r].
  let up: StoredParameter
  let scale: Double
}

/// Adds a low-rank update to the rows of a projection: W′ = W + scale · B · A (Hu et al. 2021, §4.1).
///
/// A is held in memory, r · K floats; B is read with the rows that it goes with. Sums are taken in Double and rounded to
/// Float once.
struct LowRankUpdate {
  private let factors: LowRankFactors
  private let down: [Float]
  private let rank: Int
  private let columns: Int

  init(_ factors: LowRankFactors) throws(FormatError) {
    self.factors = factors
    (rank, columns) = (factors.down.rows, factors.down.columns)
    down = try factors.down.floats(0..<factors.down.rows)
  }

  /// - Parameters:
  ///   - floats: the rows `rows` of W, changed in place.
  func add(to floats: inout [Float], rows: Range<Int>) throws(FormatError) {
    precondition(floats.count == rows.count * columns, "\(floats.count) numbers for \(rows.count) rows of \(columns)")
    let up = try factors.up.floats(rows)
    var sums = [Double](repeating: 0, count: columns)
    floats.withUnsafeMutableBufferPointer { floats in
      sums.withUnsafeMutableBufferPointer { sums in
        down.withUnsafeBufferPointer { down in
          for row in 0..<rows.count {
            sums.update(repeating: 0)
            for place in 0..<rank {
              let factor = Double(up[row * rank + place])
              for column in 0..<columns { sums[column] += factor * Double(down[place &* columns &+ column]) }
            }
            for column in 0..<columns {
              let old = Double(floats[row &* columns &+ column])
              floats[row &* columns &+ column] = Float(old + factors.scale * sums[column])
            }
          }
        }
      }
    }
  }
}
