public import Formats
public import Kernels

extension ElementType {
  /// The type on the device.
  public var dtype: DType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0: .q8_0
    case .q4_0: .q4_0
    case .q4_K: .q4_K
    case .q6_K: .q6_K
    }
  }
}

extension DType {
  /// The type in a file; nil for integers.
  public var elementType: ElementType? {
    ElementType.allCases.first { $0.dtype == self }
  }
}

extension LLaMA {
  /// Decides in which type each parameter lies on the device, from the types in the files.
  ///
  /// What flows between the layers has the type of the matrices where they are all of one plain type, else f32.
  /// Quantised matrices stay as they are. A vector is f32 unless the file has it in the type that flows.
  /// - Parameters:
  ///   - stored: the type of every parameter.
  ///   - quantize: A type of blocks, into which plain matrices are rounded where their rows are whole blocks.
  /// - Returns: the names of the matrices that could not be quantised.
  @discardableResult
  public mutating func chooseTypes(_ stored: [String: ElementType], quantize: DType? = nil) -> [String] {
    let matrices = parameters.filter(\.isMatrix)
    let types = Set(matrices.compactMap { stored[$0.name]?.dtype })
    let isQuantized = quantize != nil || types.contains { $0.isQuantized }
    dtype = types.count == 1 && !isQuantized ? types.first! : .f32
    weightTypes = [:]
    var refused: [String] = []
    for parameter in parameters {
      guard let type = stored[parameter.name]?.dtype else { continue }
      let chosen: DType
      if !parameter.isMatrix {
        chosen = parameter.name.hasSuffix(".bias") || type == dtype ? dtype : .f32
      } else if type.isQuantized {
        chosen = type
      } else if let quantize, parameter.shape[1] % (quantize.blockColumns ?? 1) == 0 {
        chosen = quantize
      } else {
        if quantize != nil { refused.append(parameter.name) }
        // A table is only looked up: its rows can be widened as they are read.
        let isTable = parameter.name == "model.embed_tokens.weight" && !tiesEmbeddings
        chosen = isTable && quantize == nil ? type : dtype
      }
      if chosen != dtype { weightTypes[parameter.name] = chosen }
    }
    return refused
  }

  /// The type of a parameter on the device.
  public func type(of parameter: ModelParameter) -> DType { weightTypes[parameter.name] ?? dtype }
}
