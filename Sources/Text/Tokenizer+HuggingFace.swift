import Formats

extension Tokenizer {
  /// The files of a Hugging Face folder that give this tokenizer, which came from no such folder, back.
  func huggingFaceFiles(file: String) throws(FormatError) -> [(name: String, bytes: [UInt8])] {
    var files: [(name: String, bytes: [UInt8])] = []
    func add(_ name: String, _ value: JSONValue) {
      files.append((name, Array((value.encoded(indent: 2) + "\n").utf8)))
    }
    let writer = TokenizerJSONWriter(tokenizer: self, added: addedTokens, file: file)
    let json: JSONValue
    switch model {
    case let model as SentencePieceModel:
      let bytes = model.vocabulary.modelProto(addsSpace: model.vocabulary.addsSpace, marks: special)
      files.append(("tokenizer.model", bytes))
      json = try writer.json(model.vocabulary)
    case let model as BytePairModel where model.isByteLevel: json = try writer.json(model)
    case let other: preconditionFailure("\(type(of: other)) comes from a folder only")
    }
    files.append(("tokenizer.json", Array((json.encoded() + "\n").utf8)))
    add("tokenizer_config.json", .object(tokenizerConfig))
    add("special_tokens_map.json", .object(markNames))
    add("generation_config.json", .object(generationConfig))
    return files
  }

  /// The marks by their names in Hugging Face files.
  private var marks: [(name: String, id: Int)] {
    [("bos", special.bos), ("eos", special.eos), ("unk", special.unknown), ("pad", special.padding)].compactMap {
      name, id in id.map { (name, $0) }
    }
  }

  private var markNames: JSONObject {
    var object = JSONObject()
    for (name, id) in marks { object["\(name)_token"] = piece(id).map { .string($0) } }
    return object
  }

  /// The class is the one that takes `tokenizer.json` as it is: `LlamaTokenizer` of transformers 5 would put Metaspace
  /// into it, and without it make merges of `tokenizer.model` that leave out the scores.
  private var tokenizerConfig: JSONObject {
    var config = JSONObject()
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    for member in markNames.members { config[member.key] = member.value }
    config["add_bos_token"] = .bool(addsBOS)
    config["add_eos_token"] = false
    config["clean_up_tokenization_spaces"] = false
    if let model = model as? SentencePieceModel {
      config["add_prefix_space"] = .bool(model.vocabulary.addsSpace)
      // With a space after each mark, as llama.cpp has it.
      config["legacy"] = true
    }
    var decoder = JSONObject()
    for token in addedTokens {
      decoder[String(token.id)] = [
        "content": .string(token.content), "lstrip": false, "normalized": false, "rstrip": false,
        "single_word": false, "special": .bool(token.isSpecial),
      ]
    }
    config["added_tokens_decoder"] = .object(decoder)
    config["chat_template"] = chatTemplate.map { .string($0) }
    return config
  }

  /// The added tokens by id, with those pieces that Hugging Face counts among them: the unknown one and the user's.
  private var addedTokens: [AddedToken] {
    var tokens = Dictionary(added.tokens.map { ($0.id, $0) }) { first, _ in first }
    for (id, piece) in ((model as? SentencePieceModel)?.vocabulary.pieces ?? []).enumerated()
    where piece.kind == .unknown || piece.kind == .userDefined {
      tokens[id] = AddedToken(content: piece.text, id: id, isSpecial: piece.kind == .unknown)
    }
    return tokens.values.sorted { $0.id < $1.id }
  }

  private var generationConfig: JSONObject {
    var config = JSONObject()
    config["bos_token_id"] = special.bos.map { .integer($0) }
    let ends = special.ends.sorted()
    if ends.count == 1 {
      config["eos_token_id"] = .integer(ends[0])
    } else if !ends.isEmpty {
      // EOS itself first: some readers take only one.
      let others = ends.filter { $0 != special.eos }
      config["eos_token_id"] = .array(((special.eos.map { [$0] } ?? []) + others).map { .integer($0) })
    }
    config["pad_token_id"] = special.padding.map { .integer($0) }
    return config
  }
}
