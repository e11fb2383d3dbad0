public import Formats
import Foundation
public import Text

/// A model's files, opened and checked, no weight read: a Hugging Face folder or a `.gguf` file.
public struct ModelSource: Sendable {
  private enum Files: Sendable {
    case folder(Safetensors)
    case gguf(GGUF)
  }

  /// The path as it was given.
  public let path: String
  public let configuration: ModelConfiguration
  private let files: Files

  /// - Throws: `FormatError`: what is missing, malformed or not supported, by file and field.
  public init(path: String) throws(FormatError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FormatError(.system, file: path, "there is no such file or folder")
    }
    self.path = path
    if isFolder.boolValue {
      let config = path + "/config.json"
      guard FileManager.default.fileExists(atPath: config) else {
        throw FormatError(
          .missing, file: path, "holds no config.json; a model is a Hugging Face folder or a .gguf file")
      }
      configuration = try ModelConfiguration(huggingFace: try JSONField(path: config))
      files = .folder(try Safetensors(folder: path))
      return
    }
    let source = try ByteSource(path: path)
    guard case .gguf = try ModelMagic(source) else {
      throw FormatError(.unsupported, file: path, "is one file of a model; give the folder that it lies in")
    }
    let gguf = try GGUF(source)
    guard !gguf.tensors.isEmpty else {
      throw FormatError(.missing, file: path, "holds a vocabulary and no weights")
    }
    configuration = try ModelConfiguration(gguf: gguf)
    files = .gguf(gguf)
  }

  /// The metadata of a GGUF file; nil for a folder.
  public var gguf: GGUF? { if case .gguf(let file) = files { file } else { nil } }

  /// Whether a tokenizer lies with the weights.
  public var hasTokenizer: Bool {
    switch files {
    case .folder:
      ["tokenizer.model", "tokenizer.json"].contains { FileManager.default.fileExists(atPath: path + "/" + $0) }
    case .gguf(let file): file.metadata["tokenizer.ggml.model"].value != nil
    }
  }

  /// `config.json` for the model in another type: the folder's own, so that nothing that this program does not know is
  /// lost, or one made of a GGUF file's metadata.
  /// - Parameters:
  ///   - type: of the weights that go beside it.
  ///   - tokenizer: whose marks are named where the configuration is made; nil names none.
  public func huggingFaceConfiguration(
    type: ElementType, tokenizer: TokenizerFiles?
  ) throws(FormatError) -> JSONValue {
    guard gguf == nil else {
      var configuration = configuration
      configuration.shape.rotaryScaling = try configuration.namedScaling(file: path)
      try configuration.checkHuggingFace(file: path)
      let special = tokenizer?.tokenizer.special
      return configuration.huggingFace(
        type: type, bos: special?.bos, eos: special.map { $0.ends.sorted() } ?? [], padding: special?.padding)
    }
    var config = try JSONField(path: path + "/config.json").object()
    let names = ["dtype", "torch_dtype"].filter { config[$0] != nil }
    let name: JSONValue = .string(type == .f32 ? "float32" : type == .f16 ? "float16" : "bfloat16")
    for key in names.isEmpty ? ["torch_dtype"] : names { config[key] = name }
    return .object(config)
  }

  /// The model's tokenizer.
  /// - Throws: `FormatError` where it has none, or its ids go beyond the model's vocabulary.
  public func tokenizer() throws(FormatError) -> Tokenizer {
    let tokenizer = try Tokenizer.load(model: URL(filePath: path))
    let vocabulary = configuration.shape.vocabulary
    guard tokenizer.vocabularySize <= vocabulary else {
      throw FormatError(
        .malformed, file: path, field: "tokenizer",
        "has \(tokenizer.vocabularySize) tokens for a model with a vocabulary of \(vocabulary)")
    }
    return tokenizer
  }

  /// Finds a parameter and holds it to the shape that the configuration gives it.
  public func stored(_ parameter: ModelParameter) throws(FormatError) -> StoredParameter {
    let tensor: StoredTensor
    var pairedRows: Int?
    switch files {
    case .folder(let safetensors): tensor = try safetensors.tensors.tensor(parameter.name)
    case .gguf(let gguf):
      tensor = try gguf.tensors.tensor(GGUFNames.name(parameter))
      let isRotated = parameter.name.contains(".q_proj.") || parameter.name.contains(".k_proj.")
      if isRotated, configuration.family.ggufPairsRows { pairedRows = configuration.shape.headSize }
    }
    guard tensor.shape == parameter.shape else {
      throw tensor.error(
        .malformed, "has the shape \(tensor.shape); the model's configuration gives \(parameter.shape)")
    }
    return StoredParameter(parameter, tensor: tensor, type: try tensor.elementType(), pairedRows: pairedRows)
  }
}
