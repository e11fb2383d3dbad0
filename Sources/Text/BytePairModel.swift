/// Byte-pair encoding, over bytes (GPT-2, LLaMA 3, Qwen, SmolLM) or over characters with bytes for what the vocabulary
/// lacks (LLaMA 1 and 2 as transformers writes them).
///
/// Source: Sennrich et al. 2016, algorithm 1; Radford et al. 2019, section 2.2. Held to huggingface/tokenizers.
struct BytePairModel: SubwordModel {
  /// Pieces by id as the file writes them; nil for an id that is not in use.
  let names: [String?]
  /// The bytes that pieces stand for while merging: of text for a byte-level vocabulary, of the piece else.
  let pieces: PieceTable
  let merges: MergeTable
  var edits: [TextEdit] = []
  var splitters: [Splitter] = []
  /// A word that is a piece is that piece, whatever the merges say.
  var ignoresMerges = false
  /// The tokens of the 256 single bytes: of every text for a byte-level vocabulary, of characters it lacks else.
  var byteIDs: [Int?]
  let isByteLevel: Bool
  /// What a character becomes that is neither a piece nor bytes; nil drops it.
  var unknownID: Int?
  var fusesUnknown = false
  var decodingStripsSpace = false

  var vocabularySize: Int { names.count }

  func piece(_ id: Int) -> String? { names.indices.contains(id) ? names[id] : nil }

  func composed(_ text: String) -> String { edits.contains(.compose) ? composedForm(of: text) : text }

  func bytes(_ id: Int) -> [UInt8] {
    if isByteLevel { return Array(pieces[id]) }
    if let name = names[id], let byte = byteOfPiece(name) { return [byte] }
    return Array(pieces[id]).replacing(Splitter.spaceSymbol, with: [0x20])
  }

  func encode(_ text: ArraySlice<UInt8>, isFirst: Bool, into tokens: inout [TokenSpan]) {
    let base = text.startIndex
    var edited = EditedText(text)
    edited.apply(edits, isFirst: isFirst)
    var merger = Merger()
    edited.bytes.withUnsafeBufferPointer { bytes in
      let reader = ScalarReader(bytes: bytes)
      Splitter.split(0..<bytes.count, of: reader, by: splitters[...]) { word in
        let slice = UnsafeBufferPointer(rebasing: bytes[word])
        if ignoresMerges, let id = pieces.id(of: slice) {
          let span = edited.origin(of: word.lowerBound)..<edited.origin(of: word.upperBound)
          tokens.append(TokenSpan(id: id, bytes: base + span.lowerBound..<base + span.upperBound))
          return
        }
        merger.removeAll()
        if isByteLevel { enterBytes(slice, at: word.lowerBound, &merger) } else { enter(word, reader, &merger) }
        merger.merge(by: merges)
        var start = word.lowerBound
        merger.forEach { id, end in
          let span = edited.origin(of: start)..<edited.origin(of: end)
          tokens.append(TokenSpan(id: id, bytes: base + span.lowerBound..<base + span.upperBound))
          start = end
        }
      }
    }
  }

  private func enterBytes(_ word: UnsafeBufferPointer<UInt8>, at start: Int, _ merger: inout Merger) {
    for (offset, byte) in word.enumerated() {
      if let id = byteIDs[Int(byte)] ?? unknownID { merger.append(Int32(id), end: start + offset + 1) }
    }
  }

  private func enter(_ word: Range<Int>, _ reader: ScalarReader, _ merger: inout Merger) {
    var place = word.lowerBound
    var lastIsUnknown = false
    while place < word.upperBound {
      let count = reader.scalar(at: place).count
      let end = place + count
      let character = UnsafeBufferPointer(rebasing: reader.bytes[place..<end])
      if let id = pieces.id(of: character) {
        merger.append(Int32(id), end: end)
        lastIsUnknown = false
      } else if character.allSatisfy({ byteIDs[Int($0)] != nil }) {
        for (offset, byte) in character.enumerated() {
          merger.append(Int32(byteIDs[Int(byte)] ?? 0), end: place + offset + 1)
        }
        lastIsUnknown = false
      } else if let unknownID {
        if lastIsUnknown && fusesUnknown {
          merger.extendLast(to: end)
        } else {
          merger.append(Int32(unknownID), end: end)
        }
        lastIsUnknown = true
      }
      place = end
    }
  }
}

/// The byte that a piece such as `<0x0A>` names.
func byteOfPiece(_ piece: String) -> UInt8? {
  let text = Array(piece.utf8)
  func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x37
    default: nil
    }
  }
  guard text.count == 6, text.starts(with: Array("<0x".utf8)), text[5] == UInt8(ascii: ">"),
    let high = digit(text[3]), let low = digit(text[4])
  else { return nil }
  return high << 4 | low
}
