import Formats
import Foundation
import Kernels
import LanguageModel
import Recipe
import Report
import Text
import Training
import VulkanRuntime

/// A model that is to be examined, on its device.
struct Examinee {
  let model: LoadedModel
  let tokenizer: Tokenizer
  let template: ChatTemplate

  /// Loads the model of an arm.
  ///
  /// A base that was quantised for training is quantised here as well, for every arm: they differ in what they learned
  /// alone.
  /// - Parameters:
  ///   - recipe: of the arm's training; of any arm for the base.
  ///   - run: the folder of the arm's training; nil for the base.
  static func load(
    _ recipe: Recipe, run: RunFolder?, on device: Device, events: (TrainEvent) -> Void
  ) throws -> Examinee {
    let template = ChatTemplate.named(recipe.data.template.rawValue)!  // the recipe knows no other names
    let library = PipelineLibrary(device)
    let isAdapter = recipe.method != .full
    func load(_ path: String, adapter: String? = nil) throws -> Examinee {
      let source = try ModelSource(path: path)
      let options = LoadedModel.Options(quantize: recipe.method == .qlora ? DType(recipe.lora.base) : nil)
      let model = try LoadedModel.load(
        source, adapter: adapter.map { try Adapter(path: $0) }, options: options, with: library
      ) {
        events(.loading(done: $0, total: $1))
      }
      return Examinee(model: model, tokenizer: try source.tokenizer(), template: template)
    }
    switch (recipe.model, run) {
    case (.path(let path), nil): return try load(path)
    case (.path(let path), let run?) where isAdapter: return try load(path, adapter: run.adapter)
    case (_, let run?): return try load(run.model)
    case (.random(let shape), nil):
      let files = try TokenizerFiles(model: URL(filePath: shape.tokenizer ?? ""))
      let session = try TrainingSession.fresh(
        ModelConfiguration(shape), options: TrainingOptions(recipe), with: library)
      return Examinee(model: LoadedModel(training: session), tokenizer: files.tokenizer, template: template)
    }
  }
}

extension DType {
  /// The type of frozen weights that a recipe names.
  init(_ base: Recipe.Base) {
    self =
      switch base {
      case .q8_0: .q8_0
      case .q4_0: .q4_0
      case .q4_K: .q4_K
      }
  }
}
