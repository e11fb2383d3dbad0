public import Formats
import Foundation
import LanguageModel
import TensorGraph

extension TrainingSession {
  /// Writes the weights of a full fine-tune and the model's configuration into a folder that exists; the tokenizer's files
  /// are the caller's.
  ///
  /// The configuration is the source's own with another `dtype`, so that nothing that this program does not know is
  /// lost; of a model that came from elsewhere it is what transformers would write.
  /// - Parameters:
  ///   - source: the Hugging Face folder that the model was loaded from; nil for none.
  ///   - type: f32 for the master weights as they are, or f16 or bf16.
  /// - Precondition: the method is `full`.
  /// - Throws: `FormatError`, `GraphError`.
  public func writeModel(to folder: String, source: String?, type: ElementType) throws {
    precondition(options.method == .full, "the weights of a frozen model are not written")
    precondition(!type.isQuantized, "safetensors has no type \(type.name)")
    let parameters = plan.shape.parameters
    let declared = parameters.map { TensorDeclaration(name: $0.name, type: type, shape: $0.shape) }
    var writer = try SafetensorsFolderWriter(folder: folder, tensors: declared)
    for parameter in parameters {
      let values = try self.parameter(parameter.name)
      var bytes = [UInt8](repeating: 0, count: values.count * type.blockBytes)
      bytes.withUnsafeMutableBytes { bytes in
        values.withUnsafeBufferPointer { Transcode.encode($0, as: type, into: bytes) }
      }
      try bytes.withUnsafeBytes { try writer.append($0) }
    }
    try AtomicFile.write(try configuration(source, type).encoded(indent: 2) + "\n", to: folder + "/config.json")
    try writer.finish()
  }

  private func configuration(_ source: String?, _ type: ElementType) throws(FormatError) -> JSONValue {
    guard let source, case .object(var json)? = try? JSONField(path: source + "/config.json").value else {
      return configuration.huggingFace(type: type, bos: nil, eos: [], padding: nil)
    }
    let name = type == .f32 ? "float32" : type == .f16 ? "float16" : "bfloat16"
    for key in ["dtype", "torch_dtype"] where json[key] != nil { json[key] = .string(name) }
    return .object(json)
  }
}
