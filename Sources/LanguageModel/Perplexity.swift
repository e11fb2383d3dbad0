import Foundation
import Kernels
import TensorGraph

/// How well a model foretells a text.
public struct Perplexity: Sendable {
  /// Mean negative log-likelihood, in nats a token.
  public let loss: Double
  /// Tokens that were foretold.
  public let tokens: Int

  /// exp(loss).
  public var perplexity: Double { exp(loss) }

  /// Measures a text in windows: each begins with the token that begins texts, where the model has one, and holds the next
  /// tokens, so that every token is foretold once. Without such a token the first of each window is not foretold.
  /// - Parameters:
  ///   - text: the text's tokens, without the one that begins it.
  ///   - bos: the token that begins a text; nil for none.
  ///   - context: tokens of a window, 2 or more.
  ///   - progress: called with the tokens done and in all.
  /// - Throws: `GraphError`; `PerplexityError` for a text with nothing to foretell.
  public init(
    _ text: [Int], bos: Int?, context: Int, with model: LoadedModel,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws {
    let step = bos == nil ? context : context - 1
    guard step >= 1, text.count > (bos == nil ? 1 : 0) else { throw PerplexityError.textTooShort(tokens: text.count) }
    let rows = min(context, (text.count + (bos == nil ? 0 : 1) + 31) / 32 * 32)
    let scoring = try model.shape.scoring(rows: rows)
    let program = try Program.compile(
      scoring.graph, outputs: [scoring.nll], with: model.library, store: model.store)
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: text.count, by: step) {
      let window = (bos.map { [$0] } ?? []) + text[start..<min(start + step, text.count)]
      func padded(_ values: [Int], _ dead: Int32) -> [Int32] {
        values.map(Int32.init) + [Int32](repeating: dead, count: rows - values.count)
      }
      try program.write(padded(window, -1), to: scoring.inputs.tokens)
      try program.write(padded(Array(window.indices), 0), to: scoring.inputs.positions)
      // A dead row starts after itself and sees nothing.
      let starts = (0..<rows).map { Int32($0 < window.count ? 0 : rows) }
      try program.write(starts, to: scoring.inputs.documentStart)
      try program.write(padded(Array(window.dropFirst()), -1), to: scoring.targets)
      try program.run()
      // A NaN stays one in the sum.
      for value in try program.read(scoring.nll)[..<max(window.count - 1, 0)] { sum += Double(value) }
      count += max(window.count - 1, 0)
      progress(min(start + step, text.count), text.count)
    }
    guard count > 0 else { throw PerplexityError.textTooShort(tokens: text.count) }
    guard sum.isFinite else { throw PerplexityError.notFinite }
    loss = sum / Double(count)
    tokens = count
  }
}

/// Why a text has no perplexity.
public enum PerplexityError: Error, Equatable, Sendable, CustomStringConvertible {
  case textTooShort(tokens: Int)
  /// The model computes infinities or NaN for the text.
  case notFinite

  public var description: String {
    switch self {
    case .textTooShort(let tokens): "the text has \(tokens) tokens, of which none has one before it to be foretold from"
    case .notFinite:
      "the model computes infinities or NaN for this text: its weights are damaged, or its numbers leave the range of their type"
    }
  }
}
