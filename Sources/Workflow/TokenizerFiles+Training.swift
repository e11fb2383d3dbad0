import Formats
import Recipe
import Text
import TrainingData

extension TokenizerFiles {
  /// A tokenizer made of training data, for a model with fresh weights: SentencePiece's BPE. The same data give the same
  /// bytes.
  ///
  /// - Parameters:
  ///   - pieces: tokens at the most; the data may have fewer.
  ///   - template: the one that the model is trained with.
  init(trainedOn data: [String], format: RowFormat?, pieces: Int, template: ChatTemplate) throws {
    let texts = try TrainingTexts.read(TrainingSources.open(data, format: format), template: template)
    // Text alone is continued, not answered: it needs no template's marks.
    let template = format == .text ? nil : template
    let vocabulary = try VocabularyTrainer(pieceLimit: pieces, template: template).train(texts)
    try self.init(trained: vocabulary, template: template)
  }
}
