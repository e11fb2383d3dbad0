/// The pieces of a vocabulary as one block of bytes, found by id and, those that text may produce, by their bytes.
///
/// Pieces are bytes, not `String`: two strings that Unicode holds for equivalent are different pieces.
struct PieceTable: Sendable {
  private var bytes: [UInt8] = []
  /// Where each piece starts in `bytes`, and one more for the end.
  private var starts: [Int] = [0]
  /// A hash table with open addressing: id plus 1, 0 for none.
  private var slots: [UInt32]

  /// - Parameters:
  ///   - pieces: By id; nil for an id that is not in use.
  ///   - isFound: Whether `id(of:)` may give this id. Of two equal pieces the first is found.
  init(_ pieces: [[UInt8]?], isFound: (Int) -> Bool = { _ in true }) {
    var size = 16
    while size < pieces.count * 2 { size *= 2 }
    slots = [UInt32](repeating: 0, count: size)
    bytes.reserveCapacity(pieces.reduce(0) { $0 + ($1?.count ?? 0) })
    starts.reserveCapacity(pieces.count + 1)
    for (id, piece) in pieces.enumerated() {
      if let piece { bytes += piece }
      starts.append(bytes.count)
      guard let piece, isFound(id) else { continue }
      let place = piece.withUnsafeBufferPointer { slot(of: $0) }
      if slots[place] == 0 { slots[place] = UInt32(id + 1) }
    }
  }

  /// Ids are below this.
  var count: Int { starts.count - 1 }

  /// The bytes of a piece; empty for an id that is not in use.
  subscript(id: Int) -> ArraySlice<UInt8> { bytes[starts[id]..<starts[id + 1]] }

  func id(of piece: UnsafeBufferPointer<UInt8>) -> Int? {
    let found = slots[slot(of: piece)]
    return found == 0 ? nil : Int(found) - 1
  }

  func id(of piece: some Collection<UInt8>) -> Int? {
    Array(piece).withUnsafeBufferPointer { id(of: $0) }
  }

  /// The slot that holds the piece, or the free one where it would lie.
  private func slot(of piece: UnsafeBufferPointer<UInt8>) -> Int {
    // A seeded hash: a hostile vocabulary cannot aim at one slot.
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(piece))
    var slot = hasher.finalize() & (slots.count - 1)
    while slots[slot] != 0 {
      let id = Int(slots[slot]) - 1
      let range = starts[id]..<starts[id + 1]
      if range.count == piece.count,
        bytes.withUnsafeBufferPointer({ $0[range].elementsEqual(piece) })
      {
        return slot
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }
}
