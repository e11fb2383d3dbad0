import Foundation
import Randomness
import Testing
import Text

@testable import TrainingData

/// Tokenizers of the text tests, and real data where it lies beside the repository.
enum Fixture {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let shared = root.appending(path: "../shared").standardizedFileURL
  static let seeds = shared.appending(path: "data/seeds")
  static let llama2 = shared.appending(path: "models/llama2-tokenizer")
  static var hasShared: Bool { FileManager.default.fileExists(atPath: seeds.path) }

  /// A small SentencePiece vocabulary, loaded once.
  static let small: Tokenizer = {
    do { return try tokenizer("sentencepiece-bpe") } catch { fatalError("\(error)") }
  }()

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer.load(model: root.appending(path: "Tests/TextTests/Fixtures/\(name)"))
  }
}

/// Calls `body` with the path of a file of this text, which is gone afterwards.
func withFile<Result>(_ text: String, name: String = "data.jsonl", _ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "evolcano-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appending(path: name)
  try Data(text.utf8).write(to: file)
  return try body(file.path)
}

/// The set of a file of this text, read with a small SentencePiece vocabulary.
func trainingSet(
  _ text: String, format: RowFormat? = nil, template: ChatTemplate = .vicuna, length: Int = 4096,
  validation: Double = 0, seed: UInt64 = 42, allowBad: Bool = true
) throws -> TrainingSet {
  try withFile(text) { path in
    try TrainingSet(
      files: [path], format: format, template: template, tokenizer: Fixture.small, length: length,
      validation: validation,
      seed: seed, allowBad: allowBad)
  }
}

/// Examples of these lengths whose tokens tell where they come from: example i's are 1000·i and on. All tokens from the
/// middle on are learned.
func examples(lengths: [Int]) -> [Example] {
  lengths.enumerated().map { index, length in
    Example(
      place: RowPlace(file: "made", line: index + 1), ids: (0..<length).map { 1000 * index + $0 },
      isTrained: (0..<length).map { $0 >= max(length / 2, 1) })
  }
}

/// Lengths from a seed, 2 to `most`, the odd ones that kernels are tested at among them.
func lengths(_ count: Int, most: Int, seed: UInt64) -> [Int] {
  var generator = SplitMix64(state: seed)
  return (0..<count).map { index in
    let odd = [2, 31, 32, 33, 257]
    if index % 7 == 0 { return min(odd[index / 7 % odd.count], most) }
    return 2 + Int(generator.next(below: UInt64(most - 1)))
  }
}

/// A document as a trainer sees it.
struct Document: Hashable, Comparable {
  let tokens: [Int32]
  let targets: [Int32]

  static func < (left: Document, right: Document) -> Bool { left.tokens.lexicographicallyPrecedes(right.tokens) }
}

/// The documents of a micro-batch, found by what attention reads, after checks of everything else that is promised.
func documents(in batch: MicroBatch, length: Int) -> [Document] {
  let rows = batch.tokens.count
  #expect(batch.targets.count == rows && batch.positions.count == rows && batch.documentStart.count == rows)
  #expect(zip(batch.documentStart, batch.documentStart.dropFirst()).allSatisfy { $0 <= $1 })
  var found: [Document] = []
  var row = 0
  while row < rows {
    let start = Int(batch.documentStart[row])
    if start > row {
      // Dead to the end of its sequence, and no further.
      #expect(start == (row / length + 1) * length)
      for dead in row..<start {
        #expect(batch.tokens[dead] == 0 && batch.targets[dead] == -1 && batch.positions[dead] == 0)
      }
      row = start
      continue
    }
    let end = batch.documentStart[row...].firstIndex { Int($0) != start } ?? rows
    #expect(start == row && (end - 1) / length == row / length, "a document crosses a sequence")
    #expect(Array(batch.positions[row..<end]) == (0..<Int32(end - row)).map { $0 })
    found.append(Document(tokens: Array(batch.tokens[row..<end]), targets: Array(batch.targets[row..<end])))
    row = end
  }
  return found
}
