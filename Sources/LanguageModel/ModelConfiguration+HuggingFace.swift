public import Formats
import Kernels

extension ModelConfiguration {
  /// Reads `config.json` as transformers 4 or 5 writes it.
  ///
  /// Source of the defaults: transformers, `configuration_llama.py`, `configuration_mistral.py`,
  /// `configuration_qwen2.py`, `configuration_qwen3.py`.
  /// - Throws: `FormatError` of kind `unsupported` for another model, activation or kind of rotary embedding.
  public init(huggingFace file: JSONField) throws(FormatError) {
    let type = try file["model_type"].string()
    guard let family = ModelFamily(rawValue: type) else {
      throw file["model_type"].error(.unsupported, "\(printable(type)) is not supported; \(ModelFamily.list) are")
    }
    let activation = try file["hidden_act"].ifPresent?.string() ?? "silu"
    guard activation == "silu" || activation == "swish" else {
      throw file["hidden_act"].error(.unsupported, "\(printable(activation)) is not supported; silu is")
    }
    let hidden = try file["hidden_size"].integer(in: Limit.width)
    let heads = try file["num_attention_heads"].integer(in: Limit.heads)
    let defaultHead = family == .qwen3 ? 128 : hidden / heads
    var shape = LLaMA(
      hidden: hidden, layers: try file["num_hidden_layers"].integer(in: Limit.layers), heads: heads,
      kvHeads: try file["num_key_value_heads"].ifPresent?.integer(in: Limit.heads) ?? heads,
      headSize: try file["head_dim"].ifPresent?.integer(in: Limit.width) ?? defaultHead,
      feedForward: try file["intermediate_size"].integer(in: Limit.width),
      vocabulary: try file["vocab_size"].integer(in: Limit.vocabulary))
    shape.epsilon = Float(try file["rms_norm_eps"].ifPresent?.number() ?? 1e-6)
    shape.tiesEmbeddings = try file["tie_word_embeddings"].ifPresent?.bool() ?? false
    shape.normalizesHeads = family == .qwen3
    shape.biases = try Self.biases(file, family)
    let length = try file["max_position_embeddings"].ifPresent?.integer(in: Limit.length) ?? 2048
    (shape.theta, shape.rotaryScaling) = try Self.rotary(file, length: length)
    shape.windows = try Self.windows(file, family, layers: shape.layers)
    try Self.checkHeads(shape) { file["num_attention_heads"].error(.unsupported, $0) }
    self.init(family: family, shape: shape, length: length)
  }

  private static func biases(_ file: JSONField, _ family: ModelFamily) throws(FormatError) -> LLaMA.Biases {
    if family == .qwen2 { return .queryKeyValue }
    var biases: LLaMA.Biases = []
    if try file["attention_bias"].ifPresent?.bool() ?? false { biases.formUnion([.queryKeyValue, .output]) }
    if try file["mlp_bias"].ifPresent?.bool() ?? false { biases.insert(.feedForward) }
    return biases
  }

  /// The base and the scaling: of `rope_parameters` (transformers 5), or of `rope_theta` and `rope_scaling`.
  private static func rotary(
    _ file: JSONField, length: Int
  ) throws(FormatError) -> (theta: Double, scaling: RotaryScaling) {
    let parameters = file["rope_parameters"].ifPresent
    let theta = try (parameters?["rope_theta"].ifPresent ?? file["rope_theta"].ifPresent)?.number() ?? 10_000
    guard theta > 0, theta.isFinite else {
      throw (parameters?["rope_theta"] ?? file["rope_theta"]).error(.malformed, "is \(theta); expected a number over 0")
    }
    if let part = try (parameters?["partial_rotary_factor"].ifPresent ?? file["partial_rotary_factor"].ifPresent)?
      .number(),
      part != 1
    {
      throw file["partial_rotary_factor"].error(.unsupported, "is \(part); heads are rotated whole")
    }
    guard let scaling = parameters ?? file["rope_scaling"].ifPresent else { return (theta, .none) }
    let name = scaling["rope_type"].ifPresent ?? scaling["type"].ifPresent
    switch try name?.string() ?? "default" {
    case "default": return (theta, .none)
    case "linear": return (theta, .linear(factor: try positive(scaling["factor"])))
    case "llama3":
      return (
        theta,
        .llama3(
          factor: try positive(scaling["factor"]), lowFrequencyFactor: try positive(scaling["low_freq_factor"]),
          highFrequencyFactor: try positive(scaling["high_freq_factor"]),
          originalLength: try positive(scaling["original_max_position_embeddings"]))
      )
    case let other:
      throw name!.error(.unsupported, "\(printable(other)) is not supported; default, linear and llama3 are")
    }
  }

  private static func positive(_ field: JSONField) throws(FormatError) -> Double {
    let number = try field.number()
    guard number > 0, number.isFinite else { throw field.error(.malformed, "is \(number); expected a number over 0") }
    return number
  }

