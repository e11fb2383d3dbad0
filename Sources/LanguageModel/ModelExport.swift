public import Formats
import Foundation
import Text

/// A model on its way into other files: planned and checked, nothing written yet. No device takes part.
///
/// Weights go from file to file a million elements at a time, so the host holds about 16 MiB whatever the model, and
/// with an adapter the factor A of one projection besides.
///
/// ```swift
/// let source = try ModelSource(path: "models/tinyllama")
/// let export = try ModelExport(source, options: ModelExport.Options(format: .gguf, type: .q8_0))
/// try export.write(to: "tinyllama.gguf")
/// ```
public struct ModelExport: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    /// A folder in the Hugging Face layout.
    case safetensors
    /// One file, for llama.cpp.
    case gguf
  }

  public struct Options: Sendable {
    public var format: Format
    /// F32, F16, BF16, and for GGUF also Q8_0 and Q4_0; nil keeps each tensor's own type, but for what `Format` cannot
    /// hold. The vectors of a GGUF file are F32 always, as those of llama.cpp's converter.
    public var type: ElementType?
    /// Whether a file or a model's folder that is there already may be replaced.
    public var overwrites: Bool
    /// The most bytes of tensors in one safetensors file.
    public var shardByteCount: Int

    public init(
      format: Format, type: ElementType? = nil, overwrites: Bool = false,
      shardByteCount: Int = SafetensorsFolderWriter.defaultShardByteCount
    ) {
      self.format = format
      self.type = type
      self.overwrites = overwrites
      self.shardByteCount = shardByteCount
    }
  }

  public let source: ModelSource
  public let options: Options
  /// Matrices that are F16 and not quantised as asked, because their rows are no whole blocks; as `transformers` names
  /// them.
  public let notQuantized: [String]
  /// Whether quantised weights become plain numbers without having been asked to.
  public let isDequantized: Bool
  /// Whether the tokenizer goes along. A folder of weights may do without, a GGUF file not.
  public let hasTokenizer: Bool
  /// As the exported file says it.
  let configuration: ModelConfiguration
  let parameters: [ExportedParameter]

  /// - Parameter adapter: low-rank updates that are added to the weights.
  /// - Throws: `FormatError` for what is wrong with the files and for what the format cannot express.
  public init(_ source: ModelSource, adapter: Adapter? = nil, options: Options) throws(FormatError) {
    try Self.check(options, source)
    self.source = source
    self.options = options
    hasTokenizer = source.hasTokenizer
    switch options.format {
    case .safetensors: configuration = try source.configuration.forHuggingFace(file: source.path)
    case .gguf:
      guard hasTokenizer else {
        throw FormatError(.missing, file: source.path, "holds no tokenizer, without which a GGUF file is of no use")
      }
      configuration = try source.configuration.forGGUF(file: source.path)
    }
    let updates = try Self.updates(adapter, source)
    var parameters: [ExportedParameter] = []
    var (notQuantized, isDequantized) = ([String](), false)
    for parameter in source.configuration.shape.parameters {
      let stored = try source.stored(parameter)
      guard parameter.isMatrix || !stored.type.isQuantized else {
        throw stored.tensor.error(.unsupported, "a vector of type \(stored.type.name)")
      }
      let update = updates[parameter.name]
      let type = try options.type(of: stored, isUpdated: update != nil)
      if let wanted = options.type, wanted.isQuantized, parameter.isMatrix, type != wanted {
        notQuantized.append(parameter.name)
      }
      if options.type == nil, stored.type.isQuantized, !type.isQuantized { isDequantized = true }
      parameters.append(
        ExportedParameter(
          stored, type: type, update: update, for: options.format, configuration: source.configuration))
    }
    self.parameters = parameters
    self.notQuantized = notQuantized
    self.isDequantized = isDequantized
  }

  private static func check(_ options: Options, _ source: ModelSource) throws(FormatError) {
    guard let type = options.type, type.isQuantized else { return }
    guard options.format == .gguf else {
      throw FormatError(
        .unsupported, file: source.path, "safetensors has no type \(type.name); f32, f16 and bf16 can be written")
    }
    guard type == .q8_0 || type == .q4_0 else {
      throw FormatError(.unsupported, file: source.path, "\(type.name) can be read only; q8_0 and q4_0 can be written")
    }
  }

  /// The updates by the names of the parameters that they change.
  private static func updates(
    _ adapter: Adapter?, _ source: ModelSource
  ) throws(FormatError) -> [String: LowRankFactors] {
    guard let adapter else { return [:] }
    var shape = source.configuration.shape
    shape.lora = adapter.lora
    let stored = try adapter.stored(for: shape)
    for factor in stored where factor.type.isQuantized {
      throw factor.tensor.error(.unsupported, "a factor of type \(factor.type.name)")
    }
    let byName = Dictionary(uniqueKeysWithValues: stored.map { ($0.parameter.name, $0) })
    var result: [String: LowRankFactors] = [:]
    for (name, down) in byName where name.hasSuffix(LowRankFactors.downSuffix) {
      let projection = String(name.dropLast(LowRankFactors.downSuffix.count))
      result[projection + ".weight"] = LowRankFactors(
        down: down, up: byName[projection + LowRankFactors.upSuffix]!,  // both are in every adapter that was opened
        scale: Double(adapter.lora.scale))
    }
    return result
  }

  /// Bytes of all tensors: what the export takes, but for header, tokenizer and configuration.
  public var tensorByteCount: Int { parameters.reduce(0) { $0 + $1.declaration.byteCount } }

  /// The type in which most weights of matrices are.
  var mainType: ElementType {
    var elements: [ElementType: Int] = [:]
    for parameter in parameters where parameter.stored.parameter.isMatrix {
      elements[parameter.type, default: 0] += parameter.stored.tensor.elementCount
    }
    return elements.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }!.key  // every model has matrices
  }
}

extension ModelExport.Options {
  /// The type that a parameter is written in.
  /// - Parameter isUpdated: whether its numbers change, so that it cannot be copied.
  func type(of stored: StoredParameter, isUpdated: Bool) throws(FormatError) -> ElementType {
    if format == .gguf, !stored.parameter.isMatrix { return .f32 }
    if let type { return stored.columns.isMultiple(of: type.blockElements) ? type : .f16 }
    guard stored.type.isQuantized else { return stored.type }
    if format == .safetensors { return .f16 }
    guard !isUpdated || stored.type == .q8_0 || stored.type == .q4_0 else {
      throw stored.tensor.error(
        .unsupported, "is \(stored.type.name), which can be read only, and the adapter changes it; "
          + "say in which type to write: f32, f16, bf16, q8_0 or q4_0")
    }
    return stored.type
  }
}
