import Formats

extension Tokenizer {
  /// The entries of a GGUF file that give this tokenizer back.
  ///
  /// - Parameters:
  ///   - vocabularySize: Rows of the model's embedding.
  ///   - file: What errors name.
  func ggufEntries(
    vocabularySize: Int, file: String
  ) throws(FormatError) -> [(key: String, value: GGUFValue)] {
    var vocabulary = try GGUFVocabulary(self, file: file)
    try vocabulary.fill(upTo: vocabularySize, with: added.tokens)
    var entries = vocabulary.entries
    func add(_ name: String, _ id: Int?) {
      if let id, id < vocabularySize { entries.append(("tokenizer.ggml.\(name)_token_id", .uint32(UInt32(id)))) }
    }
    add("bos", special.bos)
    add("eos", special.eos)
    add("unknown", special.unknown ?? vocabulary.unknownID)
    add("padding", special.padding)
    add("eot", special.unnamedEnd(among: added.tokens))
    entries.append(("tokenizer.ggml.add_bos_token", .bool(addsBOS)))
    if let chatTemplate { entries.append(("tokenizer.chat_template", .string(chatTemplate))) }
    return entries
  }

  /// The `tokenizer` entries of a GGUF file as they are, with more unused pieces where the model has more rows.
  static func ggufEntries(
    of metadata: GGUFMetadata, vocabularySize: Int
  ) throws(FormatError) -> [(key: String, value: GGUFValue)] {
    let entries = metadata.entries.filter { $0.key.hasPrefix("tokenizer.") }
    let texts = try metadata["tokenizer.ggml.tokens"].strings()
    try GGUFVocabulary.check(vocabularySize, for: texts.count, file: metadata.file)
    let missing = Array(texts.count..<vocabularySize)
    if missing.isEmpty { return entries }
    return entries.map { key, value in
      switch (key, value) {
      case ("tokenizer.ggml.tokens", _):
        (key, .array(.string(texts + GGUFVocabulary.unusedNames(missing, besides: texts).map(\.name))))
      case ("tokenizer.ggml.scores", .array(.float32(let scores))):
        (key, .array(.float32(scores + missing.map { _ in GGUFVocabulary.unusedScore })))
      case ("tokenizer.ggml.token_type", .array(let kinds)):
        (key, .array(.int32((kinds.integers ?? []).map { Int32(clamping: $0) } + missing.map { _ in 5 })))
      default: (key, value)
      }
    }
  }
}

extension GGUFVocabulary {
  /// The piece for what is no text, which every `llama` vocabulary has.
  var unknownID: Int? { pieces.firstIndex { $0.kind == .unknown } }
}

extension Tokenizer.SpecialIDs {
  /// An end that readers would not find by themselves, being neither EOS nor a mark with a known name.
  fileprivate func unnamedEnd(among added: [AddedToken]) -> Int? {
    var known = Self()
    known.eos = eos
    known.addEnds(among: added)
    return ends.subtracting(known.ends).min()
  }
}
