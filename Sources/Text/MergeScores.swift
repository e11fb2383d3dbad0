import Formats

/// A byte-pair vocabulary over characters – all that transformers 5 writes for LLaMA – as one that merges by the scores of
/// pieces, as SentencePiece and llama.cpp do.
///
/// Merging by scores joins any two neighbours whose text together is a piece, the highest score first. That gives the same
/// tokens as a list of merges if the merges of each piece stand together in the list, and the list has every way to cut a
/// piece in two pieces. Both hold where the list was made from scores in the first place; all else is refused.
struct MergeScores {
  private let model: BytePairModel
  private let special: Tokenizer.SpecialIDs
  private let marks: [Int: AddedToken]
  private let file: String

  init(_ model: BytePairModel, _ tokenizer: Tokenizer, file: String) {
    self.model = model
    special = tokenizer.special
    marks = Dictionary(tokenizer.added.tokens.map { ($0.id, $0) }) { first, _ in first }
    self.file = file
  }

  private func unsupported(_ field: String, _ problem: String) -> FormatError {
    FormatError(.unsupported, file: file, field: field, "\(problem), which a GGUF vocabulary of `llama` cannot express")
  }

  func vocabulary() throws(FormatError) -> SentencePieceVocabulary {
    var vocabulary = SentencePieceVocabulary()
    vocabulary.algorithm = .bytePair
    vocabulary.removesExtraSpaces = false
    vocabulary.addsSpace = try checkEdits()
    let scores = try scores()
    let bytes = Set(model.byteIDs.compactMap { $0 })
    guard bytes.count == 256 else { throw unsupported("model.byte_fallback", "has \(bytes.count) of the 256 bytes") }
    // With a piece for every byte nothing is unknown, but the format has a piece for it.
    guard let unknown = model.unknownID ?? special.unknown ?? marks.values.first(where: { $0.content == "<unk>" })?.id
    else { throw unsupported("model.unk_token", "there is none") }
    for (id, name) in model.names.enumerated() {
      let kind: SentencePieceVocabulary.Kind =
        if name == nil {
          .unused
        } else if id == unknown {
          .unknown
        } else if bytes.contains(id) {
          .byte
        } else if let mark = marks[id] {
          mark.isSpecial ? .control : .userDefined
        } else {
          .normal
        }
      vocabulary.pieces.append(
        SentencePieceVocabulary.Piece(text: name ?? "", score: kind == .normal ? scores[id] : 0, kind: kind))
    }
    return vocabulary
  }

  /// Whether a space is put before the text; anything else that changes it is refused.
  private func checkEdits() throws(FormatError) -> Bool {
    let space = Splitter.spaceSymbol
    var addsSpace = false
    for edit in model.edits {
      switch edit {
      case .replace([0x20], with: space): continue
      case .prepend(space, _, _): addsSpace = true
      default: throw unsupported("normalizer", "changes text in another way than spaces")
      }
    }
    guard model.splitters.allSatisfy({ $0 == .beforeSpaces }), !model.ignoresMerges else {
      throw unsupported("pre_tokenizer", "cuts text before it is merged")
    }
    return addsSpace
  }

  /// By id: less the later the merges that make the piece come. Single characters come last, they are never made.
  private func scores() throws(FormatError) -> [Float] {
    var scores = [Float](repeating: 0, count: model.names.count)
    var order: [Int] = []
    var seen: Set<Int> = []
    for merge in model.merges.ranked where order.last != merge.id {
      guard seen.insert(merge.id).inserted else {
        throw unsupported("model.merges", "merges that make token \(merge.id) do not stand together")
      }
      order.append(merge.id)
    }
    for (rank, id) in order.enumerated() { scores[id] = -Float(rank) }
    for id in model.names.indices where model.names[id] != nil && marks[id] == nil {
      let piece = Array(model.pieces[id])
      guard model.pieces.id(of: piece) == id, piece.count > 1 else { continue }
      if !seen.contains(id) { scores[id] = -Float(order.count) }
      for cut in 1..<piece.count where piece[cut] & 0xC0 != 0x80 {
        guard let left = findable(piece[..<cut]), let right = findable(piece[cut...]) else { continue }
        guard model.merges[Int32(left), Int32(right)]?.id == Int32(id) else {
          throw unsupported("model.merges", "the tokens \(left) and \(right) make token \(id) and are not in the list")
        }
      }
    }
    return scores
  }

  /// The piece of these bytes that text may become.
  private func findable(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let id = model.pieces.id(of: bytes), marks[id] == nil, id != model.unknownID,
      model.names[id].flatMap(byteOfPiece) == nil
    else { return nil }
    return id
  }
}
