import CSentencePiece
import Formats

/// A model of libsentencepiece.
///
/// Invalid UTF-8 cannot reach it: `Tokenizer` repairs text first.
final class SentencePieceModel: SubwordModel {
  /// Where the space before text goes.
  enum SpaceScheme: Sendable { case always, first, never }

  /// Owns the library's object.
  private final class Processor: Sendable {
    // The library's objects are immutable once loaded, and encoding is const: any thread may use the pointer.
    nonisolated(unsafe) let raw: OpaquePointer

    init(_ model: [UInt8], file: String) throws(FormatError) {
      var message = [CChar](repeating: 0, count: 512)
      guard let raw = csp_open(model, model.count, &message, message.count) else {
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw FormatError(.malformed, file: file, "libsentencepiece refuses the model: \(text)")
      }
      self.raw = raw
    }

    deinit { csp_close(raw) }
  }

  let vocabulary: SentencePieceVocabulary
  private let scheme: SpaceScheme
  private let spaced: Processor?
  private let bare: Processor?

  /// - Parameter scheme: Counts only for a vocabulary that adds a space at all.
  init(_ vocabulary: SentencePieceVocabulary, scheme: SpaceScheme, file: String) throws(FormatError) {
    self.vocabulary = vocabulary
    self.scheme = vocabulary.addsSpace ? scheme : .never
    spaced = self.scheme == .never ? nil : try Processor(vocabulary.modelProto(addsSpace: true), file: file)
    bare = self.scheme == .always ? nil : try Processor(vocabulary.modelProto(addsSpace: false), file: file)
  }

  var vocabularySize: Int { vocabulary.pieces.count }
  var decodingStripsSpace: Bool { scheme != .never }

  func piece(_ id: Int) -> String? {
    vocabulary.pieces.indices.contains(id) ? vocabulary.pieces[id].text : nil
  }

  func bytes(_ id: Int) -> [UInt8] {
    let piece = vocabulary.pieces[id]
    switch piece.kind {
    case .byte: return byteOfPiece(piece.text).map { [$0] } ?? []
    case .unknown: return Array(vocabulary.unknownSurface.utf8)
    default: return Array(piece.text.utf8).replacing(Splitter.spaceSymbol, with: [0x20])
    }
  }

  func encode(_ text: ArraySlice<UInt8>, isFirst: Bool, into tokens: inout [TokenSpan]) {
    let processor = scheme == .always || scheme == .first && isFirst ? spaced : bare
    guard let processor, !text.isEmpty else { return }
    var count = 0
    let found = text.withUnsafeBufferPointer { bytes in
      bytes.baseAddress.flatMap { csp_encode(processor.raw, $0, bytes.count, &count) }
    }
    // Encoding valid UTF-8 with a loaded model fails only when memory runs out.
    guard let found else { fatalError("libsentencepiece could not encode \(text.count) bytes") }
    defer { csp_free(found) }
    tokens.reserveCapacity(tokens.count + count)
    for token in UnsafeBufferPointer(start: found, count: count) {
      let range = text.startIndex + Int(token.begin)..<text.startIndex + Int(token.end)
      tokens.append(TokenSpan(id: Int(token.id), bytes: range))
    }
  }
}
