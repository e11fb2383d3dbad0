import EvolInstruct
import Formats
import Foundation
import Recipe
import Report
import Text
import TrainingData

extension LoopWork {
  /// Whether models start with fresh weights and a tokenizer that is made for the data.
  private var vocabularySize: Int? {
    guard case .random(let shape) = recipe.train.model, shape.tokenizer == nil else { return nil }
    return shape.vocabulary
  }

  /// Makes one tokenizer for all models, of the data of the evolved arm, which holds that of the seeds.
  func makeVocabulary() async throws -> Bool {
    guard let size = vocabularySize else { return true }
    var fingerprint = Fingerprint()
    fingerprint.add("\(size) \(recipe.train.data.template.rawValue)")
    try fingerprint.add(file: folder.rows(.evolved))
    return try await stage(.vocabulary, of: fingerprint) {
      let template = ChatTemplate.named(recipe.train.data.template.rawValue)!  // the recipe knows no other names
      let files: TokenizerFiles
      do {
        files = try TokenizerFiles(
          trainedOn: [folder.rows(.evolved)], format: .alpaca, pieces: size, template: template)
      } catch let error as VocabularyError {
        throw LoopError.field("train.random.vocabulary", "\(error)")
      }
      let output = try AtomicFolder(path: folder.vocabulary, replacing: true)
      try files.write(toFolder: output.temporaryPath)
      try output.commit()
      return true
    }
  }

  /// The recipe of a model's training. Both see as many tokens.
  func trainingRecipe(_ arm: LoopReport.Arm.Kind) throws -> Recipe {
    var training = recipe.train
    training.data.train = [folder.rows(arm)]
    training.output = folder.run(arm).path
    if vocabularySize != nil, case .random(var shape) = training.model {
      shape.tokenizer = folder.vocabulary
      // The data may have had fewer pieces than were asked for; rows without a piece would learn nothing.
      shape.vocabulary = try TokenizerFiles(model: URL(filePath: folder.vocabulary)).tokenizer.vocabularySize
      training.model = .random(shape)
    }
    if case .tokens = training.duration { return training }
    if arm == .seeds { training.duration = .tokens(try evolvedTokens()) }
    return training
  }

  /// Tokens that the recipe's epochs or steps come to with the evolved data.
  private func evolvedTokens() throws -> Int {
    do {
      return try TrainInputs(trainingRecipe(.evolved)) { _, _ in }.batches.rowCount
    } catch {
      throw LoopError.train(TrainError(error), run: folder.run(.evolved).path)
    }
  }

  /// Of everything that decides which model comes out: the recipe, the data, the base and the tokenizer.
  func trainingFingerprint(_ arm: LoopReport.Arm.Kind) throws -> Fingerprint {
    var (fingerprint, training) = (Fingerprint(), recipe.train)
    // Where things lie decides nothing, what is in them does.
    training.output = ""
    fingerprint.add(training.trajectoryYAML)
    fingerprint.add("\(training.duration)")
    try fingerprint.add(file: folder.rows(arm))
    if arm == .seeds, !training.duration.isTokens { try fingerprint.add(file: folder.rows(.evolved)) }
    switch training.model {
    case .path(let path): try fingerprint.add(modelAt: path)
    case .random(let shape): try fingerprint.add(modelAt: shape.tokenizer ?? folder.vocabulary)
    }
    return fingerprint
  }

  func train(_ arm: LoopReport.Arm.Kind) async throws -> Bool {
    guard let stage = LoopStage.training(arm) else { return true }
    return try await self.stage(stage, of: trainingFingerprint(arm)) {
      do {
        let training = try TrainRun(trainingRecipe(arm), on: run.device)
        let events = events
        let summary = try training.start(isStopped: { Task.isCancelled }) { events(.train($0)) }
        return summary.ending == .finished
      } catch let error as TrainError {
        throw LoopError.train(error, run: folder.run(arm).path)
      }
    }
  }
}

extension Recipe.Duration {
  fileprivate var isTokens: Bool { if case .tokens = self { true } else { false } }
}
