import Foundation
import LanguageModel
import Randomness

/// The values that trained parameters start from, each a function of seed and name alone.
struct InitialWeights {
  let seed: UInt64
  /// The standard deviation of fresh matrices.
  let initializerRange: Double

  /// What PEFT starts a low-rank update from: A uniform in ±1/√K (`kaiming_uniform_` with a = √5), B zero, so that the
  /// first forward pass is the base's.
  func loRA(_ parameter: ModelParameter) -> [Float] {
    let count = parameter.shape.reduce(1, *)
    guard parameter.name.hasSuffix("lora_A.weight") else { return [Float](repeating: 0, count: count) }
    let bound = 1 / Double(parameter.shape[1]).squareRoot()
    var generator = SplitMix64(seed: seed, name: parameter.name)
    return (0..<count).map { _ in Float((2 * generator.unit() - 1) * bound) }
  }

  /// What transformers starts a LLaMA from: matrices normal with a deviation of `initializer_range`, norms one, biases
  /// zero.
  func fresh(_ parameter: ModelParameter) -> [Float] {
    let count = parameter.shape.reduce(1, *)
    guard parameter.isMatrix else {
      return [Float](repeating: parameter.name.hasSuffix(".bias") ? 0 : 1, count: count)
    }
    var generator = SplitMix64(seed: seed, name: parameter.name)
    return (0..<count).map { _ in Float(initializerRange * generator.normal()) }
  }
}

extension SplitMix64 {
  /// A stream of its own for each name: FNV-1a of the name, mixed into the seed.
  fileprivate init(seed: UInt64, name: String) {
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } ^ seed
    self.init(state: Self.mixed(hash &+ Self.step))
  }

  /// Box & Muller 1958.
  fileprivate mutating func normal() -> Double {
    (-2 * log(1 - unit())).squareRoot() * cos(2 * Double.pi * unit())
  }
}
