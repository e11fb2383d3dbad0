import Formats

/// A vocabulary as the `tokenizer.ggml` keys of a GGUF file hold it.
///
/// Source: gguf-py, gguf/constants.py; llama.cpp, convert_hf_to_gguf.py and src/llama-vocab.cpp.
struct GGUFVocabulary {
  /// `llama` merges by the scores of pieces, `gpt2` by a list of merges over bytes.
  enum Model {
    case llama(addsSpace: Bool)
    case gpt2(BytePairFamily, merges: [String])
  }

  /// What llama.cpp's own converter scores pieces that no text may become.
  static let unusedScore: Float = -10_000
  /// Likewise for pieces that were added to a model's vocabulary later.
  static let addedScore: Float = -1000

  let model: Model
  /// By id.
  private(set) var pieces: [SentencePieceVocabulary.Piece]
  /// The file that errors name.
  let file: String

  /// - Throws: Where two pieces are the same, which llama.cpp takes for a broken file.
  init(_ model: Model, pieces: [SentencePieceVocabulary.Piece], file: String) throws(FormatError) {
    self.model = model
    self.pieces = pieces
    self.file = file
    // A piece without text is one that is not in use.
    var seen: [[UInt8]: Int] = [:]
    for (id, piece) in pieces.enumerated() where !piece.text.isEmpty {
      if let first = seen.updateValue(id, forKey: Array(piece.text.utf8)) {
        throw FormatError(
          .unsupported, file: file, "the tokens \(first) and \(id) have the same text, which GGUF cannot express")
      }
    }
  }

  /// Appends the tokens that were added to the vocabulary, and pieces that no text becomes, until there is one for each
  /// row of the model's embedding. Added tokens for which the model has no row are left out.
  ///
  /// - Throws: When the vocabulary itself has more pieces than the model has rows.
  mutating func fill(upTo size: Int, with added: [AddedToken]) throws(FormatError) {
    let marks = Set(added.map(\.id))
    while pieces.count > size, let last = pieces.last, last.text.isEmpty || marks.contains(pieces.count - 1) {
      pieces.removeLast()
    }
    try Self.check(size, for: pieces.count, file: file)
    for _ in pieces.count..<size {
      pieces.append(SentencePieceVocabulary.Piece(text: "", score: Self.unusedScore, kind: .unused))
    }
    let texts = Set(pieces.lazy.map { Array($0.text.utf8) })
    for token in added where token.id < size && pieces[token.id].text.isEmpty {
      guard !texts.contains(Array(token.content.utf8)) else {
        throw FormatError(
          .unsupported, file: file, "the added token \(token.id) is written like another, which GGUF cannot express")
      }
      pieces[token.id] = SentencePieceVocabulary.Piece(
        text: token.content, score: Self.addedScore, kind: token.isSpecial ? .control : .userDefined)
    }
    nameUnused()
  }

  static func check(_ size: Int, for count: Int, file: String) throws(FormatError) {
    guard count <= size else {
      throw FormatError(.malformed, file: file, "has \(count) tokens, but the model's vocab_size is \(size)")
    }
    guard size - count <= BytePairBuilder.largestGap else {
      throw FormatError(
        .limit, file: file,
        "has \(count) tokens and the model's vocab_size is \(size); at most \(BytePairBuilder.largestGap) may be unused"
      )
    }
  }

  /// Gives the pieces that have none a name that no other piece has.
  private mutating func nameUnused() {
    let names = Self.unusedNames(pieces.indices.filter { pieces[$0].text.isEmpty }, besides: pieces.map(\.text))
    for (id, name) in names { pieces[id].text = name }
  }

  /// Names for ids that are not in use: `[PAD32000]`, as llama.cpp's converter has them.
  static func unusedNames(_ ids: [Int], besides texts: [String]) -> [(id: Int, name: String)] {
    let taken = Set(texts.lazy.map { Array($0.utf8) })
    return ids.map { id in
      var name = "[PAD\(id)]"
      while taken.contains(Array(name.utf8)) { name = "[\(name)]" }
      return (id, name)
    }
  }

  /// The entries that say what the pieces are; those of the marks are `Tokenizer`'s.
  var entries: [(key: String, value: GGUFValue)] {
    let kinds = pieces.map { Int32($0.kind.rawValue) }
    let tokens: (key: String, value: GGUFValue) = ("tokenizer.ggml.tokens", .array(.string(pieces.map(\.text))))
    switch model {
    case .llama(let addsSpace):
      return [
        ("tokenizer.ggml.model", .string("llama")), ("tokenizer.ggml.pre", .string("default")), tokens,
        ("tokenizer.ggml.scores", .array(.float32(pieces.map(\.score)))),
        ("tokenizer.ggml.token_type", .array(.int32(kinds))),
        ("tokenizer.ggml.add_space_prefix", .bool(addsSpace)),
      ]
    case .gpt2(let family, let merges):
      return [
        ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string(family.rawValue)), tokens,
        ("tokenizer.ggml.token_type", .array(.int32(kinds))), ("tokenizer.ggml.merges", .array(.string(merges))),
      ]
    }
  }
}

