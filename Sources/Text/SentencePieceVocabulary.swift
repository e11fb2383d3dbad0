import Formats

/// What a SentencePiece model is made of, wherever it was read.
///
/// libsentencepiece is never given the bytes of a file but those that `modelProto` writes out of checked values.
/// Source of the numbers: google/sentencepiece, src/sentencepiece_model.proto.
struct SentencePieceVocabulary: Sendable, Equatable {
  enum Kind: Int, Sendable { case normal = 1, unknown, control, userDefined, unused, byte }
  enum Algorithm: Int, Sendable { case unigram = 1, bytePair = 2 }

  struct Piece: Sendable, Equatable {
    var text: String
    var score: Float = 0
    var kind = Kind.normal
  }

  var pieces: [Piece] = []
  var algorithm = Algorithm.unigram
  var normalization = "identity"
  /// SentencePiece's own compiled rules; empty for `identity`.
  var characterMap: [UInt8] = []
  /// Puts a space before the text, so that a word is the same piece wherever it stands.
  var addsSpace = true
  var removesExtraSpaces = true
  /// What decoding writes for the unknown piece.
  var unknownSurface = " \u{2047} "
  var bosPiece = "<s>"
  var eosPiece = "</s>"
  var padPiece = "<pad>"

  /// The model in the library's format, with or without the space before the text.
  ///
  /// - Parameter marks: For a file that others read: which pieces are the marks of the protocol.
  func modelProto(addsSpace: Bool, marks: Tokenizer.SpecialIDs? = nil) -> [UInt8] {
    var model = ProtobufWriter()
    for piece in pieces {
      var message = ProtobufWriter()
      message.write(1, Array(piece.text.utf8))
      message.write(2, piece.score)
      message.write(3, piece.kind.rawValue)
      model.write(1, message.bytes)
    }
    var trainer = ProtobufWriter()
    trainer.write(3, algorithm.rawValue)
    trainer.write(4, pieces.count)
    trainer.write(35, pieces.contains { $0.kind == .byte } ? 1 : 0)
    if let marks { write(marks, into: &trainer) }
    model.write(2, trainer.bytes)
    var normalizer = ProtobufWriter()
    normalizer.write(1, Array(normalization.utf8))
    normalizer.write(2, characterMap)
    normalizer.write(3, addsSpace ? 1 : 0)
    normalizer.write(4, removesExtraSpaces ? 1 : 0)
    normalizer.write(5, 1)
    model.write(3, normalizer.bytes)
    return model.bytes
  }

  /// -1 is the library's own word for none.
  private func write(_ marks: Tokenizer.SpecialIDs, into trainer: inout ProtobufWriter) {
    let unknown = pieces.firstIndex { $0.kind == .unknown }
    for (place, id) in [unknown, marks.bos, marks.eos, marks.padding].enumerated() {
      trainer.write(40 + place, id ?? -1)
      if let id { trainer.write(45 + place, Array(pieces[id].text.utf8)) }
    }
  }

  /// The id of the control piece with this text.
  func controlID(_ text: String) -> Int? {
    pieces.firstIndex { $0.kind == .control && $0.text.utf8.elementsEqual(text.utf8) }
  }

  /// Checks what the library takes for granted.
  func check(file: String) throws(FormatError) {
    func error(_ field: String, _ problem: String) -> FormatError {
      FormatError(.malformed, file: file, field: field, problem)
    }
    var seen: Set<[UInt8]> = []
    var bytes: Set<UInt8> = []
    for (id, piece) in pieces.enumerated() {
      let field = "pieces[\(id)]"
      if piece.text.isEmpty { throw error(field, "is empty") }
      if !seen.insert(Array(piece.text.utf8)).inserted { throw error(field, "is the same as an earlier piece") }
      if piece.text.unicodeScalars.contains("\0") { throw error(field, "holds a zero character") }
      if !piece.score.isFinite { throw error(field, "has the score \(piece.score)") }
      if piece.kind == .byte {
        guard let byte = byteOfPiece(piece.text) else { throw error(field, "is no byte from <0x00> to <0xFF>") }
        bytes.insert(byte)
      }
    }
    let unknown = pieces.count { $0.kind == .unknown }
    if unknown != 1 { throw error("pieces", "\(unknown) of them are the unknown piece; there must be one") }
    if !bytes.isEmpty && bytes.count < 256 { throw error("pieces", "only \(bytes.count) of the 256 bytes have one") }
    try checkCharacterMap(file: file)
  }

  /// Checks that no walk through the compiled rules leaves them.
  ///
  /// They are the byte count of a double array, the array (Darts-clone: 32-bit units), and the replacements, each
  /// ended by a zero. A step goes from unit i to `i ^ offset ^ byte`, so it stays inside when the whole block of 256
  /// does. Source: s-yata/darts-clone, include/darts.h.
  private func checkCharacterMap(file: String) throws(FormatError) {
    func error(_ problem: String) -> FormatError {
      FormatError(.malformed, file: file, field: "normalizer_spec.precompiled_charsmap", problem)
    }
    if characterMap.isEmpty { return }
    func word(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(characterMap[place + $1]) << (8 * $1) } }
    guard characterMap.count > 4 else { throw error("has \(characterMap.count) bytes") }
    let arrayBytes = word(0)
    let texts = characterMap.count - 4 - arrayBytes
    guard arrayBytes >= 1024, arrayBytes % 1024 == 0, texts > 0, characterMap.last == 0 else {
      throw error("its array has \(arrayBytes) of \(characterMap.count) bytes, or its texts do not end")
    }
    let units = arrayBytes / 4
    for place in 0..<units {
      let unit = word(4 + place * 4)
      if unit >> 31 == 1 {
        guard unit & 0x7FFF_FFFF < texts else { throw error("unit \(place) names a text beyond the end") }
      } else {
        let offset = (unit >> 10) << ((unit & 0x200) >> 6)
        guard (place ^ offset) | 0xFF < units else { throw error("unit \(place) leads out of the array") }
      }
    }
  }
}

