import Foundation
import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import TrainingData

@testable import Training

/// A training run of PyTorch in Double (`Tools/training_fixtures.py`).
struct TrainingFixture: Decodable {
  struct Row: Decodable {
    let ids: [Int]
    let trained: [Bool]
  }

  struct Tensor: Decodable {
    let shape: [Int]
    let f32: String
    var values: [Float] {
      Data(base64Encoded: f32)!.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }  // written by the script
    }
  }

  let examples: [Row]
  let learningRate: Double
  let length, micro, accumulate: Int
  let weightDecay: Double
  let clip: Double?
  let rank, alpha: Int?
  let losses, norms: [Double]
  let start, gradients, firstUpdate, lastUpdate: [String: Tensor]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
  /// The model that every run starts from.
  static let modelPath = folder.appending(path: "model").path(percentEncoded: false)

  static func load(_ name: String) throws -> TrainingFixture {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in
      let name = path.last!.stringValue
      guard !name.contains(".") else { return path.last! }  // a weight's
      let parts = name.split(separator: "_").map(String.init)
      return Key(parts[0] + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined())
    }
    return try decoder.decode(
      TrainingFixture.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  var options: TrainingOptions {
    var options = TrainingOptions(
      method: rank.map { .lora(LoRA(rank: $0, alpha: Double(alpha!))) } ?? .full, micro: micro, length: length)
    options.weightDecay = weightDecay
    options.maximumNorm = clip
    return options
  }

  /// The options with the frozen weights in blocks.
  func quantized(_ base: DType) -> TrainingOptions {
    var options = options
    options.method = .quantizedLoRA(LoRA(rank: 4, alpha: 8), base: base)
    return options
  }

  /// The examples in file order, one a sequence unless packed.
  func plan(micro: Int, accumulate: Int, packing: Bool = false, length: Int? = nil, count: Int? = nil) -> BatchPlan {
    let rows = examples.prefix(count ?? examples.count).enumerated().map { index, row in
      Example(place: RowPlace(file: "fixture", line: index + 1), ids: row.ids, isTrained: row.trained)
    }
    let batches = BatchPlan.Batches(
      length: length ?? self.length, micro: micro, accumulate: accumulate, packing: packing, shuffle: false)
    return BatchPlan(rows, batches: batches, extent: .steps(losses.count))
  }

  /// Its steps as PyTorch took them.
  var steps: [Step] {
    var plan = plan(micro: micro, accumulate: accumulate)
    return losses.indices.map { plan.step(at: $0) }
  }
}

extension TrainingSession {
  /// A session of the fixtures' model.
  static func fixture(_ options: TrainingOptions, start: [String: TrainingFixture.Tensor] = [:]) throws
    -> TrainingSession
  {
    let source = try ModelSource(path: TrainingFixture.modelPath)
    let session = try TrainingSession.load(source, options: options, with: TestDevice.shared().library)
    for (name, tensor) in start { try session.write(tensor.values, to: name) }
    return session
  }

  var trainedNames: [String] { plan.trained.map(\.name) }

  /// Every trained parameter.
  func parameters() throws -> [String: [Float]] {
    try Dictionary(uniqueKeysWithValues: trainedNames.map { ($0, try parameter($0)) })
  }

  /// The bytes of everything that training changes.
  func stateBytes() throws -> [String: [UInt8]] {
    try Dictionary(
      uniqueKeysWithValues: (stateSlabs.map(\.name) + [Self.controlName]).map { ($0, try store.readBytes($0)) })
  }

  /// The gradients of a step, which is not taken; the slabs are cleared.
  func gradients(of step: Step) throws -> (loss: Double, gradients: [String: [Float]]) {
    try accumulate(step, learningRate: 0)
    let loss = Double(try control().loss) / Double(step.tokenCount)
    var result: [String: [Float]] = [:]
    for name in trainedNames {
      let gradient = try store.read("\(name).gradient")
      result[name] = gradient
      try store.write([Float](repeating: 0, count: gradient.count), to: "\(name).gradient")
    }
    return (loss, result)
  }
}

/// Norm of the difference over norm of what is wanted; infinite where there is another number of them. NaN stays NaN.
func relativeError(_ got: [Float], _ want: [Float]) -> Double {
  guard got.count == want.count else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (g, w) in zip(got, want) {
    difference += (Double(g) - Double(w)) * (Double(g) - Double(w))
    norm += Double(w) * Double(w)
  }
  return difference.squareRoot() / max(norm.squareRoot(), 1e-300)
}

/// A folder that goes away with its owner.
final class TemporaryFolder {
  let path: String
  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
      .path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}