  /// The window of each layer; empty where every row sees all.
  private static func windows(
    _ file: JSONField, _ family: ModelFamily, layers: Int
  ) throws(FormatError) -> [Int] {
    guard family != .llama else { return [] }
    let field = file["sliding_window"]
    // Mistral's configuration class has a window where the file is silent; `null` means none.
    let fallback = family == .mistral && field.value == nil ? 4096 : nil
    guard let window = try field.ifPresent?.integer(in: Limit.length) ?? fallback else { return [] }
    if family == .mistral { return [Int](repeating: window, count: layers) }
    guard try file["use_sliding_window"].ifPresent?.bool() ?? false else { return [] }
    if let types = try file["layer_types"].ifPresent?.strings() {
      guard types.count == layers else {
        throw file["layer_types"].error(.malformed, "has \(types.count) elements for \(layers) layers")
      }
      return types.map { $0 == "sliding_attention" ? window : 0 }
    }
    let first = try file["max_window_layers"].ifPresent?.integer() ?? 28
    return (0..<layers).map { $0 >= first ? window : 0 }
  }

  /// `config.json`, in the words of transformers 4 and 5 both.
  /// - Parameters:
  ///   - type: of the weights beside it.
  ///   - special: ids of the marks.
  public func huggingFace(type: ElementType, bos: Int?, eos: [Int], padding: Int?) -> JSONValue {
    var json = JSONObject()
    json["architectures"] = [.string(family.architecture)]
    json["model_type"] = .string(family.rawValue)
    json["hidden_size"] = .integer(shape.hidden)
    json["num_hidden_layers"] = .integer(shape.layers)
    json["num_attention_heads"] = .integer(shape.heads)
    json["num_key_value_heads"] = .integer(shape.kvHeads)
    json["head_dim"] = .integer(shape.headSize)
    json["intermediate_size"] = .integer(shape.feedForward)
    json["vocab_size"] = .integer(shape.vocabulary)
    json["hidden_act"] = "silu"
    json["rms_norm_eps"] = .number(shape.epsilon.shortest)
    json["max_position_embeddings"] = .integer(length)
    json["tie_word_embeddings"] = .bool(shape.tiesEmbeddings)
    json["initializer_range"] = .number(0.02)
    json["use_cache"] = .bool(true)
    json["bos_token_id"] = bos.map { .integer($0) } ?? .null
    json["eos_token_id"] = eos.count == 1 ? .integer(eos[0]) : eos.isEmpty ? .null : .array(eos.map { .integer($0) })
    json["pad_token_id"] = padding.map { .integer($0) } ?? .null
    if family == .llama || family == .qwen3 {
      json["attention_bias"] = .bool(shape.biases.contains(.queryKeyValue))
    }
    if family == .llama { json["mlp_bias"] = .bool(shape.biases.contains(.feedForward)) }
    writeRotary(into: &json)
    writeWindows(into: &json)
    let name: JSONValue = .string(type == .f32 ? "float32" : type == .f16 ? "float16" : "bfloat16")
    json["dtype"] = name
    json["torch_dtype"] = name
    return .object(json)
  }

  private func writeRotary(into json: inout JSONObject) {
    var scaling = JSONObject()
    switch shape.rotaryScaling {
    case .none, .factors: scaling["rope_type"] = "default"
    case .linear(let factor):
      scaling["rope_type"] = "linear"
      scaling["factor"] = .number(factor)
    case .llama3(let factor, let low, let high, let original):
      scaling["rope_type"] = "llama3"
      scaling["factor"] = .number(factor)
      scaling["low_freq_factor"] = .number(low)
      scaling["high_freq_factor"] = .number(high)
      scaling["original_max_position_embeddings"] = .integer(Int(original))
    }
    json["rope_theta"] = .number(shape.theta)
    json["rope_scaling"] = shape.rotaryScaling == .none ? .null : .object(scaling)
    scaling["rope_theta"] = .number(shape.theta)
    json["rope_parameters"] = .object(scaling)
  }

  private func writeWindows(into json: inout JSONObject) {
    guard family != .llama else { return }
    let window = shape.windows.max() ?? 0
    json["sliding_window"] = window > 0 ? .integer(window) : .null
    guard family != .mistral else { return }
    json["use_sliding_window"] = .bool(window > 0)
    json["max_window_layers"] = .integer(shape.windows.firstIndex { $0 > 0 } ?? shape.layers)
    json["layer_types"] = .array(
      (0..<shape.layers).map { .string(shape.window($0) > 0 ? "sliding_attention" : "full_attention") })
  }
}

extension Float {
  /// The double that is written as this float is: 1e-05 and not 9.999999747378752e-06.
  var shortest: Double { Double(description) ?? Double(self) }
}
