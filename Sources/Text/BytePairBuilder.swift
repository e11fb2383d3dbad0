import Formats

/// Puts a byte-pair model together from a file's vocabulary and merges, checking each against the other.
struct BytePairBuilder {
  /// Says where in the file something is wrong.
  typealias Fault = (_ field: String, _ problem: String) -> FormatError

  private(set) var names: [String?] = []
  let isByteLevel: Bool
  let fault: Fault
  /// Ids that a file may leave unused in all; a hostile id must not decide how much memory is taken.
  static let largestGap = 65_536

  init(isByteLevel: Bool, fault: @escaping Fault) {
    self.isByteLevel = isByteLevel
    self.fault = fault
  }

  /// Enters pieces with their ids, in any order.
  mutating func enter(_ entries: [(piece: String, id: Int)], field: String) throws(FormatError) {
    let limit = names.count + entries.count + Self.largestGap
    for (piece, id) in entries {
      guard (0..<limit).contains(id) else {
        throw fault(field, "a piece has the id \(id), out of range for \(entries.count) pieces")
      }
      while names.count <= id { names.append(nil) }
      if let name = names[id] {
        if name.utf8.elementsEqual(piece.utf8) { continue }
        throw fault(field, "two pieces have the id \(id)")
      }
      names[id] = piece
    }
  }

  /// The bytes by which a piece is found; nil for one that no merge can make.
  private func key(_ piece: String) -> [UInt8]? {
    isByteLevel ? ByteAlphabet.decode(piece) : Array(piece.utf8)
  }

  /// - Parameters:
  ///   - merges: By rank, the pieces to join.
  ///   - special: Added tokens that no merge may make: they never arise from text.
  func model(
    merges pairs: [(left: String, right: String)], special: [AddedToken], field: String
  ) throws(FormatError) -> BytePairModel {
    let marks = Set(special.map { Array($0.content.utf8) })
    let keys = names.map { $0.flatMap(key) }
    let isMark = names.map { $0.map { marks.contains(Array($0.utf8)) } ?? false }
    // What is no key still has bytes: those of its own text.
    let bytes = names.indices.map { keys[$0] ?? names[$0].map { Array($0.utf8) } }
    let table = PieceTable(bytes) { keys[$0] != nil && !isMark[$0] }
    var merges = MergeTable(capacity: pairs.count)
    for (rank, pair) in pairs.enumerated() {
      guard let left = key(pair.left), let right = key(pair.right) else {
        throw fault("\(field)[\(rank)]", "names a piece that holds more than bytes")
      }
      if marks.contains(left) || marks.contains(right) || marks.contains(left + right) { continue }
      guard let leftID = table.id(of: left), let rightID = table.id(of: right),
        let joined = table.id(of: left + right)
      else { throw fault("\(field)[\(rank)]", "names a piece that is not in the vocabulary") }
      merges[Int32(leftID), Int32(rightID)] = MergeTable.Merge(rank: UInt32(rank), id: Int32(joined))
    }
    let byteIDs: [Int?] = (0...255).map { byte in isByteLevel ? table.id(of: [UInt8(byte)]) : nil }
    return BytePairModel(
      names: names, pieces: table, merges: merges, byteIDs: byteIDs, isByteLevel: isByteLevel)
  }

  /// A merge as one text, the pieces parted by the only space.
  func pair(_ text: String, field: String) throws(FormatError) -> (left: String, right: String) {
    let bytes = text.utf8
    guard let space = bytes.firstIndex(of: 0x20), !bytes[bytes.index(after: space)...].contains(0x20),
      space > bytes.startIndex, bytes.index(after: space) < bytes.endIndex
    else { throw fault(field, "is not two pieces with one space between them") }
    return (String(text[..<space]), String(text[bytes.index(after: space)...]))
  }
}
