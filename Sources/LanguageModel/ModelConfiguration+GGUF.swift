public import Formats
import Kernels

extension ModelConfiguration {
  /// Reads a GGUF file's metadata, as llama.cpp's converter writes it (`gguf-py/gguf/constants.py`).
  /// - Throws: `FormatError` of kind `unsupported` for another architecture or kind of rotary embedding.
  public init(gguf file: GGUF) throws(FormatError) {
    let metadata = file.metadata
    let architecture = metadata["general.architecture"]
    let name = try architecture.string()
    guard var family = ModelFamily(rawValue: name), family != .mistral else {
      throw architecture.error(.unsupported, "\(printable(name)) is not supported; llama, qwen2 and qwen3 are")
    }
    func field(_ key: String) -> GGUFField { metadata["\(name).\(key)"] }
    if let experts = try field("expert_count").ifPresent?.integer(), experts > 0 {
      throw field("expert_count").error(.unsupported, "a mixture of \(experts) experts is not supported")
    }
    let hidden = try field("embedding_length").integer(in: Limit.width)
    let heads = try Self.single(field("attention.head_count"), Limit.heads)
    let keys = field("attention.key_length")
    let headSize = try keys.ifPresent?.integer(in: Limit.width) ?? hidden / heads
    if let values = try field("attention.value_length").ifPresent?.integer(), values != headSize {
      throw field("attention.value_length").error(.unsupported, "is \(values) and the keys' \(headSize)")
    }
    var shape = LLaMA(
      hidden: hidden, layers: try field("block_count").integer(in: Limit.layers), heads: heads,
      kvHeads: try field("attention.head_count_kv").ifPresent.map { (field) throws(FormatError) in
        try Self.single(field, Limit.heads)
      } ?? heads, headSize: headSize, feedForward: try Self.single(field("feed_forward_length"), Limit.width),
      vocabulary: try Self.vocabulary(file, hidden: hidden))
    shape.epsilon = Float(try field("attention.layer_norm_rms_epsilon").number())
    shape.tiesEmbeddings = file.tensors["output.weight"] == nil
    shape.normalizesHeads = family == .qwen3
    if file.tensors["blk.0.attn_q.bias"] != nil { shape.biases.insert(.queryKeyValue) }
    if file.tensors["blk.0.attn_output.bias"] != nil { shape.biases.insert(.output) }
    if file.tensors["blk.0.ffn_gate.bias"] != nil { shape.biases.insert(.feedForward) }
    shape.theta = try field("rope.freq_base").ifPresent?.number() ?? 10_000
    if let rotated = try field("rope.dimension_count").ifPresent?.integer(), rotated != headSize {
      throw field("rope.dimension_count").error(.unsupported, "is \(rotated); heads of \(headSize) are rotated whole")
    }
    shape.rotaryScaling = try Self.scaling(file, architecture: name, headSize: headSize)
    if let window = try field("attention.sliding_window").ifPresent?.integer(in: 0...Limit.length.upperBound) {
      if window > 0 {
        shape.windows = [Int](repeating: window, count: shape.layers)
        // A LLaMA with a window is what transformers calls Mistral.
        if family == .llama { family = .mistral }
      }
    }
    try Self.checkHeads(shape) { field("attention.head_count").error(.unsupported, $0) }
    self.init(family: family, shape: shape, length: try field("context_length").integer(in: Limit.length))
  }

  /// A number, or one for each layer that is the same for all.
  private static func single(_ field: GGUFField, _ range: ClosedRange<Int>) throws(FormatError) -> Int {
    guard case .array? = field.value else { return try field.integer(in: range) }
    let numbers = try field.integers()
    guard let first = numbers.first, range.contains(first), numbers.allSatisfy({ $0 == first }) else {
      throw field.error(.unsupported, "differs between layers or is outside of \(range)")
    }
    return first
  }

  private static func vocabulary(_ file: GGUF, hidden: Int) throws(FormatError) -> Int {
    let table = try file.tensors.tensor("token_embd.weight")
    guard table.shape.count == 2, table.columns == hidden, Limit.vocabulary.contains(table.rows) else {
      throw table.error(.malformed, "has the shape \(table.shape); expected [vocabulary, \(hidden)]")
    }
    return table.rows
  }

