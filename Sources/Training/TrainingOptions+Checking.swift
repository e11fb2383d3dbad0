public import LanguageModel
public import Text

extension TrainingOptions {
  /// Refuses what a model cannot be trained with, before anything is loaded.
  ///
  /// - Parameters:
  ///   - tokenizer: The one that the data is read with; nil where it is not known yet.
  ///   - vocabularyField: The recipe's field that gives the model its vocabulary: `random.vocabulary` for a new one.
  /// - Throws: `TrainingError.unsuitable` with the recipe's field.
  public func check(
    _ configuration: ModelConfiguration, tokenizer: Tokenizer? = nil, vocabularyField: String = "model"
  ) throws(TrainingError) {
    if length > configuration.length {
      throw .unsuitable(field: "data.length", "is \(length), but the model takes sequences of \(configuration.length)")
    }
    if let lora = method.lora { try Self.check(lora, configuration.shape) }
    let vocabulary = configuration.shape.vocabulary
    if let tokenizer, tokenizer.vocabularySize > vocabulary {
      throw .unsuitable(
        field: vocabularyField,
        "gives a model of \(vocabulary) tokens and a tokenizer of \(tokenizer.vocabularySize): they do not belong together"
      )
    }
  }

  /// A rank beyond the smaller side of a matrix has nothing to add to it.
  private static func check(_ lora: LoRA, _ shape: LLaMA) throws(TrainingError) {
    for parameter in shape.parameters where parameter.isMatrix && parameter.layer == 0 {
      let projection = parameter.name.replacing(".weight", with: "")
      let most = min(parameter.shape[0], parameter.shape[1])
      guard lora.updates(projection), lora.rank > most else { continue }
      throw .unsuitable(
        field: "lora.rank",
        "is \(lora.rank), but \(projection) is a matrix of \(parameter.shape[0]) × \(parameter.shape[1]): at most \(most)"
      )
    }
  }
}
