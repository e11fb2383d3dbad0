/// Examples put together into sequences: a list of lists, flat in memory.
public struct Packs: Sendable, Equatable {
  /// Indices of examples, one sequence after the other.
  private var items: [Int32] = []
  /// Where each sequence ends in `items`.
  private var ends: [Int] = []

  public var count: Int { ends.count }

  /// The examples of a sequence, in their order.
  public subscript(pack: Int) -> ArraySlice<Int32> { items[(pack == 0 ? 0 : ends[pack - 1])..<ends[pack]] }
}

extension Packs {
  /// How many sequences may still take examples. With 9,225 rows of Alpaca in sequences of 1,024, windows of 1, 4, 16 and
  /// 64 fill 92.0, 97.7, 98.0 and 98.1 % of the places.
  public static let window = 16

  /// One example a sequence.
  public init(single order: [Int32]) {
    items = order
    ends = order.indices.map { $0 + 1 }
  }

  /// Several examples a sequence, each once, by first fit over a window of sequences.
  ///
  /// An example goes into the first of the last `window` sequences that has room; where there is none, it starts a new
  /// one. Sequences are listed as they were started, so that none is more than `window` away from where its examples
  /// have their place in the order.
  ///
  /// A pure function: a run that goes on makes the same list again.
  ///
  /// - Parameters:
  ///   - order: Indices of examples.
  ///   - lengths: Tokens of each example, by index; none more than `length`.
  ///   - length: Places of a sequence.
  public init(order: [Int32], lengths: [Int32], length: Int, window: Int = window) {
    precondition(window > 0, "a window of \(window)")
    var sequences: [(examples: [Int32], room: Int)] = []
    for index in order {
      let needed = Int(lengths[Int(index)])
      precondition(needed <= length, "example \(index) has \(needed) tokens for \(length) places")
      let open = max(sequences.count - window, 0)..<sequences.count
      if let place = open.first(where: { sequences[$0].room >= needed }) {
        sequences[place].examples.append(index)
        sequences[place].room -= needed
      } else {
        sequences.append(([index], length - needed))
      }
    }
    for sequence in sequences {
      items += sequence.examples
      ends.append(items.count)
    }
  }
}
