import Foundation

/// How the frequencies of a rotary embedding are changed to reach beyond the length trained on.
public enum RotaryScaling: Sendable, Hashable, Codable {
  case none
  /// Every frequency divided by `factor` (Chen et al. 2023, position interpolation).
  case linear(factor: Double)
  /// LLaMA 3.1: long wavelengths divided by `factor`, short ones kept, those between interpolated
  /// (transformers, `modeling_rope_utils.py`, `_compute_llama3_parameters`). `originalLength` is in positions.
  case llama3(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Double)
  /// Frequency i divided by `factors[i]`, one for each pair of a head: how a GGUF file says any of these.
  case factors([Float])

  /// - Parameters:
  ///   - frequency: radians a position.
  ///   - index: which of the frequencies it is.
  public func scaled(_ frequency: Double, at index: Int) -> Double {
    switch self {
    case .factors(let factors): return index < factors.count ? frequency / Double(factors[index]) : frequency
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .llama3(let factor, let lowFactor, let highFactor, let length):
      let wavelength = 2 * Double.pi / frequency
      if wavelength < length / highFactor { return frequency }
      if wavelength > length / lowFactor { return frequency / factor }
      let smooth = (length / wavelength - lowFactor) / (highFactor - lowFactor)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
  }
}

/// Cosines and sines of the angles of a rotary embedding, computed in Double: a shader's own `sin` may be off by 2⁻¹¹
/// (Vulkan specification, "Precision and Operation of SPIR-V Instructions"), and at large angles is off by far more.
public struct RotaryTable: Sendable {
  /// K.
  public let headSize: Int
  /// Positions 0..<positions have a row.
  public let positions: Int
  /// The K/2 frequencies, in radians a position: theta^(−2i/K), scaled.
  public let frequencies: [Double]
  /// (positions, K/2), rows padded as in a tensor.
  public let cosine: [Float]
  /// (positions, K/2), rows padded as in a tensor.
  public let sine: [Float]

  /// Radians a position of the pair `index` of a head, before scaling: theta^(−2 · index/K).
  public static func frequency(_ index: Int, headSize: Int, theta: Double) -> Double {
    pow(theta, -Double(2 * index) / Double(headSize))
  }

  /// - Parameters:
  ///   - theta: the base of the frequencies, such as 10,000 or, in LLaMA 3, 500,000.
  /// - Precondition: `headSize` is even.
  public init(headSize: Int, positions: Int, theta: Double, scaling: RotaryScaling = .none) {
    precondition(headSize > 0 && headSize % 2 == 0, "rope: a head of \(headSize) cannot be rotated in pairs")
    self.headSize = headSize
    self.positions = positions
    frequencies = (0..<headSize / 2).map {
      scaling.scaled(Self.frequency($0, headSize: headSize, theta: theta), at: $0)
    }
    let pitch = TensorSlice.pitch(headSize / 2)
    var cosine = [Float](repeating: 0, count: positions * pitch)
    var sine = cosine
    for position in 0..<positions {
      for (index, frequency) in frequencies.enumerated() {
        let angle = Double(position) * frequency
        cosine[position * pitch + index] = Float(cos(angle))
        sine[position * pitch + index] = Float(sin(angle))
      }
    }
    self.cosine = cosine
    self.sine = sine
  }
}
