/// Offsets for storages with lifetimes, in as little memory as a few greedy orders find.
///
/// Deciding the least memory is NP-hard (dynamic storage allocation, Garey & Johnson 1979, SR2); best fit over a few
/// orders comes within a few per cent of the lower bound on training graphs (Pisarchyk & Lee 2020, "Greedy by Size").
struct ArenaLayout {
  /// Something to be placed.
  struct Item: Hashable {
    var bytes: Int
    /// Positions in the schedule, both included.
    var first: Int
    var last: Int
  }

  /// Offsets are multiples of this: the largest alignment that the specification lets a device ask for.
  static let alignment = 256

  /// One an item.
  let offsets: [Int]
  let byteCount: Int
  /// The most bytes that are live at once: no layout takes less.
  let lowerBound: Int

  /// - Parameter blockBytes: no item crosses a multiple of this, the largest allocation of the device.
  init(_ items: [Item], blockBytes: Int = .max) {
    let items = items.map { Item(bytes: Self.aligned($0.bytes), first: $0.first, last: $0.last) }
    lowerBound = Self.liveBytes(items).max() ?? 0
    let orders: [(Item) -> (Int, Int)] = [
      { (-$0.bytes, $0.first) },
      { (-$0.bytes * ($0.last - $0.first + 1), $0.first) },
      { ($0.first, -$0.bytes) },
      { (-($0.last - $0.first), -$0.bytes) },
    ]
    var best: (offsets: [Int], byteCount: Int)?
    for key in orders {
      let keys = items.map(key)
      let order = items.indices.sorted { (keys[$0].0, keys[$0].1, $0) < (keys[$1].0, keys[$1].1, $1) }
      let layout = Self.place(items, in: order, blockBytes: blockBytes)
      if best.map({ layout.byteCount < $0.byteCount }) ?? true { best = layout }
      if best!.byteCount == lowerBound { break }
    }
    offsets = best!.offsets
    byteCount = best!.byteCount
  }

  static func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

  /// Bytes live at each position.
  static func liveBytes(_ items: [Item]) -> [Int] {
    var changes = [Int](repeating: 0, count: (items.map(\.last).max() ?? -1) + 2)
    for item in items {
      changes[item.first] += item.bytes
      changes[item.last + 1] -= item.bytes
    }
    var live = 0
    return changes.dropLast().map { change in
      live += change
      return live
    }
  }

  /// Places items one by one, each in the smallest gap between those already placed that live at the same time.
  private static func place(
    _ items: [Item], in order: [Int], blockBytes: Int
  ) -> (offsets: [Int], byteCount: Int) {
    var offsets = [Int](repeating: 0, count: items.count)
    var placed: [Int] = []  // by offset
    var byteCount = 0
    for index in order {
      let item = items[index]
      var (best, bestGap) = (Int?.none, Int.max)
      var end = 0  // of the items seen so far
      for other in placed where items[other].first <= item.last && item.first <= items[other].last {
        let start = Self.start(end, item.bytes, blockBytes)
        let gap = offsets[other] - end
        if start + item.bytes <= offsets[other], gap < bestGap { (best, bestGap) = (start, gap) }
        end = max(end, offsets[other] + items[other].bytes)
      }
      let offset = best ?? Self.start(end, item.bytes, blockBytes)
      offsets[index] = offset
      byteCount = max(byteCount, offset + item.bytes)
      let at = placed.firstIndex { offsets[$0] > offset } ?? placed.count
      placed.insert(index, at: at)
    }
    return (offsets, byteCount)
  }

  /// The first offset from `offset` at which `bytes` do not cross a multiple of `blockBytes`.
  private static func start(_ offset: Int, _ bytes: Int, _ blockBytes: Int) -> Int {
    guard blockBytes < Int.max, bytes > 0 else { return offset }
    return offset / blockBytes == (offset + bytes - 1) / blockBytes ? offset : (offset / blockBytes + 1) * blockBytes
  }
}
