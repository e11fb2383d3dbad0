public import Formats
public import Foundation

/// The tokenizer of a model's files, to be written beside or into another model of the same vocabulary.
public struct TokenizerFiles: Sendable {
  /// What a Hugging Face folder may hold of a tokenizer, and what it says of generation.
  private static let names = [
    "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "chat_template.jinja", "generation_config.json", "vocab.json", "merges.txt",
  ]

  private enum Source: Sendable {
    case folder(URL)
    case gguf(GGUFMetadata)
  }

  public let tokenizer: Tokenizer
  private let source: Source
  private let path: String

  /// - Parameter model: A Hugging Face folder or a `.gguf` file.
  public init(model: URL) throws(FormatError) {
    path = model.path(percentEncoded: false)
    tokenizer = try Tokenizer.load(model: model)
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    source = isThere && isFolder.boolValue ? .folder(model) : .gguf(try GGUF(path: path).metadata)
  }

  /// The `tokenizer` keys of a GGUF file: those that the source has, or what its tokenizer becomes.
  /// - Parameter vocabularySize: rows of the model's embedding.
  public func ggufEntries(vocabularySize: Int) throws(FormatError) -> [(key: String, value: GGUFValue)] {
    switch source {
    case .gguf(let metadata): metadata.entries.filter { $0.key.hasPrefix("tokenizer.") }
    case .folder: try tokenizer.ggufEntries(vocabularySize: vocabularySize, file: path)
    }
  }

  /// Writes the tokenizer as files of a Hugging Face folder: copies of those that the source has, or files made of a GGUF
  /// vocabulary that `transformers` and this read to the same ids.
  /// - Parameter folder: Exists.
  public func write(toFolder folder: String) throws(FormatError) {
    switch source {
    case .folder(let source):
      for name in Self.names {
        let from = source.appending(path: name).path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: from) else { continue }
        try AtomicFile.write(try ByteSource(path: from).readAll(limit: 256 << 20), to: folder + "/" + name)
      }
    case .gguf(let metadata):
      var isSlow = false
      switch try metadata["tokenizer.ggml.model"].string() {
      case "llama":
        isSlow = true
        let vocabulary = try SentencePieceVocabulary(metadata)
        try AtomicFile.write(
          vocabulary.modelProto(addsSpace: vocabulary.addsSpace, marks: tokenizer.special),
          to: folder + "/tokenizer.model")
      default:
        let file = try ByteLevelFile(tokenizer, family: try metadata["tokenizer.ggml.pre"].string(), file: path)
        try AtomicFile.write(file.json.encoded(indent: 2) + "\n", to: folder + "/tokenizer.json")
      }
      try AtomicFile.write(
        configuration(isSlow: isSlow).encoded(indent: 2) + "\n", to: folder + "/tokenizer_config.json")
      try AtomicFile.write(JSONValue.object(marks).encoded(indent: 2) + "\n", to: folder + "/special_tokens_map.json")
    }
  }

  /// The names of the marks, as `special_tokens_map.json` has them.
  private var marks: JSONObject {
    var marks = JSONObject()
    let special = tokenizer.special
    for (name, id) in [
      ("bos_token", special.bos), ("eos_token", special.eos), ("unk_token", special.unknown),
      ("pad_token", special.padding),
    ] {
      if let piece = id.flatMap(tokenizer.piece) { marks[name] = .string(piece) }
    }
    return marks
  }

  /// `tokenizer_config.json`.
  /// - Parameter isSlow: whether the vocabulary is a `tokenizer.model`.
  private func configuration(isSlow: Bool) -> JSONValue {
    var json = marks
    json["tokenizer_class"] = .string(isSlow ? "LlamaTokenizer" : "PreTrainedTokenizerFast")
    json["add_bos_token"] = .bool(tokenizer.addsBOS)
    json["add_eos_token"] = .bool(false)
    json["clean_up_tokenization_spaces"] = .bool(false)
    if isSlow {
      // A GGUF vocabulary has its space after each mark of the protocol, as transformers had before 4.31.
      json["legacy"] = .bool(true)
      json["add_prefix_space"] = .bool(tokenizer.stripsFirstSpace)
      var added = JSONObject()
      for token in tokenizer.added.tokens {
        added[String(token.id)] = [
          "content": .string(token.content), "lstrip": .bool(false), "normalized": .bool(false),
          "rstrip": .bool(false), "single_word": .bool(false), "special": .bool(token.isSpecial),
        ]
      }
      json["added_tokens_decoder"] = .object(added)
    }
    if let template = tokenizer.chatTemplate { json["chat_template"] = .string(template) }
    return .object(json)
  }
}