  private static func scaling(
    _ file: GGUF, architecture: String, headSize: Int
  ) throws(FormatError) -> RotaryScaling {
    if let factors = file.tensors["rope_freqs.weight"] {
      let values = try factors.floats()
      guard values.count == headSize / 2, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw factors.error(.malformed, "expected \(headSize / 2) numbers over 0")
      }
      return values.allSatisfy { $0 == 1 } ? .none : .factors(values)
    }
    let type = file.metadata["\(architecture).rope.scaling.type"]
    switch try type.ifPresent?.string() ?? "none" {
    case "none": return .none
    case "linear":
      let field = file.metadata["\(architecture).rope.scaling.factor"]
      let factor = try field.number()
      guard factor > 0, factor.isFinite else { throw field.error(.malformed, "is \(factor); expected over 0") }
      return factor == 1 ? .none : .linear(factor: factor)
    case let other: throw type.error(.unsupported, "\(printable(other)) is not supported; none and linear are")
    }
  }

  /// The metadata of the model itself, the tokenizer's apart.
  /// - Parameter fileType: llama.cpp's number of the type of most tensors.
  public func ggufEntries(name: String, fileType: UInt32) -> [(key: String, value: GGUFValue)] {
    let architecture = family.ggufName
    func number(_ value: Int) -> GGUFValue { .uint32(UInt32(clamping: value)) }
    var entries: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string(architecture)), ("general.type", .string("model")),
      ("general.name", .string(name)), ("general.file_type", .uint32(fileType)),
      ("general.quantization_version", .uint32(2)),
      ("\(architecture).block_count", number(shape.layers)), ("\(architecture).context_length", number(length)),
      ("\(architecture).embedding_length", number(shape.hidden)),
      ("\(architecture).feed_forward_length", number(shape.feedForward)),
      ("\(architecture).attention.head_count", number(shape.heads)),
      ("\(architecture).attention.head_count_kv", number(shape.kvHeads)),
      ("\(architecture).attention.key_length", number(shape.headSize)),
      ("\(architecture).attention.value_length", number(shape.headSize)),
      ("\(architecture).attention.layer_norm_rms_epsilon", .float32(shape.epsilon)),
      ("\(architecture).rope.freq_base", .float32(Float(shape.theta))),
      ("\(architecture).rope.dimension_count", number(shape.headSize)),
      ("\(architecture).vocab_size", number(shape.vocabulary)),
    ]
    if case .linear(let factor) = shape.rotaryScaling {
      entries.append(("\(architecture).rope.scaling.type", .string("linear")))
      entries.append(("\(architecture).rope.scaling.factor", .float32(Float(factor))))
    }
    if let window = shape.windows.max(), window > 0 {
      entries.append(("\(architecture).attention.sliding_window", number(window)))
    }
    return entries
  }

  /// What each frequency is divided by, for the tensor `rope_freqs.weight`; nil where the file needs none.
  var rotaryFactors: [Float]? {
    switch shape.rotaryScaling {
    case .none, .linear: nil
    case .factors(let factors): factors
    case .llama3:
      (0..<shape.headSize / 2).map { index in
        // As llama.cpp's converter: what one radian a position becomes depends on the frequency alone.
        let frequency = RotaryTable.frequency(index, headSize: shape.headSize, theta: shape.theta)
        return Float(frequency / shape.rotaryScaling.scaled(frequency, at: index))
      }
    }
  }
}

/// Names of parameters in a GGUF file.
enum GGUFNames {
  private static let layerNames = [
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
  ]
  private static let otherNames = [
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
  ]

  /// The name in a GGUF file of a parameter that `transformers` calls `name`.
  static func name(_ parameter: ModelParameter) -> String {
    let parts = parameter.name.split(separator: ".")
    let kind = String(parts.last!)  // `weight` or `bias`
    guard let layer = parameter.layer else {
      return "\(otherNames[parts.dropLast().joined(separator: ".")]!).\(kind)"  // every parameter has a name here
    }
    return "blk.\(layer).\(layerNames[parts.dropFirst(3).dropLast().joined(separator: ".")]!).\(kind)"
  }
}
