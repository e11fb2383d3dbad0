import Generation
import LanguageModel
import TaskWorld
import Text

/// Asks a model the held-out tasks of the built-in world, many at once and greedily, and compares its answers with the
/// only right ones.
struct ExactExamination {
  let items: [HeldOutItem]
  let maxTokens: Int
  /// Answers that are written at once.
  let batch: Int

  /// Characters that an answer may be longer than the right one before it is given up as wrong.
  private static let slack = 32

  /// Asks what is not answered in the log yet.
  ///
  /// - Returns: Whether all was asked.
  func run(
    _ examinee: Examinee, log: inout AnswerLog, isStopped: () -> Bool, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Bool {
    let answered = Set(log.results.map(\.item))
    let asked = items.indices.filter { !answered.contains($0) }
    guard !asked.isEmpty else { return true }
    let renderer = ChatRenderer(tokenizer: examinee.tokenizer, template: examinee.template)
    let prompts = try asked.map { item in
      let question = items[item].record.conversation(for: examinee.template).dropLast()
      return try renderer.render(Array(question), prompting: true).ids
    }
    let length = examinee.model.configuration.length
    let engine = try GenerationEngine(
      examinee.model, tokenizer: examinee.tokenizer,
      options: .init(context: min((prompts.map(\.count).max() ?? 0) + maxTokens, length), sequences: batch))
    var places: [Int: Int] = [:]
    for (item, prompt) in zip(asked, prompts) {
      guard prompt.count < engine.context else {
        // Nobody can answer what does not fit; it counts as wrong for every arm alike.
        try log.append(ItemResult(item: item, text: "", isRight: false))
        continue
      }
      let request = GenerationRequest(prompt: prompt, maxTokens: maxTokens, ends: examinee.tokenizer.special.ends)
      places[try engine.submit(request)] = item
    }
    var texts: [Int: String] = [:]
    while !engine.isIdle {
      if isStopped() { return false }
      for event in try engine.step() {
        let item = places[event.sequence]!  // it was submitted above
        texts[item, default: ""] += event.text
        let text = texts[item] ?? ""
        let isHopeless = event.reason == nil && isLonger(text, than: items[item].record.output)
        guard event.reason != nil || isHopeless else { continue }
        if isHopeless { engine.cancel(event.sequence) }
        let isRight = WorldTask.grade(answer: text, against: items[item].record.output) && event.reason == .end
        try log.append(ItemResult(item: item, text: text, isRight: isRight))
        texts[item] = nil
        progress(log.results.count, items.count)
      }
    }
    return true
  }

  /// Whether a text can no longer become the right one.
  private func isLonger(_ text: String, than answer: String) -> Bool {
    text.utf8.count > answer.utf8.count + Self.slack
  }
}
