import Generation
import LanguageModel
import Text
import Training

/// Lets a model answer prompts while it is being trained: its weights are read where training keeps them.
struct AnswerSampler {
  let tokenizer: Tokenizer
  let template: ChatTemplate?
  let prompts: [String]
  let maxTokens: Int

  /// Greedy answers, in the order of the prompts.
  /// - Throws: `GenerationError`, `GraphError`.
  func answers(_ session: TrainingSession) throws -> [String] {
    guard !prompts.isEmpty else { return [] }
    let rendered = try prompts.map(render)
    let context = min((rendered.map(\.count).max() ?? 0) + maxTokens, session.configuration.length)
    let engine = try GenerationEngine(
      LoadedModel(training: session), tokenizer: tokenizer,
      options: .init(context: context, sequences: min(rendered.count, 8)))
    var places: [Int: Int] = [:]
    for (place, prompt) in rendered.enumerated() {
      places[
        try engine.submit(GenerationRequest(prompt: prompt, maxTokens: maxTokens, ends: tokenizer.special.ends))] =
        place
    }
    var answers = [String](repeating: "", count: prompts.count)
    while !engine.isIdle {
      for event in try engine.step() { answers[places[event.sequence]!] += event.text }
    }
    return answers
  }

  private func render(_ prompt: String) throws -> [Int] {
    guard let template else { return tokenizer.encode(prompt) }
    let renderer = ChatRenderer(tokenizer: tokenizer, template: template)
    return try renderer.render([ChatMessage(.user, prompt)], prompting: true).ids
  }
}

extension LoadedModel {
  /// The model of a session, in the session's own memory.
  convenience init(training session: TrainingSession) {
    var configuration = session.configuration
    configuration.shape = session.plan.shape
    self.init(configuration, sharing: session.store, with: session.library)
  }
}
