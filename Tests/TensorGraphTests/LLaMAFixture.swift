import Foundation
import Kernels
import LanguageModel
import Reference
import TensorGraph
import TestSupport

/// A two-layer LLaMA with loss and gradients from PyTorch (`Tools/fixture_llama.py`).
struct LLaMAFixture: Decodable {
  struct Config: Decodable {
    let hidden, layers, heads, kvHeads, headSize, ffn, vocabulary: Int
    let epsilon, theta: Double
  }

  struct Tensor: Decodable {
    let shape: [Int]
    let values: [Double]
    var matrix: Matrix { Matrix(rows: shape.count == 1 ? 1 : shape[0], columns: shape.last!, values: values) }
  }

  let config: Config
  let tokens, targets, positions, documentStart: [Int]
  let loss: Double
  let weights, gradients: [String: Tensor]

  static func load() throws -> LLaMAFixture {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/llama_block.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in Key(path.last!.stringValue) }
    return try decoder.decode(LLaMAFixture.self, from: Data(contentsOf: file))
  }

  /// snake_case keys, as long as they are no weight's name.
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) {
      let parts = name.contains(".") ? [name] : name.split(separator: "_").map(String.init)
      stringValue = parts[0] + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  var model: LLaMA {
    var model = LLaMA(
      hidden: config.hidden, layers: config.layers, heads: config.heads, kvHeads: config.kvHeads,
      headSize: config.headSize, feedForward: config.ffn, vocabulary: config.vocabulary)
    model.epsilon = Float(config.epsilon)
    model.theta = config.theta
    return model
  }

  /// Rows with a target.
  var scored: Int { targets.count { $0 >= 0 } }

  /// The contents of inputs and parameters.
  func contents(_ training: LLaMA.Training) -> [Value: Matrix] {
    var contents = [
      training.inputs.tokens: tokens, training.targets: targets, training.inputs.positions: positions,
      training.inputs.documentStart: documentStart,
    ].mapValues { Matrix(row: $0.map(Double.init)) }
    for (name, value) in training.parameters { contents[value] = weights[name]!.matrix }
    return contents
  }
}

/// Norm of the difference over norm.
func relativeError(_ got: Matrix, _ want: Matrix) -> Double {
  guard got.rows == want.rows, got.columns == want.columns else { return .infinity }
  let difference = zip(got.values, want.values).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return difference.squareRoot() / max(want.values.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-300)
}
