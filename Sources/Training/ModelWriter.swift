public import Formats
import Foundation
public import LanguageModel
import TensorGraph
public import Text

extension TrainingSession {
  /// Writes a full fine-tune as a Hugging Face folder: configuration, weights, and the tokenizer's files. The folder
  /// appears whole.
  /// - Parameters:
  ///   - source: what the model was loaded from, whose configuration is kept; nil for fresh weights.
  ///   - tokenizer: nil writes none.
  ///   - template: the one that was trained with; nil leaves the tokenizer's.
  ///   - type: f32 for the master weights as they are, or f16 or bf16.
  /// - Precondition: the method is `full`.
  /// - Throws: `FormatError`, `GraphError`.
  public func writeModel(
    to path: String, source: ModelSource?, tokenizer: TokenizerFiles?, template: ChatTemplate? = nil, type: ElementType
  ) throws {
    precondition(options.method == .full, "the weights of a frozen model are not written")
    precondition(!type.isQuantized, "safetensors has no type \(type.name)")
    let folder = try AtomicFolder(path: path, replacing: true)
    let special = tokenizer?.tokenizer.special
    let config =
      try source?.huggingFaceConfiguration(type: type, tokenizer: tokenizer)
      ?? configuration.huggingFace(
        type: type, bos: special?.bos, eos: special.map { $0.ends.sorted() } ?? [], padding: special?.padding)
    try AtomicFile.write(config.encoded(indent: 2) + "\n", to: folder.file("config.json"))
    try tokenizer?.write(toFolder: folder.temporaryPath, template: template)
    let parameters = plan.shape.parameters
    let declared = parameters.map { TensorDeclaration(name: $0.name, type: type, shape: $0.shape) }
    var writer = try SafetensorsFolderWriter(folder: folder.temporaryPath, tensors: declared)
    for parameter in parameters {
      let values = try self.parameter(parameter.name)
      var bytes = [UInt8](repeating: 0, count: values.count * type.blockBytes)
      bytes.withUnsafeMutableBytes { bytes in
        values.withUnsafeBufferPointer { Transcode.encode($0, as: type, into: bytes) }
      }
      try bytes.withUnsafeBytes { try writer.append($0) }
    }
    try writer.finish()
    try folder.commit()
  }
}
