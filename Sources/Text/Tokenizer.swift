/// Turns text into the token ids of a model, and back.
///
/// ```swift
/// let tokenizer = try Tokenizer.load(model: URL(filePath: "models/tinyllama"))
/// let ids = tokenizer.encode("Once upon a time")      // [1, 9038, 2501, 263, 931]
/// tokenizer.decode(ids, skippingSpecial: true)        // "Once upon a time"
/// ```
///
/// Text is taken as UTF-8; what is not UTF-8 becomes U+FFFD, one for each maximal part of a broken character, as
/// Python's `errors="replace"` and the Unicode standard have it. Marks of the protocol such as `</s>` never arise from
/// text unless the caller allows it; tokens that a model's makers added as plain text always do.
public struct Tokenizer: Sendable {
  /// The ids with a part in the protocol; nil where the model has none.
  public struct SpecialIDs: Sendable, Equatable {
    public var bos: Int?
    public var eos: Int?
    public var unknown: Int?
    public var padding: Int?
    /// Each of these ends an answer: `eos` and the marks that end a turn.
    public var ends: Set<Int> = []
  }

  public let special: SpecialIDs
  /// Whether the model was trained with BOS before each text.
  public let addsBOS: Bool
  /// The model's own chat template, in Jinja, where it has one.
  public let chatTemplate: String?
  /// Ids are below this.
  public let vocabularySize: Int

  let model: any SubwordModel
  let added: AddedTokens
  /// Added tokens by id.
  private let addedByID: [Int: AddedToken]
  private let controlIDs: Set<Int>

  init(
    model: any SubwordModel, added: [AddedToken], special: SpecialIDs, addsBOS: Bool, chatTemplate: String?
  ) {
    self.model = model
    self.added = AddedTokens(added)
    self.special = special
    self.addsBOS = addsBOS
    self.chatTemplate = chatTemplate
    addedByID = Dictionary(added.map { ($0.id, $0) }) { first, _ in first }
    controlIDs = Set(added.filter(\.isSpecial).map(\.id))
    vocabularySize = max(model.vocabularySize, (added.map(\.id).max() ?? -1) + 1)
  }
}

extension Tokenizer {
  /// The ids of `text`.
  ///
  /// - Parameters:
  ///   - addBOS: Whether BOS comes first; nil for what the model was trained with. Nothing where it has no BOS.
  ///   - allowSpecial: Whether text such as `</s>` becomes the token of that name. False for text from a user.
  public func encode(_ text: String, addBOS: Bool? = nil, allowSpecial: Bool = false) -> [Int] {
    encodeSpans(Array(text.utf8), addBOS: addBOS, allowSpecial: allowSpecial).map(\.id)
  }

  /// The ids of bytes that may not be UTF-8.
  public func encode(bytes: [UInt8], addBOS: Bool? = nil, allowSpecial: Bool = false) -> [Int] {
    encode(String(decoding: bytes, as: UTF8.self), addBOS: addBOS, allowSpecial: allowSpecial)
  }

  /// The tokens of `text` with the bytes of its UTF-8 that each stands for.
  ///
  /// Where the model composes characters first (NFC: Qwen), spans count in the composed text; see `composed(_:)`.
  public func encodeSpans(_ text: String, addBOS: Bool? = nil, allowSpecial: Bool = false) -> [TokenSpan] {
    encodeSpans(Array(text.utf8), addBOS: addBOS, allowSpecial: allowSpecial)
  }

  /// `text` after the Unicode normalization that the model's tokenizer starts with, if any.
  public func composed(_ text: String) -> String { model.composed(text) }

  private func encodeSpans(_ text: [UInt8], addBOS: Bool?, allowSpecial: Bool) -> [TokenSpan] {
    var tokens: [TokenSpan] = []
    if addBOS ?? addsBOS, let bos = special.bos { tokens.append(TokenSpan(id: bos, bytes: 0..<0)) }
    encode(text[...], isFirst: true, allowSpecial: allowSpecial, into: &tokens)
    return tokens
  }

  /// Appends the tokens of a stretch of text; spans are indices of the slice.
  func encode(_ text: ArraySlice<UInt8>, isFirst: Bool, allowSpecial: Bool, into tokens: inout [TokenSpan]) {
    let base = text.startIndex
    var place = base
    func plain(to end: Int) {
      guard place < end else { return }
      model.encode(text[place..<end], isFirst: isFirst && place == base, into: &tokens)
    }
    for match in added.matches(in: Array(text), allowSpecial: allowSpecial) {
      plain(to: base + match.range.lowerBound)
      place = base + match.range.upperBound
      tokens.append(TokenSpan(id: match.token.id, bytes: base + match.range.lowerBound..<place))
    }
    plain(to: text.endIndex)
  }
}

extension Tokenizer {
  /// The token as the vocabulary writes it, such as `▁the` or `Ġthe`; nil for an id that is not in use.
  public func piece(_ id: Int) -> String? { addedByID[id]?.content ?? model.piece(id) }

  /// The id of a piece or added token that is written so.
  public func id(of piece: String) -> Int? {
    if let token = added.token(piece) { return token.id }
    return (0..<model.vocabularySize).first { model.piece($0).map { $0.utf8.elementsEqual(piece.utf8) } ?? false }
  }

  /// Whether the id is a mark of the protocol and stands for no text.
  public func isSpecial(_ id: Int) -> Bool { controlIDs.contains(id) }

  /// The bytes that the token stands for, as part of longer text. Empty for an id that is not in use.
  public func bytes(_ id: Int) -> [UInt8] {
    if let token = addedByID[id] { return id == special.unknown ? Array(model.bytes(id)) : Array(token.content.utf8) }
    return model.piece(id) == nil ? [] : model.bytes(id)
  }

  /// The text of the ids. Bytes that are no UTF-8 become U+FFFD.
  ///
  /// - Parameter skippingSpecial: Leaves out marks of the protocol.
  public func decode(_ ids: [Int], skippingSpecial: Bool = true) -> String {
    var stream = TextStream(self, skippingSpecial: skippingSpecial)
    var text = ""
    for id in ids { text += stream.append(id) }
    return text + stream.finish()
  }

  /// Whether a space that starts the decoded text is one that encoding put there.
  var stripsFirstSpace: Bool { model.decodingStripsSpace }
}
