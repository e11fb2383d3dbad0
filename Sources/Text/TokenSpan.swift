/// A token and the bytes of the encoded UTF-8 text that it stands for.
///
/// Spans follow one another. A token that stands for no bytes of the text, such as BOS or the space that a model puts
/// first, has an empty span. Tokens that share a character of several bytes may split it anywhere.
public struct TokenSpan: Sendable, Equatable {
  public var id: Int
  public var bytes: Range<Int>

  public init(id: Int, bytes: Range<Int>) {
    self.id = id
    self.bytes = bytes
  }
}

/// What turns text that holds no added token into tokens, and tokens into bytes.
protocol SubwordModel: Sendable {
  /// Ids are below this.
  var vocabularySize: Int { get }

  /// Appends the tokens of one stretch of valid UTF-8.
  ///
  /// - Parameter isFirst: Whether the stretch starts the whole text; some models put a space there only.
  func encode(_ text: ArraySlice<UInt8>, isFirst: Bool, into tokens: inout [TokenSpan])

  /// The piece as the vocabulary writes it; nil for an id that is not in use.
  func piece(_ id: Int) -> String?

  /// The bytes of text that a token stands for, before those of all tokens are joined and repaired.
  func bytes(_ id: Int) -> [UInt8]

  /// Whether a space at the very start of decoded text is one that encoding put there.
  var decodingStripsSpace: Bool { get }

  /// The Unicode normalization that comes first of all, if any; idempotent.
  func composed(_ text: String) -> String
}

extension SubwordModel {
  func composed(_ text: String) -> String { text }
}
