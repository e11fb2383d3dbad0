import Foundation
import Generation
import LanguageModel
import TensorGraph
import Text
import TrainingData

/// Measures how well a model foretells the expected answers of held-out instructions, where none is the only right one,
/// and has it answer a few itself.
struct LossExamination {
  let items: [HeldOutItem]
  /// What errors call the items.
  let path: String
  /// Tokens that prompt and answer may have together.
  let length: Int
  /// Items that the model answers itself, for people to read.
  let samples: [Int]
  let maxTokens: Int
  let batch: Int

  /// Measures what is not in the log yet.
  ///
  /// - Returns: Whether all was measured.
  func run(
    _ examinee: Examinee, log: inout AnswerLog, isStopped: () -> Bool, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Bool {
    let known = Set(log.results.map(\.item))
    let left = try examples(examinee).filter { !known.contains($0.place.line - 1) }
    guard !left.isEmpty else { return true }
    let wanted = Set(samples).subtracting(known)
    guard let texts = try answers(examinee, to: wanted.sorted(), isStopped: isStopped) else { return false }
    // A program for each length, so that short answers do not wait for long ones.
    let byLength = Dictionary(grouping: left) { Self.rows(for: $0.tokens.count, most: length) }
    for (rows, examples) in byLength.sorted(by: { $0.key < $1.key }) {
      let scoring = try AnswerScoring(examinee.model, rows: rows)
      for example in examples {
        if isStopped() { return false }
        let item = example.place.line - 1
        let loss = try scoring.loss(example)
        try log.append(ItemResult(item: item, text: texts[item], loss: loss, tokens: example.targetCount))
        progress(log.results.count, items.count)
      }
    }
    return true
  }

  /// The items that a model can be measured on, rendered as training data is.
  func examples(_ examinee: Examinee) throws(TrainingDataError) -> [Example] {
    try TrainingSet(
      [HeldOutRows(items, path: path)], template: examinee.template, tokenizer: examinee.tokenizer, length: length,
      allowBad: true
    ).examples
  }

  /// A power of two, 64 or more.
  private static func rows(for count: Int, most: Int) -> Int {
    var rows = 64
    while rows < count { rows *= 2 }
    return rows
  }

  /// Greedy answers; nil where they were stopped.
  private func answers(
    _ examinee: Examinee, to asked: [Int], isStopped: () -> Bool
  ) throws -> [Int: String]? {
    guard !asked.isEmpty else { return [:] }
    let renderer = ChatRenderer(tokenizer: examinee.tokenizer, template: examinee.template)
    let prompts = try asked.map {
      try renderer.render(Array(items[$0].record.conversation(for: examinee.template).dropLast()), prompting: true).ids
    }
    let context = min((prompts.map(\.count).max() ?? 0) + maxTokens, examinee.model.configuration.length)
    let engine = try GenerationEngine(
      examinee.model, tokenizer: examinee.tokenizer, options: .init(context: context, sequences: batch))
    var (places, texts): ([Int: Int], [Int: String]) = ([:], [:])
    for (item, prompt) in zip(asked, prompts) where prompt.count < context {
      let request = GenerationRequest(prompt: prompt, maxTokens: maxTokens, ends: examinee.tokenizer.special.ends)
      places[try engine.submit(request)] = item
    }
    while !engine.isIdle {
      if isStopped() { return nil }
      for event in try engine.step() { texts[places[event.sequence]!, default: ""] += event.text }  // submitted above
    }
    return texts
  }
}

/// The loss of a model on answers of at most so many tokens with their prompts.
private struct AnswerScoring {
  private let rows: Int
  private let scoring: (graph: Graph, inputs: LLaMA.Inputs, targets: Value, nll: Value)
  private let program: Program

  init(_ model: LoadedModel, rows: Int) throws {
    self.rows = rows
    scoring = try model.shape.scoring(rows: rows)
    program = try Program.compile(scoring.graph, outputs: [scoring.nll], with: model.library, store: model.store)
  }

  /// In nats, over the tokens that are to be learned.
  func loss(_ example: Example) throws -> Double {
    let count = example.tokens.count
    func padded(_ values: [Int32], _ dead: Int32) -> [Int32] {
      values + [Int32](repeating: dead, count: rows - values.count)
    }
    try program.write(padded(example.tokens, 0), to: scoring.inputs.tokens)
    try program.write(padded((0..<Int32(count)).map { $0 }, 0), to: scoring.inputs.positions)
    // A dead row starts after itself and sees nothing.
    try program.write((0..<rows).map { Int32($0 < count ? 0 : rows) }, to: scoring.inputs.documentStart)
    try program.write(padded(example.targets, -1), to: scoring.targets)
    try program.run()
    // A NaN stays one in the sum.
    let sum = zip(try program.read(scoring.nll), example.targets).reduce(0.0) { $1.1 >= 0 ? $0 + Double($1.0) : $0 }
    guard sum.isFinite else { throw PerplexityError.notFinite }
    return sum
  }
}
