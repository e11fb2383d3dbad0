/// What has been recorded since the last barrier, to tell whether the next dispatch needs one.
///
/// Two dispatches conflict when they touch overlapping bytes of one memory block and at least one of them writes.
struct Hazards {
  private struct Use {
    let block: ObjectIdentifier
    let range: Range<Int>
    let writes: Bool
  }

  private var pending: [Use] = []

  /// Notes the uses of one command.
  /// - Returns: whether a barrier must come before it.
  mutating func note(_ uses: [(slice: BufferSlice, access: Access)]) -> Bool {
    let new = uses.filter { $0.slice.byteCount > 0 }.map {
      Use(
        block: ObjectIdentifier($0.slice.buffer.block), range: $0.slice.range, writes: $0.access.writes)
    }
    let conflict = new.contains { a in
      pending.contains { b in
        (a.writes || b.writes) && a.block == b.block && a.range.overlaps(b.range)
      }
    }
    if conflict { pending.removeAll(keepingCapacity: true) }
    pending += new
    return conflict
  }

  mutating func clear() { pending.removeAll(keepingCapacity: true) }
}
