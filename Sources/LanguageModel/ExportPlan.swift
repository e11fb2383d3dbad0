public import Formats

/// What an export is going to write, decided before anything is.
public struct ExportPlan: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    /// A Hugging Face folder.
    case safetensors
    case gguf
  }

  /// One tensor on its way from one file to another.
  struct Item: Sendable {
    let stored: StoredParameter
    /// Name and type in the new file.
    let declaration: TensorDeclaration
    /// K where the new file has rows of heads as pairs.
    let pairedRows: Int?
    let update: LowRankUpdate?
  }

  public let format: Format
  let items: [Item]
  /// `rope_freqs.weight` of a GGUF file; nil for none.
  let rotaryFactors: [Float]?
  /// Matrices that keep plain numbers because their rows are no whole blocks of the type that was asked for.
  public let notQuantized: [String]
  /// Whether quantised matrices become plain numbers without having been asked to.
  public let isDequantized: Bool
  /// The type of most of the weights.
  public let type: ElementType
  /// Whether every matrix keeps the type that it has.
  let keepsTypes: Bool

  /// - Parameters:
  ///   - type: of every matrix; nil for the type that each has.
  ///   - adapter: low-rank updates to be merged into the matrices.
  /// - Throws: `FormatError` for what is wrong with the source, or for a type that the format has not.
  public init(
    _ source: ModelSource, adapter: Adapter? = nil, format: Format, type: ElementType? = nil
  ) throws(FormatError) {
    if format == .safetensors, let type, type.isQuantized {
      throw FormatError(
        .unsupported, file: source.path,
        "safetensors has no type \(type.name); export it as gguf, or as F32, F16 or BF16")
    }
    var shape = source.configuration.shape
    if format == .gguf, Set((0..<shape.layers).map(shape.window)).count > 1 {
      throw FormatError(
        .unsupported, file: source.path, field: "max_window_layers",
        "some layers have a window and others have none, for which GGUF has no word")
    }
    var updates: [String: LowRankUpdate] = [:]
    if let adapter {
      shape.lora = adapter.lora
      updates = try LowRankUpdate.all(adapter, shape)
    }
    var items: [Item] = []
    var notQuantized: [String] = []
    var isDequantized = false
    for parameter in shape.parameters {
      let stored = try source.stored(parameter)
      let target = Self.target(stored, format, type)
      if type == nil, parameter.isMatrix, target != stored.type { isDequantized = true }
      if let type, type.isQuantized, parameter.isMatrix, target != type { notQuantized.append(parameter.name) }
      let isRotated = parameter.name.contains(".q_proj.") || parameter.name.contains(".k_proj.")
      items.append(
        Item(
          stored: stored,
          declaration: TensorDeclaration(
            name: format == .gguf ? GGUFNames.name(parameter) : parameter.name, type: target, shape: parameter.shape),
          pairedRows: format == .gguf && isRotated && source.configuration.family.ggufPairsRows ? shape.headSize : nil,
          update: updates[parameter.name]))
    }
    self.format = format
    self.items = items
    self.notQuantized = notQuantized
    self.isDequantized = isDequantized
    keepsTypes = type == nil
    rotaryFactors = format == .gguf ? source.configuration.rotaryFactors : nil
    self.type = type ?? Self.commonest(items)
  }

  /// The type of a parameter in the new file. Vectors of a GGUF file are f32, as llama.cpp wants them.
  private static func target(_ stored: StoredParameter, _ format: Format, _ type: ElementType?) -> ElementType {
    guard stored.parameter.isMatrix else {
      if format == .gguf { return .f32 }
      return type ?? (stored.type.isQuantized ? .f32 : stored.type)
    }
    guard let type else { return format == .safetensors && stored.type.isQuantized ? .f16 : stored.type }
    return stored.columns % type.blockElements == 0 ? type : .f16
  }

  private static func commonest(_ items: [Item]) -> ElementType {
    var bytes: [ElementType: Int] = [:]
    for item in items { bytes[item.declaration.type, default: 0] += item.declaration.byteCount }
    return bytes.max { ($0.value, $0.key.name) < ($1.value, $1.key.name) }?.key ?? .f32
  }

  var declarations: [TensorDeclaration] {
    items.map(\.declaration)
      + (rotaryFactors.map { [TensorDeclaration(name: "rope_freqs.weight", type: .f32, shape: [$0.count])] } ?? [])
  }

  /// Bytes of all tensors.
  public var byteCount: Int { declarations.reduce(0) { $0 + $1.byteCount } }

  /// Bytes of the tensors of each type, the most first.
  public var typeBytes: [(type: ElementType, bytes: Int)] {
    var bytes: [ElementType: Int] = [:]
    for declaration in declarations { bytes[declaration.type, default: 0] += declaration.byteCount }
    return bytes.map { (type: $0.key, bytes: $0.value) }.sorted { ($1.bytes, $0.type.name) < ($0.bytes, $1.type.name) }
  }
}
