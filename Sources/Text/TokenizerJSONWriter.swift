import Formats

/// Writes a tokenizer that came from a GGUF file as a `tokenizer.json` of huggingface/tokenizers.
struct TokenizerJSONWriter {
  let tokenizer: Tokenizer
  let added: [AddedToken]
  /// The file that errors name.
  let file: String

  /// A byte-level tokenizer.
  func json(_ model: BytePairModel) throws(FormatError) -> JSONValue {
    let merges = model.merges.ranked.map {
      JSONValue.string("\(model.names[$0.left] ?? "") \(model.names[$0.right] ?? "")")
    }
    return json(
      normalizer: model.edits.contains(.compose) ? ["type": "NFC"] : nil, preTokenizer: preTokenizer(model.splitters),
      postProcessor: ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true],
      decoder: ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
      model: [
        "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
        "fuse_unk": false, "byte_fallback": false, "ignore_merges": .bool(model.ignoresMerges),
        "vocab": .object(try vocabulary(model.names)), "merges": .array(merges),
      ])
  }

  /// A SentencePiece vocabulary that merges by score, as a list of merges.
  ///
  /// The space before text is a normalizer's, not Metaspace's: that one puts none where text starts with a space.
  func json(_ pieces: SentencePieceVocabulary) throws(FormatError) -> JSONValue {
    let merges = try pieces.merges(file: file).map { JSONValue.string($0) }
    var normalizers: [JSONValue] = [["type": "Replace", "pattern": ["String": " "], "content": "▁"]]
    var decoders: [JSONValue] = [
      ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"], ["type": "Fuse"],
    ]
    if pieces.addsSpace {
      normalizers.insert(["type": "Prepend", "prepend": "▁"], at: 0)
      decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0])
    }
    let unknown = pieces.pieces.first { $0.kind == .unknown }.map { JSONValue.string($0.text) }
    return json(
      normalizer: ["type": "Sequence", "normalizers": .array(normalizers)], preTokenizer: nil, postProcessor: nil,
      decoder: ["type": "Sequence", "decoders": .array(decoders)],
      model: [
        "type": "BPE", "dropout": nil, "unk_token": unknown ?? nil, "continuing_subword_prefix": nil,
        "end_of_word_suffix": nil, "fuse_unk": true,
        "byte_fallback": .bool(pieces.pieces.contains { $0.kind == .byte }), "ignore_merges": false,
        "vocab": .object(try vocabulary(pieces.pieces.map(\.text))), "merges": .array(merges),
      ])
  }

  /// - Parameter postProcessor: Where no BOS comes before a text.
  private func json(
    normalizer: JSONValue, preTokenizer: JSONValue, postProcessor: JSONValue, decoder: JSONValue, model: JSONValue
  ) -> JSONValue {
    [
      "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(addedTokens),
      "normalizer": normalizer, "pre_tokenizer": preTokenizer, "post_processor": leadingMark ?? postProcessor,
      "decoder": decoder, "model": model,
    ]
  }

  private var addedTokens: [JSONValue] {
    added.map { token in
      [
        "id": .integer(token.id), "content": .string(token.content), "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": .bool(token.isSpecial),
      ]
    }
  }

  /// Added tokens stand here as well: the library gives those that do not the next free ids, whatever the file says.
  private func vocabulary(_ names: [String?]) throws(FormatError) -> JSONObject {
    var vocabulary = JSONObject()
    for (id, name) in names.enumerated() {
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

  private func preTokenizer(_ splitters: [Splitter]) -> JSONValue {
    var steps: [JSONValue] = []
    for splitter in splitters {
      switch splitter {
      // The expression of GPT-2 is that of the last step itself.
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
    let isGPT2 = splitters.last == .words(.gpt2)
    steps.append(["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(isGPT2)])
    return steps.count == 1 ? steps[0] : ["type": "Sequence", "pretokenizers": .array(steps)]
  }

  /// What puts BOS before a text; nil where nothing does.
  private var leadingMark: JSONValue? {
    guard tokenizer.addsBOS, let id = tokenizer.special.bos, let name = tokenizer.piece(id) else { return nil }
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

extension SentencePieceVocabulary {
  /// Every way to make a piece of two, by rank: the pieces of the highest score first.
  ///
  /// This is how transformers turns a SentencePiece model into a list of merges. Two ways to make one piece that overlap
  /// in a text, as in `aaa`, go by their rank there and by their place here; that alone can differ.
  fileprivate func merges(file: String) throws(FormatError) -> [String] {
    let table = PieceTable(pieces.map { Array($0.text.utf8) }) { pieces[$0].kind == .normal }
    let made = pieces.indices.filter { pieces[$0].kind == .normal && pieces[$0].text.unicodeScalars.count > 1 }
      .sorted { (pieces[$0].score, $1) > (pieces[$1].score, $0) }
    var merges: [String] = []
    for id in made {
      let bytes = Array(pieces[id].text.utf8)
      guard bytes.count <= MergeScores.longestPiece else {
        throw FormatError(
          .limit, file: file, field: "tokenizer.ggml.tokens",
          "token \(id) has \(bytes.count) bytes; \(MergeScores.longestPiece) are supported")
      }
      var ways: [(left: Int, right: Int)] = []
      for start in bytes.indices.dropFirst() where bytes[start] & 0xC0 != 0x80 {
        if let left = table.id(of: bytes[..<start]), let right = table.id(of: bytes[start...]) {
          ways.append((left, right))
        }
      }
      merges += ways.sorted { $0 < $1 }.map { "\(pieces[$0.left].text) \(pieces[$0.right].text)" }
    }
    return merges
  }
}
