import Formats

/// Writes a byte-level tokenizer as a `tokenizer.json` of huggingface/tokenizers.
struct TokenizerJSONWriter {
  let model: BytePairModel
  let tokenizer: Tokenizer
  let file: String

  func json() throws(FormatError) -> JSONValue {
    [
      "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(addedTokens),
      "normalizer": model.edits.contains(.compose) ? ["type": "NFC"] : nil, "pre_tokenizer": try preTokenizer(),
      "post_processor": postProcessor,
      "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
      "model": [
        "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
        "fuse_unk": false, "byte_fallback": false, "ignore_merges": .bool(model.ignoresMerges),
        "vocab": .object(try vocabulary()), "merges": .array(merges),
      ],
    ]
  }

  private var addedTokens: [JSONValue] {
    tokenizer.added.tokens.sorted { $0.id < $1.id }.map { token in
      [
        "id": .integer(token.id), "content": .string(token.content), "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": .bool(token.isSpecial),
      ]
    }
  }

  /// Added tokens stand here as well: the library gives those that do not the next free ids, whatever the file says.
  private func vocabulary() throws(FormatError) -> JSONObject {
    var vocabulary = JSONObject()
    for (id, name) in model.names.enumerated() {
      guard let name else { continue }
      guard vocabulary[name] == nil else {
        throw FormatError(
          .unsupported, file: file, field: "tokenizer.ggml.tokens",
          "token \(id) has the text of an earlier one, which tokenizer.json cannot express")
      }
      vocabulary[name] = .integer(id)
    }
    return vocabulary
  }

  private var merges: [JSONValue] {
    model.merges.ranked.map { .string("\(model.names[$0.left] ?? "") \(model.names[$0.right] ?? "")") }
  }

  private func preTokenizer() throws(FormatError) -> JSONValue {
    var steps: [JSONValue] = []
    for splitter in model.splitters {
      switch splitter {
      case .words(.gpt2): break
      case .words(let pattern):
        let expression = WordPattern.expressions.first { $0.pattern == pattern }?.text ?? ""
        steps.append([
          "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated", "invert": false,
        ])
      case .digits(let individual): steps.append(["type": "Digits", "individual_digits": .bool(individual)])
      case .beforeSpaces: preconditionFailure("a byte-level tokenizer has no U+2581")
      }
    }
    // The expression of GPT-2 is this step's own.
    let isGPT2 = model.splitters.last == .words(.gpt2)
    steps.append(["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(isGPT2)])
    return steps.count == 1 ? steps[0] : ["type": "Sequence", "pretokenizers": .array(steps)]
  }

  /// What puts BOS before a text.
  private var postProcessor: JSONValue {
    guard tokenizer.addsBOS, let id = tokenizer.special.bos, let name = tokenizer.piece(id) else {
      return ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true]
    }
    func mark(_ type: Int) -> JSONValue { ["SpecialToken": ["id": .string(name), "type_id": .integer(type)]] }
    func text(_ name: String, _ type: Int) -> JSONValue {
      ["Sequence": ["id": .string(name), "type_id": .integer(type)]]
    }
    var marks = JSONObject()
    marks[name] = ["id": .string(name), "ids": [.integer(id)], "tokens": [.string(name)]]
    return [
      "type": "TemplateProcessing", "single": [mark(0), text("A", 0)],
      "pair": [mark(0), text("A", 0), mark(1), text("B", 1)], "special_tokens": .object(marks),
    ]
  }
}
