import Pool
import Synchronization
import Randomness

/// Finds instructions that are the same, or nearly: MinHash (Broder, 1997) over runs of three words, in bands (Leskovec et
/// al., Mining of Massive Datasets, 3.4), then the true share of common runs.
///
/// Of one seed's descendants only those count that are the same word for word: an evolved instruction is near its
/// parent by design.
struct DuplicateIndex {
  /// 20 bands of 6 hashes: two texts that share 0.8 of their runs meet in a band with probability 0.998.
  private static let bands = 20
  private static let hashes = 6

  private let similarityLimit: Double?
  private var exact: [UInt64: RowID] = [:]
  /// The entry of the row that came into a band last, by the band's key. Entry e is band e mod 20 of row e / 20.
  private var newest: [UInt64: Int32] = [:]
  /// For every entry the one before it in its band; −1 for the first. An array a band would cost four times as much.
  private var earlier: [Int32] = []
  private var rows: [(id: RowID, runs: [UInt64])] = []

  init(similarityLimit: Double?) {
    self.similarityLimit = similarityLimit
  }

  /// Adds a row, unless there is one like it: then that one's id is returned.
  mutating func insert(_ row: InstructionRow) -> RowID? {
    let words = Elimination.words(row.prompt)
    let hash = Fingerprint.hash(words.isEmpty ? row.prompt : words.joined(separator: " "))
    if let twin = exact[hash] { return twin }
    if let similarityLimit {
      let runs = Self.runs(words)
      let keys = Self.keys(runs)
      for place in companions(keys) where rows[place].id.seed != row.id.seed {
        if Self.similarity(runs, rows[place].runs) >= similarityLimit { return rows[place].id }
      }
      for key in keys {
        earlier.append(newest[key] ?? -1)
        newest[key] = Int32(earlier.count - 1)
      }
      rows.append((row.id, runs))
    }
    exact[hash] = row.id
    return nil
  }

  /// The rows that share a band with these keys, in the order in which they came.
  private func companions(_ keys: [UInt64]) -> [Int] {
    var found: Set<Int> = []
    for key in keys {
      var entry = newest[key] ?? -1
      while entry >= 0 {
        found.insert(Int(entry) / Self.bands)
        entry = earlier[Int(entry)]
      }
    }
    return found.sorted()
  }

  /// Hashes of all runs of three words, sorted, each once; of the whole where there are fewer.
  static func runs(_ words: [Substring]) -> [UInt64] {
    if words.count < 3 { return [Fingerprint.hash(words.joined(separator: " "))] }
    let runs = (0...(words.count - 3)).map { place -> UInt64 in
      var fingerprint = Fingerprint()
      for word in words[place..<(place + 3)] { fingerprint.add(word) }
      return fingerprint.value
    }
    return Set(runs).sorted()
  }

  /// The share of common runs (Jaccard) of two sorted lists.
  static func similarity(_ left: [UInt64], _ right: [UInt64]) -> Double {
    var (first, second, common) = (0, 0, 0)
    while first < left.count, second < right.count {
      if left[first] == right[second] {
        common += 1
        first += 1
        second += 1
      } else if left[first] < right[second] {
        first += 1
      } else {
        second += 1
      }
    }
    let all = left.count + right.count - common
    return all == 0 ? 1 : Double(common) / Double(all)
  }

  /// One key a band: the least values of six hash functions.
  private static func keys(_ runs: [UInt64]) -> [UInt64] {
    (0..<bands).map { band in
      var key = UInt64(band)
      for row in 0..<hashes {
        let salt = SplitMix64.scrambled(UInt64(band * hashes + row))
        var least = UInt64.max
        for run in runs { least = min(least, SplitMix64.scrambled(run ^ salt)) }
        key = SplitMix64.scrambled(key ^ least)
      }
      return key
    }
  }
}

extension SplitMix64 {
  /// One step: a permutation of the 64-bit numbers that looks like chance.
  fileprivate static func scrambled(_ value: UInt64) -> UInt64 { mixed(value &+ step) }
}

/// A duplicate index that a closure of the pool may fill.
final class SharedDuplicateIndex: Sendable {
  private let index: Mutex<DuplicateIndex>

  init(_ index: DuplicateIndex) {
    self.index = Mutex(index)
  }

  @discardableResult func insert(_ row: InstructionRow) -> RowID? {
    index.withLock { $0.insert(row) }
  }
}
