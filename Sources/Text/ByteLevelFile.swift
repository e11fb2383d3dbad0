import Formats

/// A byte-level vocabulary as a `tokenizer.json` of huggingface/tokenizers.
struct ByteLevelFile {
  private let tokenizer: Tokenizer
  private let model: BytePairModel
  private let family: BytePairFamily

  /// - Parameter family: the file's `tokenizer.ggml.pre`.
  init(_ tokenizer: Tokenizer, family name: String, file: String) throws(FormatError) {
    guard let model = tokenizer.model as? BytePairModel, model.isByteLevel, let family = BytePairFamily(name: name)
    else {
      throw FormatError(.unsupported, file: file, field: "tokenizer.ggml.pre", "\(name) is not supported")
    }
    self.tokenizer = tokenizer
    self.model = model
    self.family = family
  }

  var json: JSONValue {
    var vocabulary = JSONObject()
    let added = Set(tokenizer.added.tokens.map(\.id))
    for (id, name) in model.names.enumerated() where !added.contains(id) {
      if let name { vocabulary[name] = .integer(id) }
    }
    let merges = model.merges.ranked.map { merge in
      JSONValue.string("\(model.names[merge.left] ?? "") \(model.names[merge.right] ?? "")")
    }
    return [
      "version": "1.0", "truncation": .null, "padding": .null,
      "added_tokens": .array(tokenizer.added.tokens.sorted { $0.id < $1.id }.map(Self.added)),
      "normalizer": family.edits.contains(.compose) ? ["type": "NFC"] : .null, "pre_tokenizer": preTokenizer,
      "post_processor": postProcessor, "decoder": Self.byteLevel(cutting: false),
      "model": [
        "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
        "end_of_word_suffix": .null, "fuse_unk": .bool(false), "byte_fallback": .bool(false),
        "ignore_merges": .bool(family.ignoresMerges), "vocab": .object(vocabulary), "merges": .array(merges),
      ],
    ]
  }

  private static func added(_ token: AddedToken) -> JSONValue {
    [
      "id": .integer(token.id), "content": .string(token.content), "single_word": .bool(false),
      "lstrip": .bool(false), "rstrip": .bool(false), "normalized": .bool(false), "special": .bool(token.isSpecial),
    ]
  }

  private static func byteLevel(cutting: Bool) -> JSONValue {
    [
      "type": "ByteLevel", "add_prefix_space": .bool(false), "trim_offsets": .bool(false), "use_regex": .bool(cutting),
    ]
  }

  private var preTokenizer: JSONValue {
    func sequence(_ first: JSONValue, cutting: Bool) -> JSONValue {
      ["type": "Sequence", "pretokenizers": [first, Self.byteLevel(cutting: cutting)]]
    }
    func split(_ pattern: WordPattern) -> JSONValue {
      let expression = WordPattern.expressions.first { $0.pattern == pattern }!.text  // every pattern has one
      return [
        "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated", "invert": .bool(false),
      ]
    }
    return switch family {
    case .gpt2: Self.byteLevel(cutting: true)
    case .smollm: sequence(["type": "Digits", "individual_digits": .bool(true)], cutting: true)
    case .llama3: sequence(split(.llama3), cutting: false)
    case .qwen2: sequence(split(.qwen2), cutting: false)
    }
  }

  /// Puts the token that begins a text before it, where the model wants one.
  private var postProcessor: JSONValue {
    guard tokenizer.addsBOS, let bos = tokenizer.special.bos, let name = tokenizer.piece(bos) else {
      return Self.byteLevel(cutting: false)
    }
    let mark: JSONValue = ["SpecialToken": ["id": .string(name), "type_id": .integer(0)]]
    func sequence(_ name: String, _ type: Int) -> JSONValue {
      ["Sequence": ["id": .string(name), "type_id": .integer(type)]]
    }
    var marks = JSONObject()
    marks[name] = ["id": .string(name), "ids": [.integer(bos)], "tokens": [.string(name)]]
    return [
      "type": "TemplateProcessing", "single": [mark, sequence("A", 0)],
      "pair": [mark, sequence("A", 0), sequence("B", 1)], "special_tokens": .object(marks),
    ]
  }
}
