import Recipe

/// The tokenizer of models with fresh weights.
enum LoopVocabulary {
  /// Makes a tokenizer of a file of rows as they are put to the model.
  static func make(of rows: String, size: Int, template: Recipe.Template, folder: String) throws {
    throw LoopError.field("train.random.tokenizer", "is missing: name a model whose tokenizer is used")
  }
}
