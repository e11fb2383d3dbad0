import Foundation
import Kernels
import LanguageModel
import TensorGraph
import TestSupport
import Testing

@Suite struct PerplexityTests {
  private func model(_ fixture: ModelFixture) throws -> LoadedModel {
    try LoadedModel.load(ModelSource(path: fixture.path), with: TestDevice.shared().library)
  }

  /// Nats of `tokens[place]` after the logits of the place before it.
  private func nats(_ fixture: ModelFixture, _ place: Int) -> Double {
    let logits = fixture.logits[place - 1].map(Double.init)
    let peak = logits.max()!
    return peak + log(logits.reduce(0) { $0 + exp($1 - peak) }) - logits[fixture.tokens[place]]
  }

  /// One window: the mean over PyTorch's logits. Windows and scaled angles make a difference here.
  @Test(arguments: ["llama2", "llama3.1", "mistral", "qwen2", "qwen2-window", "qwen3", "smollm"])
  func oneWindow(family: String) throws {
    let fixture = try ModelFixture(family)
    let want = (1..<fixture.tokens.count).map { nats(fixture, $0) }.reduce(0, +) / Double(fixture.tokens.count - 1)
    let model = try model(fixture)
    let got = try Perplexity(Array(fixture.tokens.dropFirst()), bos: fixture.tokens[0], context: 64, with: model)
    #expect(got.tokens == fixture.tokens.count - 1)
    #expect(abs(got.loss - want) <= 1e-5 * want, "\(got.loss), want \(want)")
    #expect(abs(got.perplexity - exp(want)) <= 1e-4 * exp(want))
  }

  /// Several windows, each with the token that begins a text: the mean over them, by their tokens.
  @Test func severalWindows() throws {
    let fixture = try ModelFixture("llama2")
    let model = try model(fixture)
    let (bos, text) = (fixture.tokens[0], Array(fixture.tokens.dropFirst()))
    let whole = try Perplexity(text, bos: bos, context: 16, with: model)
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: text.count, by: 15) {
      let part = try Perplexity(Array(text[start..<min(start + 15, text.count)]), bos: bos, context: 64, with: model)
      sum += part.loss * Double(part.tokens)
      count += part.tokens
    }
    #expect(whole.tokens == count && count == text.count)
    #expect(abs(whole.loss - sum / Double(count)) <= 1e-5 * whole.loss)
  }

  /// A model whose numbers are not finite has no perplexity, and none is printed.
  @Test func whatIsNotFiniteIsAnError() throws {
    let fixture = try ModelFixture("llama2")
    let model = try model(fixture)
    let norm = "model.norm.weight"
    let weights = try model.store.read(norm)
    try model.store.write(weights.indices.map { $0 == 3 ? .nan : weights[$0] }, to: norm)
    #expect(throws: PerplexityError.notFinite) {
      try Perplexity(Array(fixture.tokens.dropFirst()), bos: fixture.tokens[0], context: 64, with: model)
    }
  }

  /// Without a token that begins a text the first of each window is not foretold.
  @Test func withoutBeginning() throws {
    let fixture = try ModelFixture("llama2")
    let got = try Perplexity(fixture.tokens, bos: nil, context: 64, with: model(fixture))
    let same = try Perplexity(
      Array(fixture.tokens.dropFirst()), bos: fixture.tokens[0], context: 64, with: model(fixture))
    #expect(got.tokens == same.tokens)
    #expect(got.loss == same.loss)
    #expect(throws: PerplexityError.textTooShort(tokens: 1)) {
      try Perplexity([5], bos: nil, context: 64, with: model(fixture))
    }
    #expect(throws: PerplexityError.textTooShort(tokens: 0)) {
      try Perplexity([], bos: 1, context: 64, with: model(fixture))
    }
  }
}
