public import Formats

extension Tokenizer {
  /// The tokenizer as the `tokenizer` keys of a GGUF file, so that llama.cpp, and this, give the same ids.
  /// - Parameters:
  ///   - vocabularySize: rows of the model's embedding; ids that the tokenizer has not become unused pieces.
  ///   - file: that errors name.
  /// - Throws: Names what GGUF has no way to say.
  public func ggufEntries(
    vocabularySize: Int, file: String
  ) throws(FormatError) -> [(key: String, value: GGUFValue)] {
    var vocabulary = try GGUFVocabulary(self, file: file)
    try vocabulary.fill(upTo: vocabularySize, with: added.tokens)
    var entries = vocabulary.entries
    func enter(_ name: String, _ id: Int?) {
      guard let id, id < vocabularySize else { return }
      entries.append(("tokenizer.ggml.\(name)_token_id", .uint32(UInt32(id))))
    }
    enter("bos", special.bos)
    enter("eos", special.eos ?? special.ends.min())
    enter("unknown", special.unknown)
    enter("padding", special.padding)
    enter("eot", special.ends.filter { $0 != special.eos }.min())
    entries.append(("tokenizer.ggml.add_bos_token", .bool(addsBOS)))
    entries.append(("tokenizer.ggml.add_eos_token", .bool(false)))
    if let chatTemplate { entries.append(("tokenizer.chat_template", .string(chatTemplate))) }
    return entries
  }
}
