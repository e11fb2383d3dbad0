import Foundation
import LanguageModel
import Recipe
import Text
import Training
import TrainingData

/// What a run is made of, read and checked; nothing is written and no memory of the device taken.
struct TrainInputs {
  let recipe: Recipe
  let options: TrainingOptions
  /// Nil for a model with fresh weights.
  let source: ModelSource?
  let configuration: ModelConfiguration
  let tokenizer: TokenizerFiles
  let template: ChatTemplate
  let data: TrainingSet
  let batches: BatchPlan

  /// - Parameter progress: bytes of the data that have been read, and that there are.
  init(_ recipe: Recipe, progress: (_ done: Int, _ all: Int) -> Void) throws {
    self.recipe = recipe
    options = TrainingOptions(recipe)
    let format = RowFormat(rawValue: recipe.data.format.rawValue)
    let template = ChatTemplate.named(recipe.data.template.rawValue)!  // the recipe knows no other names
    self.template = template
    switch recipe.model {
    case .path(let path):
      let source = try naming("model") { try ModelSource(path: path) }
      self.source = source
      configuration = source.configuration
      tokenizer = try naming("model") { try TokenizerFiles(model: URL(filePath: path)) }
      try options.check(configuration, tokenizer: tokenizer.tokenizer)
    case .random(var shape):
      source = nil
      if let path = shape.tokenizer {
        tokenizer = try naming("random.tokenizer") { try TokenizerFiles(model: URL(filePath: path)) }
      } else {
        tokenizer = try naming("random.vocabulary") {
          try TokenizerFiles(
            trainedOn: recipe.data.train, format: format, pieces: shape.vocabulary, template: template)
        }
        // The data may have had fewer pieces than were asked for; rows without a piece would learn nothing.
        shape.vocabulary = tokenizer.tokenizer.vocabularySize
      }
      configuration = ModelConfiguration(shape)
      try options.check(configuration, tokenizer: tokenizer.tokenizer, vocabularyField: "random.vocabulary")
    }
    let tokens = tokenizer.tokenizer
    data = try naming("data.train") {
      try TrainingSet(
        TrainingSources.open(recipe.data.train, format: format), template: template, tokenizer: tokens,
        length: recipe.data.length, validation: recipe.data.validation, seed: recipe.seed,
        allowBad: recipe.data.allowBad, progress: progress)
    }
    guard !data.examples.isEmpty else {
      throw TrainError.field("data.validation", "keeps every row from training; make it smaller")
    }
    let extent: BatchPlan.Extent =
      switch recipe.duration {
      case .epochs(let count): .epochs(count)
      case .steps(let count): .steps(count)
      case .tokens(let count): .tokens(count)
      }
    batches = BatchPlan(
      data.examples,
      batches: .init(
        length: recipe.data.length, micro: recipe.batch.micro, accumulate: recipe.batch.accumulate,
        packing: recipe.data.packing, shuffle: recipe.data.shuffle, seed: recipe.seed),
      extent: extent)
  }

  /// The validation rows as micro-batches, in the order of the files.
  var validation: [MicroBatch] {
    guard !data.validation.isEmpty else { return [] }
    var plan = BatchPlan(
      data.validation,
      batches: .init(
        length: recipe.data.length, micro: recipe.batch.micro, packing: recipe.data.packing, shuffle: false),
      extent: .epochs(1))
    return (0..<plan.stepCount).flatMap { plan.step(at: $0).microBatches }
  }
}

/// Has what is wrong with a file said under the recipe's field that names it.
private func naming<Value>(_ field: String, _ read: () throws -> Value) throws(TrainError) -> Value {
  do {
    return try read()
  } catch {
    throw .field(field, "\(error)")
  }
}

extension ModelConfiguration {
  /// A new model of the LLaMA family.
  init(_ shape: Recipe.RandomModel) {
    self.init(
      family: .llama,
      shape: LLaMA(
        hidden: shape.hidden, layers: shape.layers, heads: shape.heads, kvHeads: shape.kvHeads,
        headSize: shape.hidden / shape.heads, feedForward: shape.ffn, vocabulary: shape.vocabulary),
      length: shape.length)
  }
}
