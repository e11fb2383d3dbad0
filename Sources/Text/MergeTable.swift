/// Which two adjacent tokens become one, and in what order.
struct MergeTable: Sendable {
  struct Merge: Sendable, Equatable {
    /// Lower ranks merge first.
    let rank: UInt32
    let id: Int32
  }

  private var merges: [UInt64: Merge]

  init(capacity: Int) {
    merges = Dictionary(minimumCapacity: capacity)
  }

  var count: Int { merges.count }

  subscript(left: Int32, right: Int32) -> Merge? {
    get { merges[Self.key(left, right)] }
    set { merges[Self.key(left, right)] = newValue }
  }

  /// All merges, the lowest rank first.
  var ranked: [(left: Int, right: Int, id: Int)] {
    merges.sorted { $0.value.rank < $1.value.rank }
      .map { (Int($0.key >> 32), Int($0.key & 0xFFFF_FFFF), Int($0.value.id)) }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

/// Merges the symbols of one word until no merge applies.
///
/// The pair of lowest rank goes first, of equal ranks the leftmost. A heap over pairs of a linked list makes that
/// O(n log n) in the word's length, so that a word of a megabyte is no attack. Source of the order: `Word::merge_all`
/// of huggingface/tokenizers, models/bpe/word.rs.
struct Merger {
  private struct Symbol {
    var id: Int32
    var end: Int
    var previous: Int32
    /// -1 at the end; -2 for a symbol that was merged away.
    var next: Int32
  }
  private struct Candidate {
    /// Rank, then place of the left symbol.
    let key: UInt64
    let id: Int32
  }

  private var symbols: [Symbol] = []
  private var heap: [Candidate] = []

  mutating func removeAll() {
    symbols.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
  }

  /// Appends a symbol that ends at byte `end` of the text.
  mutating func append(_ id: Int32, end: Int) {
    let place = Int32(symbols.count)
    if place > 0 { symbols[Int(place) - 1].next = place }
    symbols.append(Symbol(id: id, end: end, previous: place - 1, next: -1))
  }

  /// Lets the last symbol end later.
  mutating func extendLast(to end: Int) { symbols[symbols.count - 1].end = end }

  var isEmpty: Bool { symbols.isEmpty }

  mutating func merge(by table: MergeTable) {
    guard symbols.count > 1 else { return }
    for place in 0..<symbols.count - 1 { consider(Int32(place), table) }
    while let best = popBest() {
      let place = Int(UInt32(truncatingIfNeeded: best.key))
      let next = symbols[place].next
      // The pair may have changed since it was entered.
      guard next >= 0, let merge = table[symbols[place].id, symbols[Int(next)].id], merge.id == best.id else {
        continue
      }
      let after = symbols[Int(next)].next
      symbols[place].id = best.id
      symbols[place].end = symbols[Int(next)].end
      symbols[place].next = after
      symbols[Int(next)].next = -2
      if after >= 0 { symbols[Int(after)].previous = Int32(place) }
      if symbols[place].previous >= 0 { consider(symbols[place].previous, table) }
      consider(Int32(place), table)
    }
  }

  /// Calls `body` with each symbol left, in order.
  func forEach(_ body: (_ id: Int, _ end: Int) -> Void) {
    var place: Int32 = symbols.isEmpty ? -1 : 0
    while place >= 0 {
      let symbol = symbols[Int(place)]
      body(Int(symbol.id), symbol.end)
      place = symbol.next
    }
  }

  /// Enters the pair that starts at `place`, if there is a merge for it.
  private mutating func consider(_ place: Int32, _ table: MergeTable) {
    let next = symbols[Int(place)].next
    guard next >= 0, let merge = table[symbols[Int(place)].id, symbols[Int(next)].id] else { return }
    push(Candidate(key: UInt64(merge.rank) << 32 | UInt64(place), id: merge.id))
  }

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].key <= candidate.key { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = candidate
  }

  private mutating func popBest() -> Candidate? {
    guard let best = heap.first, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return best }
    var parent = 0
    while true {
      var child = parent * 2 + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, heap[child + 1].key < heap[child].key { child += 1 }
      if last.key <= heap[child].key { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = last
    return best
  }
}
