import EvolInstruct
import Formats
import Foundation
import Recipe
import Report

extension LoopWork {
  /// How the models are compared.
  var measure: LoopReport.Measure { recipe.evolve.isBuiltin ? .accuracy : .loss }

  /// Items that models answer themselves where the loss is what is measured.
  private static let sampleCount = 5

  /// Writes down what is asked.
  func prepareTest() throws -> [HeldOutItem] {
    let items = try LoopTest(recipe: recipe, folder: folder).items()
    try FileManager.default.createDirectory(atPath: folder.answers, withIntermediateDirectories: true)
    try AtomicFile.write(items.map { $0.json.encoded() + "\n" }.joined(), to: folder.test)
    return items
  }

  /// Of everything that decides what a model answers: the model, the questions, the limits.
  private func evaluationFingerprint(_ arm: LoopReport.Arm.Kind) throws -> Fingerprint {
    var fingerprint = try arm == .base ? baseFingerprint() : trainingFingerprint(arm)
    try fingerprint.add(file: folder.test)
    fingerprint.add("\(measure.rawValue) \(recipe.evaluate.maxTokens) \(recipe.train.data.template.rawValue)")
    fingerprint.add("\(recipe.train.data.length)")
    return fingerprint
  }

  private func baseFingerprint() throws(FormatError) -> Fingerprint {
    var (fingerprint, train) = (Fingerprint(), recipe.train)
    switch train.model {
    case .path(let path): try fingerprint.add(modelAt: path)
    case .random(let shape):
      try fingerprint.add(modelAt: shape.tokenizer ?? folder.vocabulary)
      // Shape, seed and precision are in the recipe; how long it is trained makes no other base.
      train.duration = .steps(1)
      fingerprint.add(train.trajectoryYAML)
    }
    if train.method == .qlora { fingerprint.add(train.lora.base.rawValue) }
    return fingerprint
  }

  func evaluate(_ arm: LoopReport.Arm.Kind, _ items: [HeldOutItem]) async throws -> Bool {
    try await stage(.evaluating(arm), of: evaluationFingerprint(arm)) {
      var log = try AnswerLog(path: folder.answers(arm))
      let events = events
      let examinee = try Examinee.load(
        trainingRecipe(arm == .base ? .evolved : arm), run: arm == .base ? nil : folder.run(arm), on: run.device
      ) { events(.train($0)) }
      let isDone =
        try measure == .accuracy
        ? exact(items).run(examinee, log: &log, isStopped: { Task.isCancelled }, progress: tell)
        : loss(items).run(examinee, log: &log, isStopped: { Task.isCancelled }, progress: tell)
      try log.flush()
      return isDone
    }
  }

  private func tell(_ done: Int, _ total: Int) { events(.evaluated(done: done, total: total)) }

  private func exact(_ items: [HeldOutItem]) -> ExactExamination {
    ExactExamination(items: items, maxTokens: recipe.evaluate.maxTokens, batch: recipe.evaluate.batch)
  }

  private func loss(_ items: [HeldOutItem]) -> LossExamination {
    let complex = items.indices.filter { !items[$0].isPlain }
    return LossExamination(
      items: items, path: folder.test, length: recipe.train.data.length,
      samples: Array(complex.prefix(Self.sampleCount)),
      maxTokens: recipe.evaluate.maxTokens, batch: recipe.evaluate.batch)
  }
}
