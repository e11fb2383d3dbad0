import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import VulkanRuntime

/// Computes the logits of every position of a sequence through the paged cache, in chunks of any sizes.
final class LogitsRunner {
  enum Chunk: Sendable {
    /// So many rows of a prompt.
    case prefill(Int)
    /// One row, as it is generated.
    case decode
  }

  private let model: LoadedModel
  private let cache: CacheShape
  private let store: TensorStore

  init(_ model: LoadedModel, cacheType: DType? = nil) throws {
    self.model = model
    cache = CacheShape(blocks: 7, sequences: 2, blocksPerSequence: 3, dtype: cacheType ?? model.shape.dtype)
    store = TensorStore(within: model.store)
    try store.add(model.shape.cacheTensors(cache), purpose: "a test's cache", clearing: true)
  }

  /// The logits of each token.
  /// - Parameters:
  ///   - chunks: how the tokens are taken; they add up to their number.
  ///   - padding: dead rows behind the rows of each chunk.
  func logits(_ tokens: [Int], _ chunks: [Chunk], padding: Int = 0) throws -> [[Float]] {
    var result: [[Float]] = []
    for chunk in chunks {
      let start = result.count
      switch chunk {
      case .prefill(let rows):
        result += try run(tokens, start..<start + rows, phase: .prefill, padding: padding)
      case .decode: result += try run(tokens, start..<start + 1, phase: .decode, padding: padding)
      }
    }
    return result
  }

  /// The sequence is row 1 of the block table and lies in blocks 5, 2 and 4.
  private func run(
    _ tokens: [Int], _ range: Range<Int>, phase: PagedAttentionOp.Phase, padding: Int
  ) throws -> [[Float]] {
    let rows = range.count + padding
    let inference = try model.shape.inference(rows: rows, outputs: rows, phase: phase, cache: cache)
    let program = try Program.compile(
      inference.graph, outputs: [inference.logits, inference.next], with: model.library, store: store)
    let blocks = [5, 2, 4]
    func filled(_ value: (Int) -> Int) -> [Int32] {
      range.map { Int32(value($0)) } + [Int32](repeating: -1, count: padding)
    }
    try program.write(filled { tokens[$0] }, to: inference.tokens)
    try program.write(filled { $0 }, to: inference.positions)
    try program.write(filled { _ in 1 }, to: inference.sequences)
    try program.write(filled { blocks[$0 / 32] * 32 + $0 % 32 }, to: inference.slots)
    try program.write([0, 0, 0] + blocks.map(Int32.init), to: inference.blockTable)
    if let outputs = inference.outputRows { try program.write((0..<Int32(rows)).map { $0 }, to: outputs) }
    try program.run()
    let values = try program.read(inference.logits)
    let columns = model.shape.vocabulary
    return (0..<range.count).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
  }
}
