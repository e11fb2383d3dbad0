import Formats
import Kernels

/// What a model's files say of its shape.
public struct ModelConfiguration: Sendable {
  public var family: ModelFamily
  public var shape: LLaMA
  /// Positions that the model was made for.
  public var length: Int

  public init(family: ModelFamily, shape: LLaMA, length: Int) {
    self.family = family
    self.shape = shape
    self.length = length
  }

  /// Largest numbers that are believed: far beyond any model of the family, and small enough that no product of a few
  /// of them overflows.
  enum Limit {
    static let width = 1...1 << 17
    static let layers = 1...1 << 10
    static let heads = 1...1 << 12
    static let vocabulary = 1...1 << 22
    static let length = 1...1 << 26
  }

  /// Refuses head sizes for which there is no kernel.
  /// - Parameter error: makes the error that names the file and the field.
  static func checkHeads(
    _ shape: LLaMA, _ error: (String) -> FormatError
  ) throws(FormatError) {
    guard shape.heads % shape.kvHeads == 0 else {
      throw error("\(shape.heads) query heads do not divide among \(shape.kvHeads) key/value heads")
    }
    let step = shape.normalizesHeads ? 8 : 4
    guard shape.headSize % step == 0, (4...256).contains(shape.headSize) else {
      throw error("a head size of \(shape.headSize); supported are multiples of \(step) up to 256")
    }
  }
}

/// One parameter of a model, before there are weights.
public struct ModelParameter: Sendable, Hashable {
  /// As `transformers` names it.
  public var name: String
  public var shape: [Int]

  /// The layer that it belongs to; nil outside of the layers.
  public var layer: Int? {
    let parts = name.split(separator: ".")
    return parts.count > 3 && parts[1] == "layers" ? Int(parts[2]) : nil
  }

  /// Whether it is a matrix of the size of which a quantised type makes sense.
  public var isMatrix: Bool { shape.count == 2 }
}

extension LLaMA {
  /// Every parameter, in the order of the layers; without low-rank updates.
  public var parameters: [ModelParameter] {
    var result = [ModelParameter(name: "model.embed_tokens.weight", shape: [vocabulary, hidden])]
    for layer in 0..<layers { result += layerParameters("model.layers.\(layer).") }
    result.append(ModelParameter(name: "model.norm.weight", shape: [hidden]))
    if !tiesEmbeddings { result.append(ModelParameter(name: "lm_head.weight", shape: [vocabulary, hidden])) }
    return result
  }

  /// The projections of a layer by the part of their names before `.weight`, with rows and columns.
  var projections: [(name: String, rows: Int, columns: Int)] {
    let (queries, keys) = (heads * headSize, kvHeads * headSize)
    return [
      ("self_attn.q_proj", queries, hidden), ("self_attn.k_proj", keys, hidden), ("self_attn.v_proj", keys, hidden),
      ("self_attn.o_proj", hidden, queries), ("mlp.gate_proj", feedForward, hidden),
      ("mlp.up_proj", feedForward, hidden), ("mlp.down_proj", hidden, feedForward),
    ]
  }

  private func layerParameters(_ prefix: String) -> [ModelParameter] {
    var result = [ModelParameter(name: prefix + "input_layernorm.weight", shape: [hidden])]
    for projection in projections {
      if projection.name == "mlp.gate_proj" {
        result.append(ModelParameter(name: prefix + "post_attention_layernorm.weight", shape: [hidden]))
      }
      result.append(
        ModelParameter(name: prefix + projection.name + ".weight", shape: [projection.rows, projection.columns]))
      if biases.include(String(projection.name.split(separator: ".")[1])) {
        result.append(ModelParameter(name: prefix + projection.name + ".bias", shape: [projection.rows]))
      }
      if normalizesHeads, projection.name.hasSuffix("q_proj") || projection.name.hasSuffix("k_proj") {
        let name = projection.name.dropLast("proj".count) + "norm.weight"
        result.append(ModelParameter(name: prefix + name, shape: [headSize]))
      }
    }
    return result
  }

  /// The factors of every low-rank update.
  public var loraParameters: [ModelParameter] {
    guard let lora else { return [] }
    var result: [ModelParameter] = []
    for layer in 0..<layers {
      for projection in projections {
        let name = "model.layers.\(layer).\(projection.name)"
        guard lora.updates(name) else { continue }
        result.append(ModelParameter(name: name + ".lora_A.weight", shape: [lora.rank, projection.columns]))
        result.append(ModelParameter(name: name + ".lora_B.weight", shape: [projection.rows, lora.rank]))
      }
    }
    return result
  }

  /// Number of parameters, low-rank updates left out.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.reduce(1, *) } }
}