extension SentencePieceVocabulary {
  /// Reads a `tokenizer.model`.
  init(modelProto bytes: [UInt8], file: String) throws(FormatError) {
    algorithm = .unigram
    var reader = ProtobufReader(bytes, 0..<bytes.count, file: file)
    while let field = try reader.next() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1: pieces.append(try Self.piece(bytes, range, "pieces[\(pieces.count)]", file: file))
      case 2: try readTrainer(bytes, range, file: file)
      case 3: try readNormalizer(bytes, range, file: file)
      default: break
      }
    }
    if pieces.isEmpty { throw FormatError(.malformed, file: file, "is no SentencePiece model: it has no pieces") }
    try check(file: file)
  }

  private static func text(
    _ bytes: [UInt8], _ range: Range<Int>, _ field: String, file: String
  ) throws(FormatError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw FormatError(.malformed, file: file, field: field, offset: range.lowerBound, "is no UTF-8")
    }
    return text
  }

  private static func piece(
    _ bytes: [UInt8], _ range: Range<Int>, _ name: String, file: String
  ) throws(FormatError) -> Piece {
    var piece = Piece(text: "")
    var reader = ProtobufReader(bytes, range, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): piece.text = try text(bytes, range, name, file: file)
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .varint(let number)):
        guard let kind = Int(exactly: number).flatMap(Kind.init) else {
          throw FormatError(.malformed, file: file, field: name, offset: range.lowerBound, "has the type \(number)")
        }
        piece.kind = kind
      default: break
      }
    }
    return piece
  }

  private mutating func readTrainer(_ bytes: [UInt8], _ range: Range<Int>, file: String) throws(FormatError) {
    var reader = ProtobufReader(bytes, range, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (3, .varint(let number)):
        guard let known = Int(exactly: number).flatMap(Algorithm.init) else {
          throw FormatError(
            .unsupported, file: file, field: "trainer_spec.model_type",
            "is \(number); unigram (1) and BPE (2) are supported")
        }
        algorithm = known
      case (24, .varint(let flag)) where flag != 0:
        throw FormatError(.unsupported, file: file, field: "trainer_spec.treat_whitespace_as_suffix", "is true")
      case (44, .bytes(let range)): unknownSurface = try Self.text(bytes, range, "trainer_spec.unk_surface", file: file)
      case (46, .bytes(let range)): bosPiece = try Self.text(bytes, range, "trainer_spec.bos_piece", file: file)
      case (47, .bytes(let range)): eosPiece = try Self.text(bytes, range, "trainer_spec.eos_piece", file: file)
      case (48, .bytes(let range)): padPiece = try Self.text(bytes, range, "trainer_spec.pad_piece", file: file)
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ bytes: [UInt8], _ range: Range<Int>, file: String) throws(FormatError) {
    var reader = ProtobufReader(bytes, range, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let range)): normalization = try Self.text(bytes, range, "normalizer_spec.name", file: file)
      case (2, .bytes(let range)): characterMap = Array(bytes[range])
      case (3, .varint(let flag)): addsSpace = flag != 0
      case (4, .varint(let flag)): removesExtraSpaces = flag != 0
      case (5, .varint(let flag)) where flag == 0:
        throw FormatError(.unsupported, file: file, field: "normalizer_spec.escape_whitespaces", "is false")
      default: break
      }
    }
  }

  /// Reads the vocabulary of a GGUF file whose `tokenizer.ggml.model` is `llama`.
  init(_ metadata: GGUFMetadata) throws(FormatError) {
    let texts = try metadata["tokenizer.ggml.tokens"].strings()
    let scores = try metadata["tokenizer.ggml.scores"].floats()
    let kinds = try metadata["tokenizer.ggml.token_type"].integers()
    for (key, count) in [("scores", scores.count), ("token_type", kinds.count)] where count != texts.count {
      throw metadata["tokenizer.ggml.\(key)"].error(.malformed, "has \(count) elements for \(texts.count) tokens")
    }
    algorithm = .bytePair
    for (id, text) in texts.enumerated() {
      guard let kind = Kind(rawValue: kinds[id]) else {
        throw metadata["tokenizer.ggml.token_type"].error(.malformed, "token \(id) has the type \(kinds[id])")
      }
      pieces.append(Piece(text: text, score: scores[id], kind: kind))
    }
    addsSpace = try metadata["tokenizer.ggml.add_space_prefix"].ifPresent?.bool() ?? true
    removesExtraSpaces = try metadata["tokenizer.ggml.remove_extra_whitespaces"].ifPresent?.bool() ?? false
    try check(file: metadata.file)
  }
}
