import Kernels
import LanguageModel
import TensorGraph

/// A program's size: what is live inside of it is less or equal.
struct InferenceBucket: Hashable, Sendable {
  var phase: PagedAttentionOp.Phase
  var rows: Int
  /// Rows of which there are logits.
  var outputs: Int
}

/// The sizes for which programs are compiled.
struct InferenceBuckets: Sendable {
  /// Most sequences that run at once.
  let sequences: Int
  private static let decodeRows = [1, 2, 4, 8, 16, 32]
  private static let prefillRows = [8, 32, 128, 512]
  /// Most sequences that any device runs at once.
  static let mostSequences = decodeRows.last!
  /// Prompts that may end in one chunk: as many rows as the product with the vocabulary reads its weight once for.
  static let prefillOutputs = 8

  var largestDecode: InferenceBucket { decode(sequences) }
  var largestPrefill: InferenceBucket { prefill(Self.prefillRows.last!, outputs: min(sequences, Self.prefillOutputs)) }
  /// Rows of the largest chunk of a prompt.
  static let mostPrefillRows = prefillRows.last!

  func decode(_ rows: Int) -> InferenceBucket {
    let bucket = Self.decodeRows.first { $0 >= rows } ?? Self.mostSequences
    return InferenceBucket(phase: .decode, rows: bucket, outputs: bucket)
  }

  func prefill(_ rows: Int, outputs: Int) -> InferenceBucket {
    InferenceBucket(
      phase: .prefill, rows: Self.prefillRows.first { $0 >= rows } ?? Self.prefillRows.last!,
      outputs: outputs <= 1 ? 1 : Self.prefillOutputs)
  }

  /// The largest chunk of a prompt with at most so many rows.
  static func prefillRows(upTo rows: Int) -> Int { prefillRows.last { $0 <= rows } ?? prefillRows[0] }
}

/// One compiled size of a model, with what the host writes before a replay.
final class InferenceProgram {
  let bucket: InferenceBucket
  private let inference: LLaMA.Inference
  private let program: Program
  /// The version of the block table that this program has.
  private var tableVersion = -1

  init(
    _ model: LoadedModel, _ bucket: InferenceBucket, cache: CacheShape, store: TensorStore, arena: Arena
  ) throws {
    self.bucket = bucket
    inference = try model.shape.inference(
      rows: bucket.rows, outputs: bucket.outputs, phase: bucket.phase, cache: cache)
    var options = Program.Options()
    options.arena = arena
    program = try Program.compile(
      inference.graph, outputs: [inference.logits, inference.next], with: model.library, store: store,
      options: options)
  }

  /// One row of a replay.
  struct Row {
    var token: Int
    var position: Int
    /// Row of the block table.
    var sequence: Int
    /// Row of the pools.
    var slot: Int
  }

  /// Computes the rows and waits for the result.
  /// - Parameters:
  ///   - rows: at most the bucket's; the rest is dead.
  ///   - outputs: the rows of which logits are wanted, at most the bucket's.
  ///   - table: the block table and its version, by which it is only written when it has changed.
  func run(_ rows: [Row], outputs: [Int], table: (blocks: [Int32], version: Int)) throws {
    func filled(_ value: (Row) -> Int, _ dead: Int32) -> [Int32] {
      rows.map { Int32(value($0)) } + [Int32](repeating: dead, count: bucket.rows - rows.count)
    }
    try program.write(filled(\.token, -1), to: inference.tokens)
    try program.write(filled(\.position, -1), to: inference.positions)
    try program.write(filled(\.sequence, -1), to: inference.sequences)
    try program.write(filled(\.slot, -1), to: inference.slots)
    if tableVersion != table.version {
      try program.write(table.blocks, to: inference.blockTable)
      tableVersion = table.version
    }
    if let outputRows = inference.outputRows {
      try program.write(
        outputs.map(Int32.init) + [Int32](repeating: -1, count: bucket.outputs - outputs.count), to: outputRows)
    }
    try program.run()
  }

  /// The likeliest token of each output row, after a replay.
  func next() throws -> [Int] { try program.readIntegers(inference.next).map { Int($0) } }

  /// The logits of each output row, after a replay.
  func logits() throws -> [Float] { try program.read(inference.logits) }

  /// Where the time of a replay goes; nil where the device has no timestamps.
  func profile() throws -> Profile? { try program.profile() }
}
