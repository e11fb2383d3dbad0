public import Formats
public import Foundation

extension Tokenizer {
  /// Loads the tokenizer of a model: of a folder in the Hugging Face layout (`tokenizer.model` or `tokenizer.json`,
  /// with `tokenizer_config.json` where there is one) or of a `.gguf` file.
  ///
  /// A `tokenizer.model` counts before a `tokenizer.json`: ids are then those of SentencePiece itself.
  public static func load(model: URL) throws(FormatError) -> Tokenizer {
    let path = model.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FormatError(.system, file: path, "there is no such file or folder")
    }
    if isFolder.boolValue { return try load(folder: model) }
    return try load(gguf: try GGUF(path: path).metadata)
  }

  private static func load(folder: URL) throws(FormatError) -> Tokenizer {
    let settings = try TokenizerSettings(folder: folder)
    if let path = existingFile("tokenizer.model", in: folder) {
      let bytes = try ByteSource(path: path).readAll(limit: 64 << 20)
      return try load(sentencePiece: bytes, file: path, settings: settings)
    }
    if let path = existingFile("tokenizer.json", in: folder) {
      return try load(json: try JSONField(path: path), settings: settings)
    }
    throw FormatError(
      .missing, file: folder.path(percentEncoded: false), "holds neither tokenizer.model nor tokenizer.json")
  }

  static func load(
    sentencePiece bytes: [UInt8], file: String, settings: TokenizerSettings
  ) throws(FormatError) -> Tokenizer {
    let vocabulary = try SentencePieceVocabulary(modelProto: bytes, file: file)
    var added = vocabulary.addedTokens
    for token in settings.added {
      if token.id < vocabulary.pieces.count {
        let piece = vocabulary.pieces[token.id]
        guard piece.text.utf8.elementsEqual(token.content.utf8) else {
          throw FormatError(
            .malformed, file: file, field: "pieces[\(token.id)]", "tokenizer_config.json names another piece for it")
        }
        continue
      }
      guard token.id < vocabulary.pieces.count + BytePairBuilder.largestGap else {
        throw FormatError(.malformed, file: file, "an added token has the id \(token.id)")
      }
      if !added.contains(where: { $0.id == token.id }) { added.append(token) }
    }
    let scheme: SentencePieceModel.SpaceScheme = settings.addsSpace ? (settings.isLegacy ? .always : .first) : .never
    var special = SpecialIDs()
    special.bos = vocabulary.controlID(vocabulary.bosPiece)
    special.eos = vocabulary.controlID(vocabulary.eosPiece)
    special.padding = vocabulary.controlID(vocabulary.padPiece)
    special.unknown = vocabulary.pieces.firstIndex { $0.kind == .unknown }
    settings.name(&special, among: added)
    return Tokenizer(
      model: try SentencePieceModel(vocabulary, scheme: scheme, file: file), added: added, special: special,
      addsBOS: settings.addsBOS ?? (special.bos != nil), chatTemplate: settings.chatTemplate)
  }

  static func load(json root: JSONField, settings: TokenizerSettings) throws(FormatError) -> Tokenizer {
    let file = try TokenizerJSON(root)
    let model = try file.model()
    let leading = try file.leadingID()
    var special = SpecialIDs()
    special.bos = leading
    special.unknown = model.unknownID
    settings.name(&special, among: file.added)
    return Tokenizer(
      model: model, added: file.added, special: special,
      addsBOS: (settings.addsBOS ?? (leading != nil)) && special.bos != nil, chatTemplate: settings.chatTemplate)
  }

  /// Loads the vocabulary of a GGUF file.
  public static func load(gguf metadata: GGUFMetadata) throws(FormatError) -> Tokenizer {
    let kind = metadata["tokenizer.ggml.model"]
    let tokenCount = try metadata["tokenizer.ggml.tokens"].strings().count
    var special = SpecialIDs()
    func id(_ name: String) throws(FormatError) -> Int? {
      try metadata["tokenizer.ggml.\(name)_token_id"].ifPresent?.integer(in: 0...max(tokenCount - 1, 0))
    }
    special.bos = try id("bos")
    special.eos = try id("eos")
    special.unknown = try id("unknown")
    special.padding = try id("padding")
    for name in ["eot", "eom"] {
      if let id = try id(name) { special.ends.insert(id) }
    }
    let model: any SubwordModel
    let added: [AddedToken]
    let addsBOS: Bool
    switch try kind.string() {
    case "llama":
      let vocabulary = try SentencePieceVocabulary(metadata)
      // As llama.cpp: a space after each mark of the protocol. The file has no field that says otherwise.
      model = try SentencePieceModel(vocabulary, scheme: .always, file: metadata.file)
      added = vocabulary.addedTokens
      addsBOS = true
    case "gpt2": (model, added, addsBOS) = try bytePair(metadata)
    case let other: throw kind.error(.unsupported, "\(other) is not supported; llama and gpt2 are")
    }
    special.addEnds(among: added)
    let flag = try metadata["tokenizer.ggml.add_bos_token"].ifPresent?.bool()
    return Tokenizer(
      model: model, added: added, special: special, addsBOS: (flag ?? addsBOS) && special.bos != nil,
      chatTemplate: try metadata["tokenizer.chat_template"].ifPresent?.string())
  }

  private static func bytePair(
    _ metadata: GGUFMetadata
  ) throws(FormatError) -> (model: any SubwordModel, added: [AddedToken], addsBOS: Bool) {
    let texts = try metadata["tokenizer.ggml.tokens"].strings()
    let kinds = try metadata["tokenizer.ggml.token_type"].integers()
    guard kinds.count == texts.count else {
      throw metadata["tokenizer.ggml.token_type"].error(
        .malformed, "has \(kinds.count) elements for \(texts.count) tokens")
    }
    var added: [AddedToken] = []
    for (id, text) in texts.enumerated() where kinds[id] == 3 || kinds[id] == 4 {
      guard (1...AddedTokens.longest).contains(text.utf8.count) else {
        throw metadata["tokenizer.ggml.tokens"].error(.limit, "the mark \(id) has \(text.utf8.count) bytes")
      }
      added.append(AddedToken(content: text, id: id, isSpecial: kinds[id] == 3))
    }
    var builder = BytePairBuilder(isByteLevel: true) { field, problem in
      metadata[field].error(.malformed, problem)
    }
    try builder.enter(texts.enumerated().map { ($0.element, $0.offset) }, field: "tokenizer.ggml.tokens")
    var pairs: [(left: String, right: String)] = []
    for text in try metadata["tokenizer.ggml.merges"].strings() {
      pairs.append(try builder.pair(text, field: "tokenizer.ggml.merges"))
    }
    var model = try builder.model(
      merges: pairs, special: added.filter(\.isSpecial), field: "tokenizer.ggml.merges")
    let name = metadata["tokenizer.ggml.pre"]
    guard let family = BytePairFamily(name: try name.string()) else {
      let known = BytePairFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw name.error(.unsupported, "\(try name.string()) is not supported; these are: \(known)")
    }
    model.splitters = family.splitters
    model.edits = family.edits
    model.ignoresMerges = family.ignoresMerges
    return (model, added, family.addsBOS)
  }
}

extension SentencePieceVocabulary {
  /// The marks of the protocol, which text may be allowed to name.
  var addedTokens: [AddedToken] {
    pieces.enumerated().compactMap { id, piece in
      piece.kind == .control && piece.text.utf8.count <= AddedTokens.longest
        ? AddedToken(content: piece.text, id: id, isSpecial: true) : nil
    }
  }
}

/// The path of a file that is there.
private func existingFile(_ name: String, in folder: URL) -> String? {
  let path = folder.appending(path: name).path(percentEncoded: false)
  return FileManager.default.fileExists(atPath: path) ? path : nil
}
