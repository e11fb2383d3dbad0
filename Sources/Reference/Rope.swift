import Foundation

extension Reference {
  /// How the frequencies of a rotary embedding are changed to reach beyond the length trained on.
  public enum RopeScaling: Equatable, Sendable {
    case none
    /// Every frequency divided by `factor` (Chen et al. 2023, position interpolation).
    case linear(factor: Double)
    /// LLaMA 3.1: long wavelengths divided by `factor`, short ones kept, those between interpolated
    /// (transformers, `modeling_rope_utils.py`, `_compute_llama3_parameters`). The
    /// original length is in positions.
    case llama3(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Double)
  }

  /// The K/2 angular frequencies, in radians a position: theta^(−2i/K), scaled (Su et al. 2021, eq. 15).
  /// - Precondition: `headSize` is even.
  public static func ropeFrequencies(
    headSize: Int, theta: Double, scaling: RopeScaling = .none
  ) -> [Double] {
    precondition(headSize > 0 && headSize % 2 == 0, "a head of \(headSize) cannot be rotated in pairs")
    return (0..<headSize / 2).map { i in
      let frequency = pow(theta, -Double(2 * i) / Double(headSize))
      switch scaling {
      case .none: return frequency
      case .linear(let factor): return frequency / factor
      case .llama3(let factor, let low, let high, let length):
        let wavelength = 2 * Double.pi / frequency
        if wavelength < length / high { return frequency }
        if wavelength > length / low { return frequency / factor }
        let smooth = (length / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
      }
    }
  }

  /// Cosine and sine of position · frequency, each (positions, K/2).
  public static func ropeTables(
    positions: Int, frequencies: [Double]
  ) -> (cosine: Matrix, sine: Matrix) {
    let angles = Matrix(rows: positions, columns: frequencies.count) { Double($0) * frequencies[$1] }
    return (angles.map { cos($0) }, angles.map { sin($0) })
  }

  /// Rotates the pair (i, i + K/2) of every head by the angle positions[t] · frequencies[i]
  /// ("rotate half", as in LLaMA's Hugging Face weights).
  /// - Parameters:
  ///   - x: (T, heads · K).
  ///   - positions: T values.
  ///   - frequencies: K/2 values; K follows from them.
  public static func rope(x: Matrix, positions: [Int], frequencies: [Double]) -> Matrix {
    rotated(x, positions, frequencies, direction: 1)
  }

  /// The gradient of `rope`: the rotation back.
  public static func ropeBackward(dy: Matrix, positions: [Int], frequencies: [Double]) -> Matrix {
    rotated(dy, positions, frequencies, direction: -1)
  }

  private static func rotated(
    _ x: Matrix, _ positions: [Int], _ frequencies: [Double], direction: Double
  ) -> Matrix {
    let half = frequencies.count
    precondition(positions.count == x.rows, "\(positions.count) positions for \(x.rows) rows")
    precondition(half > 0 && x.columns % (2 * half) == 0, "rows of \(x.columns) in heads of \(2 * half)")
    var y = x
    for t in 0..<x.rows {
      for i in 0..<half {
        let angle = Double(positions[t]) * frequencies[i]
        let (cosine, sine) = (cos(angle), direction * sin(angle))
        for head in stride(from: 0, to: x.columns, by: 2 * half) {
          let (first, second) = (x[t, head + i], x[t, head + i + half])
          y[t, head + i] = first * cosine - second * sine
          y[t, head + i + half] = second * cosine + first * sine
        }
      }
    }
    return y
  }
}
