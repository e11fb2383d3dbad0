import Foundation

/// A change to text before it is cut into words: what a tokenizer.json calls a normalizer, and the text-changing part of
/// its pre-tokenizers.
enum TextEdit: Sendable, Equatable {
  /// Unicode normalization form C.
  case compose
  /// Puts bytes before each stretch of text: where `onlyFirst`, before one that starts the whole text; where
  /// `unlessPresent`, before one that does not start with them.
  case prepend([UInt8], onlyFirst: Bool, unlessPresent: Bool)
  case replace([UInt8], with: [UInt8])
}

/// Text under edit, and where its bytes come from.
struct EditedText {
  private(set) var bytes: [UInt8]
  /// For each byte, and one more for the end: the byte of the original text. Nil while all are in place.
  private var origins: [Int]?
  private let originalCount: Int

  init(_ text: ArraySlice<UInt8>) {
    bytes = Array(text)
    originalCount = bytes.count
  }

  /// The place in the original text that corresponds to `place` in the edited text.
  func origin(of place: Int) -> Int { origins.map { $0[place] } ?? min(place, originalCount) }

  mutating func apply(_ edits: [TextEdit], isFirst: Bool) {
    for edit in edits where !bytes.isEmpty {
      switch edit {
      case .compose:
        // U+0300, before which all is composed, starts with 0xCC.
        guard bytes.contains(where: { $0 >= 0xCC }) else { continue }
        let composed = Array(composedForm(of: String(decoding: bytes, as: UTF8.self)).utf8)
        // Which byte became which is not known; renderers that need spans compose their text first.
        if composed.count != bytes.count { origins = (0...composed.count).map { min($0, originalCount) } }
        bytes = composed
      case .prepend(let prefix, let onlyFirst, let unlessPresent):
        if onlyFirst && !isFirst || unlessPresent && bytes.starts(with: prefix) { continue }
        origins = [Int](repeating: 0, count: prefix.count) + (origins ?? Array(0...bytes.count))
        bytes = prefix + bytes
      case .replace(let pattern, let replacement): replace(pattern, replacement)
      }
    }
  }

  private mutating func replace(_ pattern: [UInt8], _ replacement: [UInt8]) {
    guard bytes.contains(pattern[0]) else { return }
    let old = origins ?? Array(0...bytes.count)
    var edited: [UInt8] = []
    var moved: [Int] = []
    edited.reserveCapacity(bytes.count)
    moved.reserveCapacity(bytes.count + 1)
    var place = 0
    while place < bytes.count {
      if bytes[place] == pattern[0], bytes[place...].starts(with: pattern) {
        edited += replacement
        // A cut inside the replacement counts as one behind it: all but its first byte map to the end.
        let end = old[place + pattern.count]
        for inner in replacement.indices { moved.append(inner == 0 ? old[place] : end) }
        place += pattern.count
      } else {
        edited.append(bytes[place])
        moved.append(old[place])
        place += 1
      }
    }
    moved.append(old[bytes.count])
    bytes = edited
    origins = moved
  }
}

/// `text` in Unicode normalization form C.
func composedForm(of text: String) -> String { text.precomposedStringWithCanonicalMapping }
