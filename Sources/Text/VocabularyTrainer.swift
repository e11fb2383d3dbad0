import CSentencePiece
import Formats

/// Makes a vocabulary of the texts that a model is to be trained on, for models that start from random weights.
///
/// ```swift
/// let trainer = VocabularyTrainer(pieceLimit: 4096, template: .vicuna)
/// let vocabulary = try trainer.train(texts)                                       // one text a message
/// let files = try TokenizerFiles(trained: vocabulary, template: .vicuna)          // files.tokenizer encodes
/// ```
///
/// It is a SentencePiece model with byte-pair encoding as LLaMA's: `<unk>`, `<s>` and `</s>` are 0, 1 and 2, a space goes
/// before each text, digits stand alone, and text is otherwise left as it is. Printable ASCII, newline and tab are always
/// pieces. With byte fallback, other characters that have no piece are written as bytes; without, they become `<unk>`, and
/// the vocabulary cannot be written into a GGUF file.
///
/// The same texts in the same order give the same bytes. Of more than `textLimit` bytes it takes stretches that lie
/// evenly over the whole.
public struct VocabularyTrainer: Sendable {
  /// From this many pieces on 256 of them are the bytes, unless the caller says otherwise.
  public static let bytesFrom = 2048
  /// The most pieces that may be asked for.
  public static let mostPieces = 1 << 20
  /// About how many bytes of text are looked at.
  public static let textLimit = 8 << 20

  /// The most pieces that the vocabulary may have.
  public let pieceLimit: Int
  /// The template that the model is to be trained with: each of its marks becomes one piece, and its words count as often
  /// as there are texts.
  public let template: ChatTemplate?
  /// Whether there is a piece for each byte, 256 in all.
  public let hasByteFallback: Bool

  /// - Parameter hasByteFallback: nil for what suits the limit.
  public init(pieceLimit: Int, template: ChatTemplate? = nil, hasByteFallback: Bool? = nil) {
    self.pieceLimit = pieceLimit
    self.template = template
    self.hasByteFallback = hasByteFallback ?? (pieceLimit >= Self.bytesFrom)
  }

  /// How few pieces may be asked for: what every vocabulary has, with the marks of the template.
  public var fewestPieces: Int {
    Self.protocolMarks.count + (hasByteFallback ? 256 : 0) + Alphabet.basic.count + addedMarks.count
  }

  private static let protocolMarks = ["<unk>", "<s>", "</s>"]
  private var addedMarks: [String] { (template?.marks ?? []).filter { !Self.protocolMarks.contains($0) } }

  /// Trains the vocabulary. Texts that support fewer pieces than the limit give fewer.
  ///
  /// With 4096 pieces, 20,000 short rows (4 MB) take 3 seconds of one core, and what is the most to be looked at 5.
  public func train(_ texts: [String]) throws(VocabularyError) -> TrainedVocabulary {
    guard pieceLimit >= fewestPieces, pieceLimit <= Self.mostPieces else {
      throw .pieceLimit(pieceLimit, allowed: fewestPieces...Self.mostPieces)
    }
    var sample = TextSample(texts, limit: Self.textLimit)
    guard sample.hasText else { throw .noText }
    if let template { sample.append(template.outline(content: "\t"), times: sample.count, limit: Self.textLimit) }
    let spare = pieceLimit - fewestPieces
    let alphabet = Alphabet(of: sample, spare: spare / 2, coverage: hasByteFallback ? Alphabet.coverageWithBytes : 1)
    let absent = alphabet.basicsAbsent(from: sample)
    let model = try Self.trained(
      sample.restricted(to: alphabet), pieceLimit: pieceLimit - addedMarks.count - absent.count,
      hasBytes: hasByteFallback)
    var vocabulary: SentencePieceVocabulary
    do throws(FormatError) {
      vocabulary = try SentencePieceVocabulary(modelProto: model, file: "the trained vocabulary")
    } catch {
      throw .library("\(error)")
    }
    complete(&vocabulary, absent: absent)
    return TrainedVocabulary(vocabulary)
  }

  /// Adds the characters that no text has, with the lowest scores, and the marks of the template.
  private func complete(_ vocabulary: inout SentencePieceVocabulary, absent: [Unicode.Scalar]) {
    var score = vocabulary.pieces.map(\.score).min() ?? 0
    for character in absent {
      score -= 1
      vocabulary.pieces.append(SentencePieceVocabulary.Piece(text: String(character), score: score))
    }
    for mark in addedMarks {
      if let id = vocabulary.pieces.firstIndex(where: { $0.text.utf8.elementsEqual(mark.utf8) }) {
        // Text made a piece of it: it is a mark from now on.
        vocabulary.pieces[id] = SentencePieceVocabulary.Piece(text: mark, kind: .control)
      } else {
        vocabulary.pieces.append(SentencePieceVocabulary.Piece(text: mark, kind: .control))
      }
    }
  }

  private static func trained(
    _ sample: TextSample, pieceLimit: Int, hasBytes: Bool
  ) throws(VocabularyError) -> [UInt8] {
    var byteCount = 0
    var message = [CChar](repeating: 0, count: 512)
    let model = csp_train(
      sample.bytes, sample.ends, sample.count, Int32(pieceLimit), hasBytes, &byteCount, &message, message.count)
    guard let model else {
      throw .library(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    defer { csp_free_model(model) }
    return Array(UnsafeBufferPointer(start: model, count: byteCount))
  }
}

/// A vocabulary that was just made, as the bytes of a `tokenizer.model`.
public struct TrainedVocabulary: Sendable, Equatable {
  /// A SentencePiece `ModelProto`.
  public let modelProto: [UInt8]
  /// How many pieces there are; ids are below this.
  public let pieceCount: Int
  /// Whether characters without a piece are written as bytes; else they become `<unk>`.
  public let hasByteFallback: Bool

  init(_ vocabulary: SentencePieceVocabulary) {
    let marks = Tokenizer.SpecialIDs(
      bos: vocabulary.controlID(vocabulary.bosPiece), eos: vocabulary.controlID(vocabulary.eosPiece))
    modelProto = vocabulary.modelProto(addsSpace: true, marks: marks)
    pieceCount = vocabulary.pieces.count
    hasByteFallback = vocabulary.pieces.contains { $0.kind == .byte }
  }
}

/// Why no vocabulary could be made.
public enum VocabularyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// So many pieces were asked for.
  case pieceLimit(Int, allowed: ClosedRange<Int>)
  /// There is no text to make it of, or nothing but white space.
  case noText
  /// What libsentencepiece says.
  case library(String)

  public var description: String {
    switch self {
    case .pieceLimit(let asked, let allowed) where asked < allowed.lowerBound:
      "a vocabulary of \(asked) pieces is too small for its marks and characters; "
        + "ask for at least \(allowed.lowerBound), better for several hundred"
    case .pieceLimit(let asked, let allowed):
      "a vocabulary of \(asked) pieces is too large; ask for at most \(allowed.upperBound)"
    case .noText: "there is no text to make a vocabulary of; name files with at least one instruction or answer"
    case .library(let text): "libsentencepiece made no vocabulary: \(text)"
    }
  }
}
