/// Which blocks of a paged cache are in use, by how many sequences, and which prompts' keys and values they hold.
///
/// Blocks of a prompt that are full are entered under what stands in them and before them; a later sequence with the same
/// beginning takes them over (Kwon et al. 2023, section 4.3). A block that nobody uses keeps its contents until it is
/// needed for something else, the one that was let go first before the others.
struct BlockPool {
  /// What a full block holds: 32 tokens, after what the parent block holds.
  struct Key: Hashable {
    var parent: Int
    var tokens: [Int32]
  }

  let capacity: Int
  private var references: [Int]
  private var known: [Key: Int] = [:]
  private var keys: [Key?]
  /// Blocks that hold nothing of use.
  private var empty: [Int]
  /// Blocks that nobody uses but that hold a prompt's beginning, with the time at which they were let go.
  private var idle: [Int: Int] = [:]
  private var clock = 0

  init(capacity: Int) {
    self.capacity = capacity
    references = [Int](repeating: 0, count: capacity)
    keys = [Key?](repeating: nil, count: capacity)
    empty = Array((0..<capacity).reversed())
  }

  /// Blocks that can be had.
  var free: Int { empty.count + idle.count }

  /// The block that holds the tokens after a parent (−1: none), taken over; nil if there is none.
  mutating func share(_ key: Key) -> Int? {
    guard let block = known[key] else { return nil }
    if references[block] == 0 { idle[block] = nil }
    references[block] += 1
    return block
  }

  /// A block for new contents; nil when all are in use.
  mutating func take() -> Int? {
    let block: Int
    if let fresh = empty.popLast() {
      block = fresh
    } else if let oldest = idle.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key {
      block = oldest
      idle[block] = nil
      forget(block)
    } else {
      return nil
    }
    references[block] = 1
    return block
  }

  /// Enters a block that is going to hold a prompt's tokens, so that others can share it.
  mutating func enter(_ key: Key, _ block: Int) {
    guard known[key] == nil else { return }
    known[key] = block
    keys[block] = key
  }

  /// Gives a block back.
  mutating func release(_ block: Int) {
    precondition(references[block] > 0, "block \(block) is not in use")
    references[block] -= 1
    guard references[block] == 0 else { return }
    if keys[block] == nil {
      empty.append(block)
    } else {
      clock += 1
      idle[block] = clock
    }
  }

  /// A block whose contents change is nobody's parent any more: what was entered after it goes as well.
  private mutating func forget(_ block: Int) {
    if let key = keys[block] { known[key] = nil }
    keys[block] = nil
    for child in keys.indices where keys[child]?.parent == block {
      if references[child] == 0, idle.removeValue(forKey: child) != nil { empty.append(child) }
      forget(child)
    }
  }
}
