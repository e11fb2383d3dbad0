import Formats

/// Turns byte-pair encoding over characters, as a tokenizer.json has it, into a SentencePiece vocabulary.
///
/// A SentencePiece model has no list of merges: any two neighbours that make a piece may merge, and the piece of the
/// highest score goes first, of equal ones the leftmost. Ids are the same where the list has a merge for every way to
/// make a piece of two, and all merges of one piece follow each other; so they do in each list that was itself made from
/// a SentencePiece model. The score of a piece is then minus the rank of its merges.
///
/// One thing stays different: a Metaspace pre-tokenizer puts no space before text that starts with one, SentencePiece
/// and llama.cpp do.
struct MergeScores {
  /// Pieces are cut in every way that there is, so their length is bounded.
  static let longestPiece = 512

  private let model: BytePairModel
  private let file: String
  private let addsSpace: Bool
  private let kinds: [SentencePieceVocabulary.Kind]

  init(_ model: BytePairModel, _ tokenizer: Tokenizer, file: String) throws(FormatError) {
    func unsupported(_ field: String, _ problem: String) -> FormatError {
      FormatError(.unsupported, file: file, field: field, "\(problem), which GGUF cannot express")
    }
    guard !model.byteIDs.contains(nil) else {
      throw unsupported("model.byte_fallback", "there are no pieces for the 256 bytes")
    }
    let space = Splitter.spaceSymbol
    let replaces = TextEdit.replace([0x20], with: space)
    switch model.edits {
    case [replaces]: addsSpace = false
    case [replaces, .prepend(space, onlyFirst: false, unlessPresent: true)],
      [replaces, .prepend(space, onlyFirst: true, unlessPresent: true)],
      [.prepend(space, onlyFirst: false, unlessPresent: false), replaces]:
      addsSpace = true
    default: throw unsupported("normalizer", "text is changed in another way than by U+2581 for spaces")
    }
    let found = [model.unknownID, tokenizer.special.unknown, tokenizer.added.token("<unk>")?.id].compactMap { $0 }
    guard let unknownID = found.first else { throw unsupported("model.unk_token", "there is no unknown token") }
    var kinds = model.names.map { $0 == nil ? SentencePieceVocabulary.Kind.unused : .normal }
    for token in tokenizer.added.tokens { kinds[token.id] = token.isSpecial ? .control : .userDefined }
    for id in model.byteIDs.compactMap({ $0 }) { kinds[id] = .byte }
    kinds[unknownID] = .unknown
    self.model = model
    self.file = file
    self.kinds = kinds
  }

  /// - Throws: Names a piece for which merging by score would differ.
  func vocabulary() throws(FormatError) -> SentencePieceVocabulary {
    let ranks = try ranks()
    try checkMerges(ranks)
    var vocabulary = SentencePieceVocabulary()
    vocabulary.algorithm = .bytePair
    vocabulary.addsSpace = addsSpace
    vocabulary.removesExtraSpaces = false
    // Pieces that no merge makes are single characters; their scores count for nothing.
    var last = ranks.compactMap { $0 }.count
    for (id, kind) in kinds.enumerated() {
      var piece = SentencePieceVocabulary.Piece(text: model.names[id] ?? "", kind: kind)
      if kind == .normal {
        piece.score = -Float(ranks[id] ?? last)
        if ranks[id] == nil { last += 1 }
      }
      vocabulary.pieces.append(piece)
    }
    return vocabulary
  }

  private func unsupported(_ field: String, _ problem: String) -> FormatError {
    FormatError(
      .unsupported, file: file, field: field, "\(problem), so that merging by score as GGUF does would differ")
  }

  /// By id, the place of a piece in the order in which merges make them; nil where none does.
  private func ranks() throws(FormatError) -> [Int?] {
    var ranks = [Int?](repeating: nil, count: kinds.count)
    var count = 0
    var previous: Int?
    for (_, _, id) in model.merges.ranked where id != previous {
      if ranks[id] != nil { throw unsupported("model.merges", "those of token \(id) do not follow each other") }
      ranks[id] = count
      count += 1
      previous = id
    }
    return ranks
  }

  private func checkMerges(_ ranks: [Int?]) throws(FormatError) {
    for (id, kind) in kinds.enumerated() where kind == .normal {
      let bytes = Array(model.pieces[id])
      guard bytes.count <= Self.longestPiece else {
        throw FormatError(
          .limit, file: file, "token \(id) has \(bytes.count) bytes; \(Self.longestPiece) are supported")
      }
      let starts = bytes.indices.dropFirst().filter { bytes[$0] & 0xC0 != 0x80 }
      for start in starts {
        guard let left = symbol(bytes[..<start], ranks), let right = symbol(bytes[start...], ranks) else { continue }
        guard model.merges[Int32(left), Int32(right)]?.id == Int32(id) else {
          throw unsupported("model.merges", "tokens \(left) and \(right) make token \(id), but there is no such merge")
        }
      }
      if model.ignoresMerges, !starts.isEmpty, ranks[id] == nil {
        throw unsupported("model.ignore_merges", "no merge makes token \(id), which is a word")
      }
      if model.splitters.contains(.beforeSpaces), bytes.dropFirst().contains(sequence: Splitter.spaceSymbol) {
        throw unsupported("pre_tokenizer", "token \(id) spans a space at which text is cut")
      }
    }
  }

  /// The id of a piece that can stand beside another while merging: a character, or what a merge makes.
  private func symbol(_ bytes: ArraySlice<UInt8>, _ ranks: [Int?]) -> Int? {
    guard let id = model.pieces.id(of: bytes), kinds[id] == .normal else { return nil }
    let isCharacter = !bytes.dropFirst().contains { $0 & 0xC0 != 0x80 }
    return isCharacter || ranks[id] != nil ? id : nil
  }
}

extension Collection where Element == UInt8 {
  fileprivate func contains(sequence: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: sequence) }
  }
}