extension GGUFVocabulary {
  /// The vocabulary of a loaded tokenizer.
  ///
  /// - Throws: Names what GGUF has no way to say, so that ids would differ.
  init(_ tokenizer: Tokenizer, file: String) throws(FormatError) {
    for token in tokenizer.added.tokens where token.stripsLeft || token.stripsRight || token.isWholeWord {
      throw FormatError(
        .unsupported, file: file,
        "the added token \(token.id) takes in white space or stands only between words, which GGUF cannot express")
    }
    switch tokenizer.model {
    case let model as SentencePieceModel:
      try self.init(model.vocabulary, addsSpace: model.decodingStripsSpace, file: file)
    case let model as BytePairModel where model.isByteLevel:
      try self.init(byteLevel: model, added: tokenizer.added.tokens, file: file)
    case let model as BytePairModel:
      let vocabulary = try MergeScores(model, tokenizer, file: file).vocabulary()
      try self.init(vocabulary, addsSpace: vocabulary.addsSpace, file: file)
    case let other: preconditionFailure("\(type(of: other)) is no model that a file holds")
    }
  }

  /// - Parameter addsSpace: llama.cpp puts the space also after each mark of the protocol; a model that does so only
  ///   before the first text differs there.
  init(_ vocabulary: SentencePieceVocabulary, addsSpace: Bool, file: String) throws(FormatError) {
    func unsupported(_ field: String, _ problem: String) -> FormatError {
      FormatError(
        .unsupported, file: file, field: field, "\(problem), which a GGUF vocabulary of `llama` cannot express")
    }
    if vocabulary.algorithm != .bytePair { throw unsupported("trainer_spec.model_type", "is unigram") }
    if !vocabulary.characterMap.isEmpty { throw unsupported("normalizer_spec.name", "is \(vocabulary.normalization)") }
    if vocabulary.removesExtraSpaces { throw unsupported("normalizer_spec.remove_extra_whitespaces", "is true") }
    if !vocabulary.pieces.contains(where: { $0.kind == .byte }) {
      throw unsupported("pieces", "there are none for the 256 bytes")
    }
    try self.init(.llama(addsSpace: addsSpace), pieces: vocabulary.pieces, file: file)
  }

  init(byteLevel model: BytePairModel, added: [AddedToken], file: String) throws(FormatError) {
    let family = try model.family(file: file)
    let marks = Dictionary(added.map { ($0.id, $0) }) { first, _ in first }
    let pieces = model.names.enumerated().map { id, name in
      guard let name else { return SentencePieceVocabulary.Piece(text: "", kind: .unused) }
      let kind = marks[id].map { $0.isSpecial ? SentencePieceVocabulary.Kind.control : .userDefined }
      return SentencePieceVocabulary.Piece(text: name, kind: kind ?? .normal)
    }
    let merges = model.merges.ranked.map { "\(pieces[$0.left].text) \(pieces[$0.right].text)" }
    try self.init(.gpt2(family, merges: merges), pieces: pieces, file: file)
  }
}

extension BytePairModel {
  /// The family under whose name GGUF can hold this model.
  fileprivate func family(file: String) throws(FormatError) -> BytePairFamily {
    func unsupported(_ field: String, _ problem: String) -> FormatError {
      FormatError(.unsupported, file: file, field: field, "\(problem), for which GGUF has no name")
    }
    guard let family = BytePairFamily.allCases.first(where: { $0.splitters == splitters }) else {
      throw unsupported("pre_tokenizer", "cuts text in a way")
    }
    guard family.edits == edits else {
      let problem = family == .qwen2 ? "Qwen2's cutting without NFC" : "changes text before it is cut"
      throw unsupported(edits.contains(.compose) ? "normalizer" : "pre_tokenizer", problem)
    }
    // Where merges make every piece that is a word, it does not matter whether they count.
    if family.ignoresMerges != ignoresMerges, let id = names.indices.first(where: { !isMadeByMerges($0) }) {
      throw unsupported(
        "model.ignore_merges", "is \(ignoresMerges) and no merges make token \(id) in a \(family.rawValue) vocabulary")
    }
    if unknownID != nil, byteIDs.contains(nil) {
      throw unsupported("model.unk_token", "stands for bytes that the vocabulary lacks")
    }
    return family
  }

  /// Whether the merges alone make the piece of its bytes; true for what no text becomes.
  private func isMadeByMerges(_ id: Int) -> Bool {
    let bytes = Array(pieces[id])
    guard pieces.id(of: bytes) == id else { return true }
    var merger = Merger()
    for (place, byte) in bytes.enumerated() {
      guard let single = byteIDs[Int(byte)] else { return false }
      merger.append(Int32(single), end: place + 1)
    }
    merger.merge(by: merges)
    var found: [Int] = []
    merger.forEach { id, _ in found.append(id) }
    return found == [id]
  }
}
