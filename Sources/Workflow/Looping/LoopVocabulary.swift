import Formats
import Recipe
import Text

/// The tokenizer of models with fresh weights.
enum LoopVocabulary {
  /// Makes a tokenizer of the texts of rows and of the template that they are put to the model in. The folder appears
  /// whole; it is a model's without weights.
  ///
  /// - Parameters:
  ///   - rows: a file of JSON lines with instructions, inputs and outputs.
  ///   - size: pieces at the most.
  static func make(of rows: String, size: Int, template: Recipe.Template, folder: String) throws {
    let chat = ChatTemplate.named(template.rawValue)!  // the recipe knows no other names
    var texts: [String] = []
    for row in try JSONLines(path: rows).rows {
      for key in ["instruction", "input", "output"] {
        let text = try row[key].string()
        if !text.isEmpty { texts.append(text) }
      }
    }
    let vocabulary: TrainedVocabulary
    do throws(VocabularyError) {
      vocabulary = try VocabularyTrainer(pieceLimit: size, template: chat).train(texts)
    } catch {
      throw LoopError.field("train.random.vocabulary", "\(error)")
    }
    let files = try TokenizerFiles(trained: vocabulary, template: chat)
    let output = try AtomicFolder(path: folder, replacing: true)
    try files.write(toFolder: output.temporaryPath)
    try output.commit()
  }
}
